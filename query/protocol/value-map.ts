import { kpiSeriesKey, kpiValueKey } from '../../pipeline/model/kpi-value.ts';
import type { LiveValue } from './live-value.ts';

/**
 * `changed`: the map holds it now. `old`: a revision at least as high, or a newer version, is held already.
 * `passing`: its window is neither the latest nor recent, so the map does not keep it; it is news all the
 * same.
 */
export type PutOutcome = 'changed' | 'old' | 'passing';

interface Series {
  version: number;
  /** Start of the latest window that was ever put, also when it was removed since. */
  highWater: string;
  readonly windows: Map<string, LiveValue>;
}

/**
 * What both ends of a subscription hold: of each series the latest window, and the windows that ended
 * recently.
 *
 * The rules are part of the protocol, so that server and client cannot come to differ:
 * a higher version of a definition replaces all windows of a lower one; of one window the higher revision
 * wins;
 * kept are the window that starts last and the recent ones, removals (`samples: 0`) included, so that
 * nothing older
 * comes back. What is kept depends on what was put, not on the order: a conflated line ends where a patient
 * one does.
 */
export class ValueMap {
  readonly #series = new Map<string, Series>();
  readonly #seriesMax: number;

  /** @param seriesMax bound of memory: a new series beyond it takes the place of the one put first */
  constructor(seriesMax = 100_000) {
    this.#seriesMax = seriesMax;
  }

  /** @param keepFrom ISO 8601: windows that end after it are recent. */
  put(value: LiveValue, keepFrom: string): PutOutcome {
    const series = this.#seriesFor(value);
    if (value.version < series.version) return 'old';
    if (value.version > series.version) {
      series.windows.clear();
      series.version = value.version;
      series.highWater = '';
    }
    const key = kpiValueKey(value);
    const held = series.windows.get(key);
    if (held !== undefined && held.revision >= value.revision) return 'old';
    if (value.windowStart > series.highWater) {
      series.highWater = value.windowStart;
      prune(series, keepFrom);
    }
    if (!isKept(series, value, keepFrom)) return 'passing';
    series.windows.set(key, value);
    return 'changed';
  }

  /** The latest window of the series that `value` belongs to. */
  latestLike(value: LiveValue): LiveValue | undefined {
    const series = this.#series.get(kpiSeriesKey(value));
    return series === undefined ? undefined : latest(series);
  }

  /** Each series' latest window, and the other windows that ended after `historyFrom`, oldest first. */
  *values(historyFrom?: string): Generator<LiveValue> {
    for (const series of this.#series.values()) yield* visible(series, historyFrom);
  }

  /** Removed windows that were the last of their series: who starts from `values` must know them too. */
  *removals(): Generator<LiveValue> {
    for (const series of this.#series.values()) {
      for (const value of series.windows.values()) {
        if (value.samples === 0 && value.windowStart === series.highWater) yield value;
      }
    }
  }

  /** Everything that is kept of each series, oldest first; a series without a window is left out. */
  *series(): Generator<readonly [LiveValue, ...LiveValue[]]> {
    for (const series of this.#series.values()) {
      const [first, ...rest] = visible(series, '');
      if (first !== undefined) yield [first, ...rest];
    }
  }

  clear(): void {
    this.#series.clear();
  }

  /** Forgets windows that are no longer recent; a series keeps its latest. */
  prune(keepFrom: string): void {
    for (const series of this.#series.values()) prune(series, keepFrom);
  }

  get seriesCount(): number {
    return this.#series.size;
  }

  #seriesFor(value: LiveValue): Series {
    const key = kpiSeriesKey(value);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const series: Series = { version: value.version, highWater: '', windows: new Map() };
    this.#series.set(key, series);
    if (this.#series.size > this.#seriesMax) {
      const [first] = this.#series.keys();
      if (first !== undefined) this.#series.delete(first);
    }
    return series;
  }
}

function isKept(series: Series, value: LiveValue, keepFrom: string): boolean {
  return value.windowEnd > keepFrom || value.windowStart === series.highWater;
}

function latest(series: Series): LiveValue | undefined {
  let found: LiveValue | undefined;
  for (const value of series.windows.values()) {
    if (value.samples === 0) continue;
    if (found === undefined || value.windowStart > found.windowStart) found = value;
  }
  return found;
}

function visible(series: Series, historyFrom: string | undefined): LiveValue[] {
  const last = latest(series);
  if (last === undefined) return [];
  if (historyFrom === undefined) return [last];
  const shown = [...series.windows.values()].filter(
    (value) => value.samples > 0 && (value === last || value.windowEnd > historyFrom),
  );
  return shown.sort((one, other) => (one.windowStart < other.windowStart ? -1 : 1));
}

function prune(series: Series, keepFrom: string): void {
  for (const [key, value] of series.windows) {
    if (!isKept(series, value, keepFrom)) series.windows.delete(key);
  }
}
