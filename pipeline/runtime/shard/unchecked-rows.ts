import type { Batch } from '../../model/batch/batch.ts';
import { timeAt } from '../../model/batch/batch.ts';
import { HOUR_MS } from '../../model/time.ts';
import { idKey, type KnownRow, placeOf } from '../../store/known-ids.ts';
import type { EventTable } from '../../store/event-tables.ts';

/** Rows of one batch that wait to be checked against what the raw tables hold. */
export interface UncheckedRows {
  readonly table: EventTable;
  readonly batch: Batch;
  readonly position: number;
  readonly rows: readonly number[];
}

/** What a check decided about one row; `moved`: a case would have been opened at another time. */
export type Verdict = 'new' | 'duplicate' | 'conflict' | 'moved';

/** One row with its verdict, in log order. */
export interface CheckedRow {
  readonly unchecked: UncheckedRows;
  readonly row: number;
  readonly verdict: Verdict;
  readonly id: {
    readonly high: number;
    readonly low: number;
    readonly content: number;
    readonly hour: number;
  };
  readonly feed: string;
  readonly entity: string;
}

/** Ids of the waiting rows, each once. */
export function idsOf(waiting: readonly UncheckedRows[]): string[] {
  const ids = new Set<string>();
  for (const { batch, rows } of waiting) {
    const hashes = batch.wide('id_hash');
    for (const row of rows) ids.add(idKey(hashes[row * 2 + 1]!, hashes[row * 2]!));
  }
  return [...ids];
}

/**
 * Decides every waiting row in log order: the first of an id is kept, the same content again is a duplicate,
 * other content a conflict.
 *
 * A row that the tables hold at its own place, or later, was written before a crash and is new all the same: its
 * slice does not know it yet.
 *
 * @param known first rows by id, as the raw tables hold them; grows with the rows found new
 * @param moves of a row whose id is new: whether it moves the opening of its case. Its id stays unknown then
 */
export function checkRows(
  waiting: readonly UncheckedRows[],
  known: Map<string, KnownRow>,
  moves: (unchecked: UncheckedRows, row: number) => boolean = () => false,
): CheckedRow[] {
  const checked: CheckedRow[] = [];
  for (const unchecked of waiting) {
    const { batch, rows } = unchecked;
    const hashes = batch.wide('id_hash');
    const contents = batch.counts('content_hash');
    const times = batch.wide('event_time');
    const feeds = batch.codes('feed');
    const entities = batch.codes('entity');
    for (const row of rows) {
      const high = hashes[row * 2 + 1]!;
      const low = hashes[row * 2]!;
      const content = contents[row]!;
      const key = idKey(high, low);
      const place = placeOf(unchecked.position, row);
      const found = known.get(key);
      const before = found !== undefined && found.place < place ? found.content : undefined;
      const isMoved = before === undefined && moves(unchecked, row);
      if (before === undefined && !isMoved) known.set(key, { content, place });
      checked.push({
        unchecked,
        row,
        verdict: isMoved ? 'moved' : verdictOf(before, content),
        id: { high, low, content: before ?? content, hour: Math.floor(timeAt(times, row) / HOUR_MS) },
        feed: feeds.values[feeds.codes[row]!]!,
        entity: entities.values[entities.codes[row]!]!,
      });
    }
  }
  return checked;
}

function verdictOf(before: number | undefined, content: number): Verdict {
  if (before === undefined) return 'new';
  return before === content ? 'duplicate' : 'conflict';
}
