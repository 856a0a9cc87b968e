import type { Reading, StationView } from './station.ts';

/** One line of "Cần chú ý". */
export interface AttentionItem {
  readonly station: StationView;
  readonly state: 'watch' | 'bad';
  /** The index of the hour, or the share of valid data of the day before. */
  readonly about: 'index' | 'availability';
  readonly reading: Reading;
  /** When the state began, as far back as the page knows. */
  readonly sinceMs: number;
}

/**
 * What a leader must look at: Không đạt first, then the one that began last. Silent stations are listed
 * elsewhere.
 */
export function attention(standard: readonly StationView[]): AttentionItem[] {
  const items = standard.flatMap((station) => [...indexItem(station), ...availabilityItem(station)]);
  return items.sort((one, other) => {
    if (one.state !== other.state) return one.state === 'bad' ? -1 : 1;
    return other.sinceMs - one.sinceMs;
  });
}

function indexItem(station: StationView): AttentionItem[] {
  const { shown, hours, silentSinceMs } = station;
  if (shown === undefined || silentSinceMs !== undefined) return [];
  const { state } = shown;
  if (state !== 'watch' && state !== 'bad') return [];
  return [{ station, state, about: 'index', reading: shown, sinceMs: began(hours, shown) }];
}

function availabilityItem(station: StationView): AttentionItem[] {
  const reading = station.availability.yesterday;
  if (reading === undefined || (reading.state !== 'watch' && reading.state !== 'bad')) return [];
  return [{ station, state: reading.state, about: 'availability', reading, sinceMs: reading.startMs }];
}

// Back through hours that follow each other without a gap and are in the same state.
function began(hours: readonly Reading[], shown: Reading): number {
  let first = shown;
  for (const hour of hours.toReversed()) {
    if (hour.startMs >= first.startMs) continue;
    if (hour.endMs !== first.startMs || hour.state !== shown.state) break;
    first = hour;
  }
  // An index is known when its hour ends.
  return first.endMs;
}
