import { timeAt } from '../../../model/batch/batch.ts';
import type { ShardStore } from '../shard-store.ts';
import type { UncheckedRows } from '../unchecked-rows.ts';

/**
 * The time at which a case was opened never changes: the first row of the case in the log says it, and a row that says
 * otherwise is a conflict.
 *
 * @returns says of each row in log order, once, whether it moves the opening of its case
 */
export async function openingsOf(
  waiting: readonly UncheckedRows[],
  store: Pick<ShardStore, 'openings'>,
): Promise<(unchecked: UncheckedRows, row: number) => boolean> {
  const known = new Map<string, Map<string, number>>();
  for (const [feed, cases] of casesByFeed(waiting)) known.set(feed, await store.openings(feed, [...cases]));
  return ({ batch }, row) => {
    const feeds = batch.codes('feed');
    const openings = known.get(feeds.values[feeds.codes[row]!]!)!;
    const id = batch.text('case_id', row);
    const openedAt = timeAt(batch.wide('opened_at'), row);
    const first = openings.get(id);
    if (first === undefined) openings.set(id, openedAt);
    return first !== undefined && first !== openedAt;
  };
}

function casesByFeed(waiting: readonly UncheckedRows[]): Map<string, Set<string>> {
  const cases = new Map<string, Set<string>>();
  for (const { batch, rows } of waiting) {
    const feeds = batch.codes('feed');
    for (const row of rows) {
      const feed = feeds.values[feeds.codes[row]!]!;
      let mine = cases.get(feed);
      if (mine === undefined) cases.set(feed, (mine = new Set()));
      mine.add(batch.text('case_id', row));
    }
  }
  return cases;
}
