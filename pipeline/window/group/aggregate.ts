/** What an aggregate takes of a row. `none`: it only counts rows. */
export type SampleKind = 'none' | 'number' | 'text';

/**
 * A sample of a row: `value` is its number (finite), `text` its text; `time` milliseconds UTC places the row;
 * (time, idHigh, idLow) orders rows in a way that does not depend on their arrival.
 * One object is reused for all rows: whoever keeps something of it copies it.
 */
export interface Sample {
  value: number;
  text: string;
  time: number;
  idHigh: number;
  idLow: number;
}

/** Samples of many rows, column by column, for aggregates that take them in one loop. */
export interface SampleColumn {
  readonly length: number;
  /** Where each row's state begins in the table's cells, before the slot's own offset; -1: the row does not count. */
  readonly places: Int32Array;
  /** The samples; NaN or infinite: the row has none. Of aggregates without sample: not read. */
  readonly values: Float64Array;
  /** What places each row, milliseconds UTC. */
  readonly times: Float64Array;
  /** Row of the batch of each, and the batch's 64-bit ids: `ids[2 * row]` the low half, the next the high one. */
  readonly rows: Int32Array;
  readonly ids: Uint32Array;
}

/** SQL of a sample: expressions over one row. */
export interface SampleSql {
  /** UInt8: whether the row counts for this measure; it includes that the sample is there. */
  readonly test: string;
  /** Float64 or String, not NULL where `test` holds. */
  readonly value: string;
  /** Int64, milliseconds UTC. */
  readonly time: string;
  /** UInt64; orders rows of one time. */
  readonly id: string;
}

interface AggregateEntry {
  /** As a definition writes it: `count`, `mean`, `topk`. */
  readonly name: string;
  readonly sample: SampleKind;
  /** Aggregates that share a name here have the same state, differently finished; absent: it shares with none. */
  readonly shares?: string;
  /** Counts up when a change of the body can change a value; part of a definition's hash. */
  readonly revision: number;
  /** Bound of the error, as a share of the result: 0 for exact; a sketch says how it is meant in `errorNote`. */
  readonly relativeError: number;
  readonly errorNote: string;
  /** Whether a removed row can be taken out again without reading the others. */
  readonly retracts: boolean;
}

/**
 * An aggregate whose partial state is a few numbers in a table of columns: `cells[at] … cells[at + width - 1]`.
 *
 * Merge is associative and commutative, `reset` gives its identity, `add` equals merging a state of one row. So any
 * order, any cut into slices gives the same state, bit for bit.
 */
export interface CellAggregate extends AggregateEntry {
  readonly state: 'cells';
  readonly width: number;
  reset(cells: Float64Array, at: number): void;
  add(cells: Float64Array, at: number, sample: Sample): void;
  /** The same as `add` row by row, in one loop; absent: rows are added one by one. */
  addMany?(cells: Float64Array, offset: number, column: SampleColumn): void;
  merge(into: Float64Array, at: number, from: Float64Array, fromAt: number): void;
  /** NaN: no value. */
  finish(cells: Float64Array, at: number): number;
  /** `width` aggregate expressions, each a Float64 that the cells take over as it is; over no row: the identity. */
  partialSql(sample: SampleSql): readonly string[];
  /** Float64 from the names of the partial columns, with the operations of `finish` in its order; nan: no value. */
  finishSql(partial: readonly string[]): string;
}

/** An aggregate whose partial state is an object: a set, counts by bucket, points. The same laws hold. */
export interface BoxAggregate<Box = unknown> extends AggregateEntry {
  readonly state: 'box';
  create(): Box;
  add(box: Box, sample: Sample): void;
  /** Merges `from` into `box`; `from` stays as it is. */
  merge(box: Box, from: Box): void;
  /** NaN: no value. */
  finish(box: Box): number;
  /** One aggregate expression; its JSON (64-bit integers quoted or below 2^53) is what `read` takes. */
  partialSql(sample: SampleSql): string;
  read(json: unknown): Box;
  /** What `read` takes, in one order: equal states give equal JSON, and it is what the engine writes for the same rows. */
  write(box: Box): unknown;
  /** Float64 from the name of the partial column; nan: no value. */
  finishSql(partial: string): string;
  /** Items in rank order, for aggregates that give several values (top-k); absent: one value. */
  items?(box: Box): readonly { readonly item: string; readonly value: number }[];
  /** Array(Tuple(String, Float64)) in rank order, as `items` gives them. */
  itemsSql?(partial: string): string;
}

/** One way to make a number of many rows. */
export type Aggregate = CellAggregate | BoxAggregate;
