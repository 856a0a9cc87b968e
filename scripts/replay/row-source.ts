/** One row that will be sent. */
export interface ReplayRow {
  /** JSON text of one event, without line breaks. */
  readonly text: string;
  /** Event time, milliseconds since the Unix epoch; undefined where the text has to be asked for it. */
  readonly timeMs: number | undefined;
}

/** What a file turned out to hold, counted while it is read. */
export interface ReadCounts {
  /** Lines of data, without header and blank lines. */
  lines: number;
  /** Hours that the file itself reports as missing: no event. */
  missing: number;
  /** Lines that are no row at all. */
  unreadable: number;
  /** The first of them, for a person: `file:17: the date …`. */
  readonly unreadableTold: string[];
  /** Bytes of the file read so far (compressed ones where it is compressed). */
  bytes: number;
}

/** Most unreadable lines that are told; the rest is counted. */
export const unreadableToldMax = 10;

/** Counts of a file of which nothing is read yet. */
export function newReadCounts(): ReadCounts {
  return { lines: 0, missing: 0, unreadable: 0, unreadableTold: [], bytes: 0 };
}

/** Notes a line that is no row. */
export function noteUnreadable(counts: ReadCounts, place: string, reason: string): void {
  counts.unreadable += 1;
  if (counts.unreadableTold.length < unreadableToldMax) counts.unreadableTold.push(`${place}: ${reason}`);
}

/**
 * When the row happened. A row that does not say so in a readable way gets the time of the row before it:
 * ingest is the one to judge it.
 */
export function rowTimeMs(row: ReplayRow, previousMs: number): number {
  if (row.timeMs !== undefined) return row.timeMs;
  const found = /"eventTime"\s*:\s*"([^"]+)"/.exec(row.text)?.[1];
  const timeMs = found === undefined ? Number.NaN : Date.parse(found);
  return Number.isNaN(timeMs) ? previousMs : timeMs;
}
