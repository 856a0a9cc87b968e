import { ErrorCode, headers as newHeaders, type JetStreamClient, type MsgHdrs, NatsError } from 'nats';

import { FencedError, type HaidangError, LogFullError, LogUnavailableError } from '../../errors.ts';

const FULL_CODES = new Set([10_077, 10_023]);
const WRONG_LAST_SEQUENCE = 10_071;

/** What a publish says beside its bytes. */
export interface PublishOptions {
  readonly messageId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The subject's last sequence must be this one, 0 for none; else FencedError. */
  readonly lastSubjectSequence?: number;
}

/** Publishes one message and waits for the broker's acknowledgement. @returns its stream sequence. */
export async function publish(
  client: JetStreamClient,
  subject: string,
  bytes: Uint8Array,
  options: PublishOptions,
): Promise<number> {
  const expect =
    options.lastSubjectSequence === undefined
      ? {}
      : { expect: { lastSubjectSequence: options.lastSubjectSequence } };
  const msgID = options.messageId === undefined ? {} : { msgID: options.messageId };
  const headers = options.headers === undefined ? {} : { headers: headersOf(options.headers) };
  try {
    const ack = await client.publish(subject, bytes, {
      ...msgID,
      ...headers,
      ...expect,
    });
    return ack.seq;
  } catch (error) {
    throw publishError(error, subject);
  }
}

function publishError(error: unknown, subject: string): HaidangError {
  const code = error instanceof NatsError ? error.api_error?.err_code : undefined;
  if (code !== undefined && FULL_CODES.has(code)) {
    return new LogFullError(`the stream behind ${subject} is full`, {
      cause: error,
    });
  }
  if (code === WRONG_LAST_SEQUENCE) {
    return new FencedError(`somebody else wrote to ${subject}`, {
      cause: error,
    });
  }
  return new LogUnavailableError(`the broker did not confirm a message on ${subject}`, { cause: error });
}

function headersOf(values: Readonly<Record<string, string>>): MsgHdrs {
  const headers = newHeaders();
  for (const [name, value] of Object.entries(values)) headers.set(name, value);
  return headers;
}

/** Whether an error says that this process itself closed its connection: then waiting for the broker is in vain. */
export function isClosed(error: unknown): boolean {
  const cause = error instanceof LogUnavailableError ? error.cause : error;
  return cause instanceof NatsError && cause.code === String(ErrorCode.ConnectionClosed);
}
