import {
  ForbiddenError,
  refusalNumbers,
  StatementFailedError,
  StatementRefusedError,
  TooManyStatementsError,
  UnauthenticatedError,
  type RequestError,
} from '../../errors.ts';

/** An error as ClickHouse's clients read it. */
export interface ClickHouseProblem {
  readonly status: number;
  readonly number: number;
  readonly text: string;
}

const names: ReadonlyMap<number, string> = new Map([
  [36, 'BAD_ARGUMENTS'],
  [48, 'NOT_IMPLEMENTED'],
  [60, 'UNKNOWN_TABLE'],
  [62, 'SYNTAX_ERROR'],
  [73, 'UNKNOWN_FORMAT'],
  [164, 'READONLY'],
  [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  [446, 'FUNCTION_NOT_ALLOWED'],
  [452, 'SETTING_CONSTRAINT_VIOLATION'],
  [456, 'UNKNOWN_QUERY_PARAMETER'],
  [497, 'ACCESS_DENIED'],
  [516, 'AUTHENTICATION_FAILED'],
]);

/** Words an error the way ClickHouse does: number, message, name. */
export function clickHouseProblem(error: RequestError): ClickHouseProblem {
  const [number, name] = numberOf(error);
  const place = error instanceof StatementRefusedError ? error.place : undefined;
  const where = place === undefined ? '' : ` (line ${place.line}, col ${place.column})`;
  const message = `${error.message.replace(/\.$/, '')}${where}`;
  return { status: error.status, number, text: `Code: ${number}. DB::Exception: ${message}. (${name})\n` };
}

function numberOf(error: RequestError): readonly [number, string] {
  if (error instanceof StatementFailedError) return [error.number, error.errorName];
  const number = numberOnly(error);
  return [number, names.get(number) ?? 'BAD_ARGUMENTS'];
}

function numberOnly(error: RequestError): number {
  if (error instanceof StatementRefusedError) return refusalNumbers[error.code];
  if (error instanceof UnauthenticatedError) return 516;
  if (error instanceof ForbiddenError) return 497;
  if (error instanceof TooManyStatementsError) return 202;
  return 36;
}
