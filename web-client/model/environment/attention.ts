import type { Reading, StationView } from './station.ts';

/** One line of "Cần chú ý". */
export interface AttentionItem {
  readonly station: StationView;
  readonly state: 'watch' | 'bad';
  /** The index of the hour, of the day before, or the share of valid data of the day before. */
  readonly about: 'hour' | 'day' | 'availability';
  readonly reading: Reading;
  /** When the state began, as far back as the page knows. */
  readonly sinceMs: number;
}

const weight = { none: 0, good: 0, watch: 1, bad: 2 } as const;
const order = { hour: 0, day: 1, availability: 2 } as const;

/**
 * What a leader must look at: Không đạt first, then what is now before what was yesterday, then the one that
 * began last. Silent stations are listed elsewhere.
 */
export function attention(standard: readonly StationView[]): AttentionItem[] {
  const items = standard.flatMap((station) => {
    const hour = hourItem(station);
    return [hour, dayItem(station, hour), availabilityItem(station)].filter((item) => item !== undefined);
  });
  return items.sort(
    (one, other) =>
      weight[other.state] - weight[one.state] ||
      order[one.about] - order[other.about] ||
      other.sinceMs - one.sinceMs,
  );
}

// The running hour is said as soon as it is worse than the complete one: it is provisional, and nobody waits an
// hour to be told.
function hourItem(station: StationView): AttentionItem | undefined {
  const { shown, running, silentSinceMs } = station;
  if (shown === undefined || silentSinceMs !== undefined) return undefined;
  const reading = running !== undefined && weight[running.state] > weight[shown.state] ? running : shown;
  const item = itemOf(station, 'hour', reading);
  return item === undefined ? undefined : { ...item, sinceMs: began(station.hours, reading) };
}

// Yesterday's index is no news of a station whose hour says the same or worse.
function dayItem(station: StationView, hour: AttentionItem | undefined): AttentionItem | undefined {
  const item = itemOf(station, 'day', station.day.yesterday);
  if (item === undefined || (hour !== undefined && weight[hour.state] >= weight[item.state]))
    return undefined;
  return item;
}

function availabilityItem(station: StationView): AttentionItem | undefined {
  return itemOf(station, 'availability', station.availability.yesterday);
}

function itemOf(
  station: StationView,
  about: AttentionItem['about'],
  reading: Reading | undefined,
): AttentionItem | undefined {
  if (reading === undefined || (reading.state !== 'watch' && reading.state !== 'bad')) return undefined;
  return { station, state: reading.state, about, reading, sinceMs: reading.startMs };
}

// Back through hours that follow each other without a gap and are in the same state.
function began(hours: readonly Reading[], shown: Reading): number {
  let first = shown;
  for (const hour of hours.toReversed()) {
    if (hour.startMs >= first.startMs) continue;
    if (hour.endMs !== first.startMs || hour.state !== shown.state) break;
    first = hour;
  }
  // Where the first of these hours began: so a running hour and the same one when it is over say one time.
  return first.startMs;
}
