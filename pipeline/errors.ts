/** Who acts next: call again, set this input aside, or stop the process. */
export type Disposition = 'retry' | 'quarantine' | 'fatal';

/**
 * Base of every operating error that Hải Đăng raises.
 *
 * Expected outcomes (late, duplicate) are returned values, broken invariants are asserts, and a
 * library's error is wrapped once, at the port that called it, and kept as `cause`.
 */
export abstract class HaidangError extends Error {
  /** Stable, upper snake case, listed in README.md. Alerts and tests match on it. */
  abstract readonly code: string;
  abstract readonly disposition: Disposition;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The broker did not confirm a write or a read. Doing the same thing again is safe. */
export class LogUnavailableError extends HaidangError {
  readonly code = 'LOG_UNAVAILABLE';
  readonly disposition = 'retry';
}

/** The `EVENTS` stream holds as many bytes as it may: nothing is stored until it is purged. */
export class LogFullError extends HaidangError {
  readonly code = 'LOG_FULL';
  readonly disposition = 'retry';
}

/** Another processor wrote after this one: this one must stop, its writes were refused. */
export class FencedError extends HaidangError {
  readonly code = 'FENCED';
  readonly disposition = 'fatal';
}

/** The checkpoint is older than the oldest message of the log: events between are not readable. */
export class LogGapError extends HaidangError {
  readonly code = 'LOG_GAP';
  readonly disposition = 'fatal';
}

/** ClickHouse did not confirm a statement. Writing the same rows again is safe. */
export class StoreUnavailableError extends HaidangError {
  readonly code = 'STORE_UNAVAILABLE';
  readonly disposition = 'retry';
}

/** ClickHouse answered that a statement of ours is wrong or cannot be run: a bug, or tables of another release. */
export class StoreRefusedError extends HaidangError {
  readonly code = 'STORE_REFUSED';
  readonly disposition = 'fatal';
}

/** A definition or a registry file is wrong; the text names file, line and what to do. */
export class ConfigurationError extends HaidangError {
  readonly code = 'CONFIGURATION';
  readonly disposition = 'fatal';
}

/** A batch in the log does not have the columns of its kind. */
export class BatchFormatError extends HaidangError {
  readonly code = 'BATCH_FORMAT';
  readonly disposition = 'quarantine';
}
