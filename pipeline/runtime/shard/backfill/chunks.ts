/** A span of the raw rows, and the windows that its rows belong to. */
export interface Bucket {
  /** Starts of the first and of the last window that hold a row of it, milliseconds UTC. */
  readonly first: number;
  readonly last: number;
  /** Slices with rows in it: what the work is counted in. */
  readonly slices: number;
}

/** Windows that start in [from, to), computed at once. */
export interface Chunk {
  readonly from: number;
  readonly to: number;
  readonly slices: number;
}

/**
 * Cuts buckets into chunks that share no window, the newest first. A window belongs to the newest bucket that it holds
 * rows of, so that each is computed once:
 *
 *     buckets (hopping: they overlap)   [──── a ────]
 *                                            [──── b ────]
 *     chunks                            [─ a ─)[──── b ────)
 *
 * @param span only windows that start in [from, to)
 */
export function chunksOf(
  buckets: readonly Bucket[],
  span: { readonly from: number; readonly to: number },
): Chunk[] {
  const chunks: Chunk[] = [];
  let upTo = span.to;
  for (const { first, last, slices } of [...buckets].sort((a, b) => b.first - a.first || b.last - a.last)) {
    const from = Math.max(first, span.from);
    const to = Math.min(last + 1, upTo);
    const newest = chunks.at(-1);
    if (from < to) {
      chunks.push({ from, to, slices });
      upTo = from;
    } else if (newest !== undefined && last + 1 > span.from && first < span.to) {
      // All its windows are in chunks already: its slices count there.
      chunks[chunks.length - 1] = { ...newest, slices: newest.slices + slices };
    }
  }
  return chunks;
}

/** Sum of the slices of chunks. */
export function slicesOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { slices }) => sum + slices, 0);
}

/**
 * The first chunks that hold at most so many slices and have no wide gap between them, but one at least; taken out of
 * the list.
 */
export function takeChunks(
  chunks: Chunk[],
  { slicesMax, gapMsMax }: { readonly slicesMax: number; readonly gapMsMax: number },
): Chunk {
  const first = chunks.shift();
  if (first === undefined) return { from: 0, to: 0, slices: 0 };
  let taken = first;
  for (let next = chunks[0]; next !== undefined; next = chunks[0]) {
    if (taken.slices + next.slices > slicesMax || taken.from - next.to > gapMsMax) break;
    chunks.shift();
    taken = { from: next.from, to: taken.to, slices: taken.slices + next.slices };
  }
  return taken;
}
