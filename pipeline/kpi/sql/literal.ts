/** A text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** An instant, milliseconds UTC, as an SQL literal of the type of `event_time`. */
export function sqlTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `toDateTime64('${iso.slice(0, 10)} ${iso.slice(11, 23)}', 3, 'UTC')`;
}

/**
 * The same for statements that machines read, of any instant: before 1970 it is 1970, and the largest safe integer means
 * "without end".
 */
export function instantSql(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${String(Math.max(0, ms))}), 'UTC')`;
}
