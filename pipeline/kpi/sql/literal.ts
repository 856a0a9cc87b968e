/** A text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** An instant, milliseconds UTC, as an SQL literal of the type of `event_time`. */
export function sqlTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `toDateTime64('${iso.slice(0, 10)} ${iso.slice(11, 23)}', 3, 'UTC')`;
}
