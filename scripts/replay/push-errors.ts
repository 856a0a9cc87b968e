import { HaidangError } from '../../pipeline/errors.ts';

/**
 * Ingest refuses the batch as a whole and would refuse it again: a wrong token, another's feed, a malformed
 * body.
 */
export class PushRefusedError extends HaidangError {
  readonly code = 'PUSH_REFUSED';
  readonly disposition = 'fatal';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(`ingest answered ${status}: ${detail}`);
    this.status = status;
  }
}

/**
 * Ingest did not store the batch in time, or the sender was told to stop. Sending the same rows again is
 * safe.
 */
export class PushUndeliveredError extends HaidangError {
  readonly code = 'PUSH_UNDELIVERED';
  readonly disposition = 'retry';
}
