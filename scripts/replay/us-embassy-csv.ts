import { HOUR_MS, LOCAL_OFFSET_MS } from '../../pipeline/model/time.ts';
import { newReadCounts, noteUnreadable, type ReadCounts, type ReplayRow } from './row-source.ts';

/** One record of the CSV, by column name. */
export type CsvRecord = Readonly<Record<string, string>>;

/** Whose readings the file has. The file names a city, not our entity. */
export interface EmbassyPlace {
  readonly entity: string;
  readonly area: string;
}

/** Columns that tell this file from any other. */
export const embassyColumns = ['Date (LT)', 'Raw Conc.', 'QC Name'] as const;

/** What the file writes where there is no reading. */
const noReading = -999;

interface Reading {
  readonly timeMs: number;
  readonly text: string;
  readonly value: number;
  readonly qc: string;
}

/**
 * Turns the hourly PM2.5 files of the US missions into events.
 *
 * - `Date (LT)` is the start of the hour, in local time (+07:00), and becomes the event time.
 * - `Raw Conc.` is the value, also where it is a little below zero: the published NowCast counts such hours.
 * - QC `Valid` is good. `Invalid` is sent as bad: it is stored, enters no KPI, and lowers availability. -999
 *   (`Missing`) is no reading and no event: its absence lowers availability by itself. Another word of QC is
 *   sent as suspect.
 * - The clock fault: on the day on which summer time begins in the United States the hour 02:00 is missing
 *   and 03:00 stands twice. The first of the two **is** 02:00 (the published NowCasts of that night agree
 *   with this and with no other reading), so it is sent as 02:00.
 *
 * ```text
 *   file   01:00   03:00   03:00   04:00
 *   sent   01:00   02:00   03:00   04:00
 * ```
 *
 * The id is the entity, the property and the hour: a second run of the same file changes nothing, and a
 * second file with another value for the same hour is a conflict that is seen, not an hour that counts twice.
 */
export class EmbassyReader {
  readonly #place: EmbassyPlace;
  readonly #counts: ReadCounts;
  /** Held back until the next row says whether its hour stands twice. */
  #held: Reading | undefined;
  #beforeMs = Number.NEGATIVE_INFINITY;

  constructor(place: EmbassyPlace, counts: ReadCounts = newReadCounts()) {
    this.#place = place;
    this.#counts = counts;
  }

  /** Takes the next record of the file; gives the rows that are certain now. */
  read(record: CsvRecord, line: string): ReplayRow[] {
    this.#counts.lines += 1;
    const reading = this.#parse(record, line);
    if (reading === undefined) return [];
    const held = this.#held;
    this.#held = reading;
    if (held === undefined) return [];
    const isMissingHour = held.timeMs === reading.timeMs && this.#beforeMs === held.timeMs - 2 * HOUR_MS;
    this.#beforeMs = held.timeMs;
    return this.#row(held, isMissingHour ? held.timeMs - HOUR_MS : held.timeMs);
  }

  /** The file has ended: gives what was held back. */
  end(): ReplayRow[] {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? [] : this.#row(held, held.timeMs);
  }

  #parse(record: CsvRecord, line: string): Reading | undefined {
    const text = record['Date (LT)'] ?? '';
    const timeMs = localHourMs(text);
    const value = Number(record['Raw Conc.'] ?? 'none');
    if (timeMs === undefined)
      noteUnreadable(this.#counts, line, `"${text}" is not a date like 2016-01-31 01:00 PM`);
    else if (Number.isNaN(value))
      noteUnreadable(this.#counts, line, `"${record['Raw Conc.'] ?? ''}" is not a number`);
    else return { timeMs, text, value, qc: record['QC Name'] ?? '' };
    return undefined;
  }

  #row(reading: Reading, timeMs: number): ReplayRow[] {
    if (reading.value === noReading) {
      this.#counts.missing += 1;
      return [];
    }
    const local = new Date(timeMs + LOCAL_OFFSET_MS).toISOString().slice(0, 19);
    const event = {
      id: `${this.#place.entity}.pm25.${local}`,
      kind: 'measurement',
      subsystem: 'environment',
      entity: this.#place.entity,
      // Without one, that of the entity's or the feed's configuration holds.
      ...(this.#place.area === '' ? {} : { area: this.#place.area }),
      property: 'pm25',
      value: reading.value,
      unit: 'ug/m3',
      quality: reading.qc === 'Valid' ? 'good' : reading.qc === 'Invalid' ? 'bad' : 'suspect',
      eventTime: `${local}+07:00`,
    };
    return [{ text: JSON.stringify(event), timeMs }];
  }
}

/** `2016-01-31 01:00 PM`, local time: its instant, or undefined for anything else. */
function localHourMs(text: string): number | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2}) (\d{2}):(\d{2}) (AM|PM)$/.exec(text);
  if (parts === null) return undefined;
  const [, date = '', hour = '', minute = '', half] = parts;
  if (Number(hour) < 1 || Number(hour) > 12 || Number(minute) > 59) return undefined;
  const day = Date.parse(`${date}T00:00:00+07:00`);
  if (Number.isNaN(day)) return undefined;
  const hours = (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  return day + hours * HOUR_MS + Number(minute) * 60_000;
}
