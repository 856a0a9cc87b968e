import { seededRandom, shuffled, shuffledWithin, withRepeats } from '../../fixtures/streams/disorder.ts';
import { CommandFailure } from '../cli/command-failure.ts';
import { readRows } from './read-file.ts';
import { rowTimeMs, type ReadCounts, type ReplayRow } from './row-source.ts';
import type { EmbassyPlace } from './us-embassy-csv.ts';

/** How rows are put out of order on purpose; undefined: file order. */
export interface Disorder {
  readonly seed: number;
  /** Shuffle everything, or let each row fall behind by at most `withinMs`. */
  readonly shuffle: 'none' | 'everything' | { readonly withinMs: number };
  /** Share of the rows that is sent twice, 0 to 1. */
  readonly repeatShare: number;
}

/** Most rows that a replay in another order holds in memory. */
export const disorderRowsMax = 4_000_000;

/** The rows of a replay in the order in which they are sent. */
export interface OrderedRows {
  rows(): AsyncGenerator<ReplayRow[]>;
  /** Share of the work that is done, 0 to 1. */
  fraction(acknowledgedRows: number, totalBytes: number): number;
}

/** File order as it is read, or, out of order, everything at once. */
export function orderedRows(
  paths: readonly string[],
  place: EmbassyPlace,
  disorder: Disorder | undefined,
  counts: ReadCounts,
): OrderedRows {
  async function* inFileOrder(): AsyncGenerator<ReplayRow[]> {
    for (const path of paths) yield* readRows(path, place, counts);
  }
  if (disorder === undefined) {
    return { rows: inFileOrder, fraction: (_rows, totalBytes) => counts.bytes / Math.max(1, totalBytes) };
  }
  let total = 1;
  async function* outOfOrder(chosen: Disorder): AsyncGenerator<ReplayRow[]> {
    const all: ReplayRow[] = [];
    for await (const rows of inFileOrder()) {
      for (const row of rows) all.push(row);
      if (all.length > disorderRowsMax) {
        throw new CommandFailure(`more than ${disorderRowsMax} rows cannot be put in another order`);
      }
    }
    const rows = disordered(all, chosen);
    total = Math.max(1, rows.length);
    yield rows;
  }
  return { rows: () => outOfOrder(disorder), fraction: (acknowledgedRows) => acknowledgedRows / total };
}

function disordered(rows: ReplayRow[], disorder: Disorder): ReplayRow[] {
  const random = seededRandom(disorder.seed);
  const repeated = disorder.repeatShare > 0 ? withRepeats(rows, disorder.repeatShare, random) : rows;
  if (disorder.shuffle === 'none') return repeated;
  if (disorder.shuffle === 'everything') return shuffled(repeated, random);
  let previousMs = 0;
  const timed = repeated.map((row) => ({ row, timeMs: (previousMs = rowTimeMs(row, previousMs)) }));
  return shuffledWithin(timed, ({ timeMs }) => timeMs, disorder.shuffle.withinMs, random).map(
    ({ row }) => row,
  );
}
