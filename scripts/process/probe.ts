import { connect } from 'node:net';

/** How long one question to a server may take, milliseconds. */
export const probeTimeoutMs = 2_000;

/** Whether a URL answers 200. */
export async function httpAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(probeTimeoutMs) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** What a broker says of itself when somebody connects. */
export interface NatsGreeting {
  readonly version: string;
  readonly jetstream: boolean;
}

/** Connects to a broker and reads its greeting; undefined when there is none in time. */
export function natsGreeting(host: string, port: number): Promise<NatsGreeting | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port, timeout: probeTimeoutMs });
    const finish = (): void => {
      socket.destroy();
      resolve(parseGreeting(text));
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      if (text.includes('\r\n')) finish();
    });
    for (const event of ['error', 'timeout', 'close'] as const) socket.on(event, finish);
  });
}

function parseGreeting(text: string): NatsGreeting | undefined {
  const match = /^INFO (\{.*\})/.exec(text);
  if (match === null) return undefined;
  const info: unknown = JSON.parse(match[1] ?? '{}');
  if (typeof info !== 'object' || info === null || !('version' in info)) return undefined;
  return { version: String(info.version), jetstream: 'jetstream' in info && info.jetstream === true };
}

/** What a wait ended with. */
export type WaitOutcome = 'ready' | 'timeout' | 'aborted';

/** Asks again and again, every `everyMs`, until the answer is yes, time is up, or `signal` fires. */
export async function waitUntil(
  isReady: () => Promise<boolean>,
  options: { readonly timeoutMs: number; readonly everyMs?: number; readonly signal?: AbortSignal },
): Promise<WaitOutcome> {
  const endMs = performance.now() + options.timeoutMs;
  for (;;) {
    if (options.signal?.aborted === true) return 'aborted';
    if (await isReady()) return 'ready';
    if (performance.now() >= endMs) return 'timeout';
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 50));
  }
}
