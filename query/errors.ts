import { HaidangError, type Disposition } from '../pipeline/errors.ts';

/** Where in the statement, as it was sent, something is wrong; both from 1, columns in characters. */
export interface StatementPlace {
  readonly line: number;
  readonly column: number;
}

/** An answer that is a problem document (RFC 9457). The message becomes its `detail`. */
export abstract class RequestError extends HaidangError {
  abstract readonly status: number;
  abstract readonly title: string;
}

/** Codes of a statement that was refused before it ran, each with its number in ClickHouse's own list. */
export const refusalNumbers = {
  EMPTY_STATEMENT: 62,
  SYNTAX_ERROR: 62,
  MULTIPLE_STATEMENTS: 62,
  STATEMENT_TOO_LARGE: 62,
  STATEMENT_NOT_ALLOWED: 164,
  OUTFILE_NOT_ALLOWED: 164,
  EXPRESSION_NOT_ALLOWED: 48,
  FUNCTION_NOT_ALLOWED: 446,
  TABLE_FUNCTION_NOT_ALLOWED: 446,
  TABLE_NOT_ALLOWED: 60,
  NOT_BUILT: 60,
  FORMAT_NOT_ALLOWED: 73,
  SETTING_NOT_ALLOWED: 452,
  PARAMETER_NOT_ALLOWED: 36,
  PARAMETER_MISSING: 456,
} as const;

/** Why a statement was refused. */
export type RefusalCode = keyof typeof refusalNumbers;

const refusalStatus: Readonly<Partial<Record<RefusalCode, number>>> = {
  STATEMENT_TOO_LARGE: 413,
  NOT_BUILT: 404,
};

/** The guard refused a statement: nothing of it ran. */
export class StatementRefusedError extends RequestError {
  readonly code: RefusalCode;
  readonly disposition: Disposition = 'quarantine';
  readonly status: number;
  readonly title = 'Statement refused';
  readonly place: StatementPlace | undefined;

  constructor(code: RefusalCode, detail: string, place?: StatementPlace) {
    super(detail);
    this.code = code;
    this.status = refusalStatus[code] ?? 400;
    this.place = place;
  }
}

/** Codes of a statement that the guard let through and the engine did not finish. */
export const failureStatus = {
  STATEMENT_FAILED: 400,
  RESULT_TOO_LARGE: 413,
  READ_TOO_LARGE: 413,
  MEMORY_LIMIT: 413,
  TIME_LIMIT: 504,
  ENGINE_BUSY: 429,
  CANCELLED: 499,
  STORE_UNAVAILABLE: 503,
} as const;

/** Why a statement failed. */
export type FailureCode = keyof typeof failureStatus;

/** The engine ran a statement and ended it with an error; the message is cleaned of internal names. */
export class StatementFailedError extends RequestError {
  readonly code: FailureCode;
  readonly disposition: Disposition = 'quarantine';
  readonly status: number;
  readonly title = 'Statement failed';
  /** ClickHouse's error number and name. */
  readonly number: number;
  readonly errorName: string;

  constructor(code: FailureCode, engine: { number: number; name: string; message: string }) {
    super(engine.message);
    this.code = code;
    this.status = failureStatus[code];
    this.number = engine.number;
    this.errorName = engine.name;
  }
}

/** No token, or one that was never issued. */
export class UnauthenticatedError extends RequestError {
  readonly code = 'TOKEN_UNKNOWN';
  readonly disposition = 'quarantine';
  readonly status = 401;
  readonly title = 'Token missing or unknown';
}

/** The token is known and may not do this. */
export class ForbiddenError extends RequestError {
  readonly code = 'NOT_ALLOWED';
  readonly disposition = 'quarantine';
  readonly status = 403;
  readonly title = 'Not allowed';
}

/** The page asked for a token from elsewhere than this machine, or through a foreign name. */
export class SessionRefusedError extends RequestError {
  readonly code = 'SESSION_REFUSED';
  readonly disposition = 'quarantine';
  readonly status = 403;
  readonly title = 'No session from here';
}

/** This token runs as many statements as it may. */
export class TooManyStatementsError extends RequestError {
  readonly code = 'TOO_MANY_STATEMENTS';
  readonly disposition = 'retry';
  readonly status = 429;
  readonly title = 'Too many statements at once';
}

/** The request itself is malformed: its body, a parameter, a header. */
export class MalformedRequestError extends RequestError {
  readonly code = 'MALFORMED_REQUEST';
  readonly disposition = 'quarantine';
  readonly status = 400;
  readonly title = 'Malformed request';
}

/** No such KPI, value or event, or it lies above the token's ceiling. */
export class NotFoundError extends RequestError {
  readonly code = 'NOT_FOUND';
  readonly disposition = 'quarantine';
  readonly status = 404;
  readonly title = 'Not found';
}
