import { type PlainEvent, START } from './fold-input.ts';
import { PROPERTY, THRESHOLD } from './fold-pack.ts';

/** What one definition holds of one key and window. */
export interface PlainState {
  n: number;
  a: number;
  b: number;
}

/** A definition as one would write it by hand: how an event changes its state, and what its value is. */
export interface PlainKpi {
  readonly name: string;
  create(): PlainState;
  add(state: PlainState, event: PlainEvent): void;
  value(state: PlainState): number;
}

/** The ten definitions of the bench's pack; sums are sums of doubles. */
export const TEN_PLAIN: readonly PlainKpi[] = [
  plain(
    'count',
    0,
    () => undefined,
    ({ n }) => n,
  ),
  plain('sum', 0, add, ({ a }) => a),
  plain('mean', 0, add, ({ n, a }) => a / n),
  plain('min', Infinity, lower, ({ a }) => a),
  plain('max', -Infinity, higher, ({ a }) => a),
  plain('first', 0, first, ({ a }) => a),
  plain('last', 0, last, ({ a }) => a),
  plain('range', Infinity, range, ({ a, b }) => b - a),
  plain('share', 0, above, ({ n, a }) => (100 * a) / n),
  plain('deviation', 0, deviate, ({ n, a }) => a / n),
];

/** Whether the ten definitions count an event. */
export function isCounted({ property, quality, entity }: PlainEvent): boolean {
  return property === PROPERTY && quality === 'good' && entity !== '';
}

/** What an event's state is found by: `<start of its window> <entity>`. */
export function windowKeyOf({ time, entity }: PlainEvent, sizeMs: number): string {
  return `${Math.floor((time - START) / sizeMs) * sizeMs + START} ${entity}`;
}

/** End of a window, from its key. */
export function endOfKey(key: string, sizeMs: number): number {
  return Number(key.slice(0, key.indexOf(' '))) + sizeMs;
}

/** One map a definition, keyed by text. */
export class PlainMaps {
  readonly #maps = TEN_PLAIN.map((kpi) => ({ kpi, states: new Map<string, PlainState>() }));
  readonly #sizeMs: number;

  constructor(sizeMs: number) {
    this.#sizeMs = sizeMs;
  }

  /** Takes the events of one batch, one by one. */
  fold(events: readonly PlainEvent[]): void {
    for (const event of events) {
      for (const { kpi, states } of this.#maps) {
        if (!isCounted(event)) continue;
        const key = windowKeyOf(event, this.#sizeMs);
        let state = states.get(key);
        if (state === undefined) states.set(key, (state = kpi.create()));
        kpi.add(state, event);
      }
    }
  }

  /** Gives the values of all windows that are over, and forgets them. */
  emit(watermark: number, give: (kpi: string, key: string, value: number) => void): void {
    for (const { kpi, states } of this.#maps) {
      for (const [key, state] of states) {
        if (endOfKey(key, this.#sizeMs) > watermark) continue;
        give(kpi.name, key, kpi.value(state));
        states.delete(key);
      }
    }
  }
}

function plain(
  name: string,
  a: number,
  change: (state: PlainState, value: number) => void,
  value: (state: PlainState) => number,
): PlainKpi {
  return {
    name,
    create: () => ({ n: 0, a, b: -a }),
    add(state, event) {
      change(state, event.value);
      state.n += 1;
    },
    value,
  };
}

function add(state: PlainState, value: number): void {
  state.a += value;
}

function lower(state: PlainState, value: number): void {
  if (value < state.a) state.a = value;
}

function higher(state: PlainState, value: number): void {
  if (value > state.a) state.a = value;
}

function first(state: PlainState, value: number): void {
  if (state.n === 0) state.a = value;
}

function last(state: PlainState, value: number): void {
  state.a = value;
}

function range(state: PlainState, value: number): void {
  if (value < state.a) state.a = value;
  if (value > state.b) state.b = value;
}

function above(state: PlainState, value: number): void {
  if (value > THRESHOLD) state.a += 1;
}

function deviate(state: PlainState, value: number): void {
  state.a += value - THRESHOLD;
}
