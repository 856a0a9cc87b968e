import type { Batch } from '../../model/batch/batch.ts';

/**
 * What a definition says of one row, in both languages: bound to a batch it is a closure over the batch's columns,
 * as SQL it is an expression over the columns of the event views (snake case; times as `DateTime64`).
 *
 * Absent is NaN for numbers and times (milliseconds UTC), '' for texts; in SQL it is NULL and ''.
 */
interface RowProgram {
  /**
   * Columns of type `code` that it depends on, when it depends on nothing else: then its result is the same for all
   * rows with the same codes. null when it reads other columns.
   */
  readonly codes: readonly string[] | null;
  readonly sql: string;
}

/** A condition. SQL: UInt8, never NULL; a comparison with something absent is false. */
export interface RowTest extends RowProgram {
  bind(batch: Batch): (row: number) => boolean;
}

/** A number, or a time in milliseconds UTC. SQL: `Nullable(Float64)`; times `Nullable(Int64)` milliseconds. */
export interface RowNumber extends RowProgram {
  /** The column itself, where the number is nothing but a cell of it and every row has one; null: it is not so. */
  cells?(batch: Batch): Float64Array | null;
  bind(batch: Batch): (row: number) => number;
}

/** A text. SQL: `String`. */
export interface RowText extends RowProgram {
  bind(batch: Batch): (row: number) => string;
}

/** Several texts, such as the topics of a post: the row counts once for each. SQL: `Array(String)`, each once, sorted. */
export interface RowTexts extends RowProgram {
  bind(batch: Batch): (row: number) => readonly string[];
}
