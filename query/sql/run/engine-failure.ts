import { ClickHouseError } from '@clickhouse/client';

import { StoreUnavailableError } from '../../../pipeline/errors.ts';
import { StatementFailedError, type FailureCode } from '../../errors.ts';
import { publicMessage } from './engine-message.ts';
import { AnswerCutError } from './exception-cut.ts';

const codes: ReadonlyMap<string, FailureCode> = new Map([
  ['159', 'TIME_LIMIT'],
  ['160', 'TIME_LIMIT'],
  ['158', 'READ_TOO_LARGE'],
  ['307', 'READ_TOO_LARGE'],
  ['191', 'READ_TOO_LARGE'],
  ['396', 'RESULT_TOO_LARGE'],
  ['241', 'MEMORY_LIMIT'],
  ['202', 'ENGINE_BUSY'],
  ['394', 'CANCELLED'],
]);

/** What a failed statement's sender is told, whatever the client library threw. */
export function engineFailure(error: unknown): StatementFailedError {
  if (error instanceof StatementFailedError) return error;
  if (error instanceof ClickHouseError) {
    const message = publicMessage(error.message);
    const engine = { number: Number(error.code), name: error.type ?? 'UNKNOWN_EXCEPTION', message };
    return new StatementFailedError(codes.get(error.code) ?? 'STATEMENT_FAILED', engine);
  }
  if (error instanceof AnswerCutError) return cutFailure(error.engineText);
  if (error instanceof Error && error.message.includes('aborted')) {
    return new StatementFailedError('CANCELLED', {
      ...{ number: 394, name: 'QUERY_WAS_CANCELLED', message: 'the statement was cancelled' },
    });
  }
  return storeAway();
}

function cutFailure(text: string): StatementFailedError {
  const [, number = '1002', name = 'UNKNOWN_EXCEPTION'] =
    /^Code: (\d+)\.[^]*\(([A-Z][A-Z0-9_]{2,})\)(?: \(version [^]*)?$/.exec(text) ?? [];
  const message = publicMessage(text).replace(/\s*\([A-Z][A-Z0-9_]{2,}\)$/, '');
  return new StatementFailedError(codes.get(number) ?? 'STATEMENT_FAILED', {
    number: Number(number),
    name,
    message,
  });
}

/** The engine does not answer. */
export function storeAway(): StatementFailedError {
  const message = 'the store does not answer; try again';
  return new StatementFailedError('STORE_UNAVAILABLE', { number: 210, name: 'NETWORK_ERROR', message });
}

/** Whether an error means that the engine was not reached. */
export function isStoreAway(error: unknown): boolean {
  return error instanceof StoreUnavailableError;
}
