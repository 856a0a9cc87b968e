import type { EventKind } from '../../model/subsystem.ts';
import type { Aggregate } from './aggregate.ts';
import type { RowNumber, RowTest, RowText, RowTexts } from './row-program.ts';
import type { WindowRule } from './window-rule.ts';

/** One field of `by`. A key is the texts of all of them, in order. */
export interface KeyField {
  /** `area`, `entity`, or the name of a dimension. */
  readonly name: string;
  readonly value: RowText | RowTexts;
  readonly isMany: boolean;
}

/** One measure's part of the fold: an aggregate over the rows that pass a test. Equal texts mean equal slots. */
export interface Slot {
  /** Identity within a family: aggregate, sample and test as text. */
  readonly text: string;
  readonly aggregate: Aggregate;
  /** null: every row of the family counts. */
  readonly test: RowTest | null;
  /** null for aggregates that take no sample. */
  readonly of: RowNumber | RowText | null;
  /** Of states only: it counts entities of the registry instead of rows. SQL, a condition on the view `entities`. */
  readonly entities?: string;
}

/**
 * What definitions have in common that fold the same rows into the same slices: kind, test, key, time, slice width.
 * Their slots stand side by side, each once.
 */
export interface Family {
  /** Identity: everything but the slots, as text. */
  readonly text: string;
  readonly kind: EventKind;
  readonly test: RowTest | null;
  /** Empty: one key, the province. */
  readonly by: readonly KeyField[];
  /** What places a row in time. */
  readonly at: RowNumber;
  readonly sliceMs: number;
  readonly sliceOffsetMs: number;
  readonly slots: readonly Slot[];
  /**
   * null: rows are folded where `at` places them. Else a family of states: a slice holds the newest version of each row
   * as it stood at the slice's end (or now, while it runs), and time alone can change it. SQL tells it, no row is
   * folded, `at` is not asked; tests may refer to `NOW_SQL`.
   */
  readonly state: StateRule | null;
}

/** How a family of states looks at its rows. */
export interface StateRule {
  /** Of measurements: how old the newest reading of an entity and property may be, milliseconds. */
  readonly withinMs: number;
}

/** Column that holds the instant that a state is told of, Int64 milliseconds: what `now` is in the SQL of tests. */
export const NOW_SQL = 'now_ms';

/** What one definition asks of a fold. */
export interface GroupPlan {
  readonly family: Omit<Family, 'slots'>;
  readonly rule: WindowRule;
  /** By name of the measure. */
  readonly slots: ReadonlyMap<string, Slot>;
}
