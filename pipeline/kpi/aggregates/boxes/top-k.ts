import type { BoxAggregate } from '../../../window/group/aggregate.ts';
import { textSql } from '../sample-sql.ts';
import { byCodePoint } from './code-point-order.ts';

/** Different items that a state counts. With more of them it counts none: a top list of a part would be a guess. */
export const TOP_ITEMS_MAX = 10_000;

/** Longest list that a definition may ask for. */
export const TOP_K_MAX = 100;

interface Counts {
  readonly items: Map<string, number>;
  /** There were more than TOP_ITEMS_MAX different items: `items` is empty for good. */
  isOverfull: boolean;
}

type CountsJson = readonly [number, readonly string[], readonly (number | string)[]];

/**
 * The most frequent texts with their counts, by count descending, then by text ascending (code points).
 * As one number: the count of the first. Over 10,000 different texts in a window: no items and no value.
 *
 * @param k items in the list, 1 … TOP_K_MAX
 */
export function topK(k: number): BoxAggregate<Counts> {
  return {
    name: `topk(${String(k)})`,
    sample: 'text',
    revision: 1,
    relativeError: 0,
    errorNote: 'exact up to 10,000 different items in a window, no value beyond',
    retracts: false,
    state: 'box',
    create: () => ({ items: new Map(), isOverfull: false }),
    add(box, sample) {
      count(box, sample.text, 1);
    },
    merge(box, from) {
      if (from.isOverfull) overfill(box);
      for (const [item, more] of from.items) count(box, item, more);
    },
    finish(box) {
      let most = NaN;
      for (const count of box.items.values()) if (!(count <= most)) most = count;
      return most;
    },
    items(box) {
      const ranked = [...box.items].sort(([a, x], [b, y]) => y - x || byCodePoint(a, b));
      return ranked.slice(0, k).map(([item, value]) => ({ item, value }));
    },
    // The engine counts all items while it computes, however many there are.
    partialSql(sample) {
      const counts = `sumMapIf(map(${textSql(sample)}, toUInt64(1)), ${sample.test})`;
      const isOverfull = `length(${counts}) > ${String(TOP_ITEMS_MAX)}`;
      const unlessOverfull = (list: string): string => `if(${isOverfull}, [], ${list}(${counts}))`;
      return `(${isOverfull}, ${unlessOverfull('mapKeys')}, ${unlessOverfull('mapValues')})`;
    },
    read(json) {
      const [isOverfull, items, counts] = json as CountsJson;
      return {
        isOverfull: Number(isOverfull) === 1,
        items: new Map(items.map((item, i) => [item, Number(counts[i])])),
      };
    },
    write(box) {
      const items = [...box.items.keys()].sort(byCodePoint);
      return [box.isOverfull ? 1 : 0, items, items.map((item) => box.items.get(item)!)];
    },
    finishSql: (partial) => `if(empty(${partial}.2), nan, toFloat64(arrayMax(${partial}.3)))`,
    itemsSql(partial) {
      const ranked = `arraySort(x -> (-x.2, x.1), arrayZip(${partial}.2, ${partial}.3))`;
      return `arrayMap(x -> (x.1, toFloat64(x.2)), arraySlice(${ranked}, 1, ${String(k)}))`;
    },
  };
}

function count(box: Counts, item: string, more: number): void {
  if (box.isOverfull) return;
  box.items.set(item, (box.items.get(item) ?? 0) + more);
  if (box.items.size > TOP_ITEMS_MAX) overfill(box);
}

function overfill(box: Counts): void {
  box.isOverfull = true;
  box.items.clear();
}
