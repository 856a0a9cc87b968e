import type { BoxAggregate } from '../../../window/group/aggregate.ts';
import { textSql } from '../sample-sql.ts';
import { TEXT_HASH_END, textHash, textHashSql } from './text-hash.ts';

/** Hashes that a state keeps: the smallest ones. Fewer different texts are counted exactly. */
export const DISTINCT_HASHES_MAX = 4_096;

/** The smallest hashes and, until the next `prune`, some that are not: at most twice as many. */
interface Smallest {
  readonly hashes: Set<number>;
  /** No hash from here on is among the smallest. */
  limit: number;
}

/**
 * How many different texts there are: exact below 4,096, beyond it estimated from the 4,096th smallest of their
 * hashes, whichever order and cut they came in.
 *
 * Source: Bar-Yossef et al., "Counting distinct elements in a data stream", RANDOM 2002 (the k minimum values).
 */
export const distinct: BoxAggregate<Smallest> = {
  name: 'distinct',
  sample: 'text',
  revision: 1,
  relativeError: 0.05,
  errorNote:
    'exact below 4,096 different texts; beyond, the standard error is 1.6 % of the number and 0.05 is three of ' +
    'them, passed by one estimate in 700',
  retracts: false,
  state: 'box',
  create: () => ({ hashes: new Set(), limit: TEXT_HASH_END }),
  add(box, sample) {
    keep(box, textHash(sample.text));
  },
  merge(box, from) {
    for (const hash of from.hashes) keep(box, hash);
  },
  finish(box) {
    if (box.hashes.size < DISTINCT_HASHES_MAX) return box.hashes.size;
    const largest = prune(box)[DISTINCT_HASHES_MAX - 1]!;
    return Math.floor((DISTINCT_HASHES_MAX - 1) / ((largest + 1) / TEXT_HASH_END) + 0.5);
  },
  // The engine keeps all hashes while it computes, 8 bytes and some room for each.
  partialSql(sample) {
    const all = `groupUniqArrayIf(${textHashSql(textSql(sample))}, ${sample.test})`;
    return `arraySlice(arraySort(${all}), 1, ${String(DISTINCT_HASHES_MAX)})`;
  },
  read(json) {
    const box = distinct.create();
    for (const hash of json as readonly (number | string)[]) keep(box, Number(hash));
    return box;
  },
  write: (box) => prune(box),
  finishSql(partial) {
    const most = String(DISTINCT_HASHES_MAX);
    const share = `((${partial}[${most}] + 1) / ${String(TEXT_HASH_END)})`;
    const estimate = `floor(${String(DISTINCT_HASHES_MAX - 1)} / ${share} + 0.5)`;
    return `if(length(${partial}) < ${most}, toFloat64(length(${partial})), ${estimate})`;
  },
};

function keep(box: Smallest, hash: number): void {
  if (hash >= box.limit) return;
  box.hashes.add(hash);
  if (box.hashes.size >= 2 * DISTINCT_HASHES_MAX) prune(box);
}

/** Drops what is not among the smallest; returns those, ascending. */
function prune(box: Smallest): number[] {
  const hashes = [...Float64Array.from(box.hashes).sort()];
  for (const hash of hashes.splice(DISTINCT_HASHES_MAX)) box.hashes.delete(hash);
  const largest = hashes[DISTINCT_HASHES_MAX - 1];
  if (largest !== undefined) box.limit = largest;
  return hashes;
}
