import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folded, tried, TRIED, triedRow } from '../../../fixtures/kpi/tried-aggregates.ts';
import { AGGREGATE_MAKERS, AGGREGATES, aggregateOf } from './aggregates.ts';

const settings = { seed: 20_261_124, numRuns: 150 };
const rows = fc.array(triedRow, { maxLength: 60 });

describe.each(TRIED)('the state of $name', (aggregate) => {
  it('is the same for any order of the rows and any cut into slices', () => {
    const law = fc.property(rows, (list) => {
      const whole = folded(aggregate, list);
      const shuffled = [...list].sort((a, b) => a.order - b.order);
      expect(folded(aggregate, shuffled).written()).toEqual(whole.written());
      // Slices merged from the left, and from the right: ((0 + 1) + 2) … and 0 + (1 + (2 …)).
      const slices = () =>
        [0, 1, 2, 3, 4].map((part) =>
          folded(
            aggregate,
            shuffled.filter((row) => row.part === part),
          ),
        );
      const left = slices().reduce((merged, slice) => (merged.merge(slice), merged));
      const right = slices().reduceRight((merged, slice) => (slice.merge(merged), slice));
      expect(left.written()).toEqual(whole.written());
      expect(right.written()).toEqual(whole.written());
      expect([left.finish(), left.items()]).toEqual([whole.finish(), whole.items()]);
    });
    fc.assert(law, settings);
  });

  it('does not change when the empty state is merged into it, nor does the one that is merged', () => {
    const law = fc.property(rows, (list) => {
      const [whole, empty] = [folded(aggregate, list), tried(aggregate)];
      const before = JSON.stringify(whole.written());
      empty.merge(whole);
      whole.merge(tried(aggregate));
      expect(JSON.stringify(whole.written())).toBe(before);
      expect(empty.written()).toEqual(whole.written());
    });
    fc.assert(law, settings);
  });

  it('comes back from its JSON, and goes on as before', () => {
    const law = fc.property(rows, rows, (list, later) => {
      const whole = folded(aggregate, list);
      const again = tried(aggregate, JSON.parse(JSON.stringify(whole.written())) as unknown);
      for (const row of later) {
        whole.add(row);
        again.add(row);
      }
      expect(again.written()).toEqual(whole.written());
      expect(again.finish()).toEqual(whole.finish());
    });
    fc.assert(law, settings);
  });

  it('has no value without a row, except that a count is 0', () => {
    const isCount = aggregate.name === 'count' || aggregate.name === 'distinct';
    expect(tried(aggregate).finish()).toBe(isCount ? 0 : NaN);
    expect(tried(aggregate).items()).toEqual([]);
  });
});

describe('aggregateOf', () => {
  it.each([
    ['count', undefined, 'count'],
    ['quantile', 0.9, 'quantile(0.9)'],
    ['quantile', 0.9001, 'quantile(0.9001)'],
    ['topk', 10, 'topk(10)'],
    ['median', undefined, undefined],
    ['quantile', undefined, undefined],
    ['quantile', 1.1, undefined],
    ['quantile', 0.33333, undefined],
    ['quantile', NaN, undefined],
    ['topk', 0, undefined],
    ['topk', 2.5, undefined],
    ['topk', 101, undefined],
    ['mean', 3, undefined],
  ])('of %s with %s is %s', (name, parameter, made) => {
    expect(aggregateOf(name, parameter)?.name).toBe(made);
  });

  it('accepts the example of every maker', () => {
    for (const maker of AGGREGATE_MAKERS.values()) {
      expect(aggregateOf(maker.name, maker.example)?.name).toBe(`${maker.name}(${String(maker.example)})`);
    }
    expect(AGGREGATES.size + AGGREGATE_MAKERS.size).toBe(14);
  });
});
