import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { test } from 'vitest';

import { emission, hourValue } from '../../../fixtures/live/kpi-values.ts';
import type { KpiValue } from '../../../pipeline/model/kpi-value.ts';
import { SimClock } from '../../../pipeline/time/sim-clock.ts';
import type { ServerFrame } from '../../protocol/frames.ts';
import { ValueMap } from '../../protocol/value-map.ts';
import { congestedBytes, type FrameSink } from './frame-sink.ts';
import { liveFilter } from './live-filter.ts';
import { LiveHub, type LeaveGroup } from './live-hub.ts';
import { isoTime, keepMs, LiveStore } from './live-store.ts';

const startMs = Date.UTC(2026, 10, 23, 12);
const historyMs = 24 * 3_600_000;
const filter = liveFilter({
  kpis: ['environment.*'],
  areas: ['*'],
  ceiling: 'public',
  visibilityOf: () => 'public',
});

/** A client on a bad line: reads when told to, loses its socket with everything in flight, resumes. */
class BadLineClient {
  readonly map = new ValueMap();
  readonly #hub: LiveHub;
  readonly #clock: SimClock;
  readonly #request: { id: string; filter: typeof filter; historyMs: number; maxRateMs: number };
  #inFlight: string[] = [];
  #cursor: string | undefined;
  #leave: LeaveGroup | undefined;
  #reading: 'fast' | 'slow' = 'fast';
  resets = 0;

  constructor(hub: LiveHub, clock: SimClock, maxRateMs: number) {
    this.#hub = hub;
    this.#clock = clock;
    this.#request = { id: 's', filter, historyMs, maxRateMs };
  }

  connect(): void {
    if (this.#leave !== undefined) return;
    this.#leave = this.#hub.subscribe(this.#sink(), this.#request, this.#cursor);
  }

  lose(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#inFlight = [];
  }

  slow(): void {
    this.#reading = 'slow';
  }

  readAll(): void {
    this.#reading = 'fast';
    for (const text of this.#inFlight.splice(0)) this.#apply(JSON.parse(text) as ServerFrame);
  }

  #sink(): FrameSink {
    const size = (): number => (this.#reading === 'slow' ? congestedBytes + 1 : 0);
    return {
      send: (text) => void this.#inFlight.push(text),
      close: () => this.lose(),
      get bufferedBytes() {
        return size();
      },
    };
  }

  #apply(frame: ServerFrame): void {
    if (frame.type === 'heartbeat' || frame.type === 'error') return;
    this.#cursor = frame.cursor;
    if (frame.type === 'resumed') return;
    if (frame.type === 'snapshot') {
      this.map.clear();
      this.resets += 1;
    }
    for (const value of frame.values) this.map.put(value, isoTime(this.#clock.now() - keepMs));
  }
}

type Step =
  | { readonly kind: 'values'; readonly values: readonly (readonly [number, number, number])[] }
  | { readonly kind: 'connect' | 'lose' | 'slow' | 'read' | 'restart' }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(fc.tuple(fc.nat(3), fc.nat(40), fc.nat(3)), { minLength: 1, maxLength: 4 })
      .map((values) => ({ kind: 'values' as const, values })),
  },
  fc
    .constantFrom('connect' as const, 'lose' as const, 'slow' as const, 'read' as const)
    .map((kind) => ({ kind })),
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  fc.nat(3_000).map((ms) => ({ kind: 'wait' as const, ms })),
);

function shown(map: ValueMap, nowMs: number): string[] {
  const values = [...map.values(isoTime(nowMs - historyMs))];
  return values
    .map((value) => `${value.entity} ${value.windowStart} ${value.value} #${value.revision}`)
    .sort();
}

// The three promises of the protocol at once: nothing missed, nothing resurrected, whatever the line does.
test('however slowly it is read, however often the line breaks: both ends hold the same', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 250), (steps, maxRateMs) => {
      const clock = new SimClock(startMs);
      const hub = new LiveHub(new LiveStore(clock), clock, 'b1');
      const truth = new ValueMap();
      let sequence = 0;
      let epoch = 1;
      hub.restart({ epoch: 'e1', sequence: 0 }, []);
      const client = new BadLineClient(hub, clock, maxRateMs);
      const neighbour = new BadLineClient(hub, clock, maxRateMs);
      client.connect();
      neighbour.connect();

      for (const one of steps) {
        if (one.kind === 'values') {
          sequence += 1;
          const values = one.values.map(([entity, hour, samples]) =>
            valueAt(entity, hour, samples, sequence),
          );
          for (const value of values) truth.put(value, isoTime(clock.now() - keepMs));
          hub.apply({ sequence, message: emission(values), last: true });
        } else if (one.kind === 'wait') clock.advance(one.ms);
        else if (one.kind === 'connect') client.connect();
        else if (one.kind === 'lose') client.lose();
        else if (one.kind === 'slow') client.slow();
        else if (one.kind === 'read') client.readAll();
        else {
          epoch += 1;
          hub.restart({ epoch: `e${epoch}`, sequence }, [...truth.values(''), ...truth.removals()]);
        }
      }
      client.connect();
      client.readAll();
      clock.advance(1_000);
      client.readAll();
      neighbour.readAll();

      const expected = shown(truth, clock.now());
      assert.deepEqual(shown(client.map, clock.now()), expected);
      assert.deepEqual(shown(neighbour.map, clock.now()), expected);
    }),
    { seed: 20_261_123, numRuns: 600 },
  );
});

function valueAt(entity: number, hour: number, samples: number, revision: number): KpiValue {
  const windowStart = isoTime(startMs - hour * 3_600_000);
  return hourValue({ windowStart, entity: `station-${entity}`, samples, revision, value: revision });
}
