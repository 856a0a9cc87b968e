/** Formats of answers, with the media type of each. */
export const formatTypes = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
  TabSeparatedWithNames: 'text/tab-separated-values; charset=UTF-8',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  Arrow: 'application/vnd.apache.arrow.file',
  ArrowStream: 'application/vnd.apache.arrow.stream',
  Parquet: 'application/vnd.apache.parquet',
} as const;

/** A format of an answer. */
export type Format = keyof typeof formatTypes;

const aliases: Readonly<Record<string, Format>> = {
  tsv: 'TabSeparated',
  tsvwithnames: 'TabSeparatedWithNames',
  jsonlines: 'JSONEachRow',
  ndjson: 'JSONEachRow',
};

const byName: ReadonlyMap<string, Format> = new Map(
  (Object.keys(formatTypes) as Format[]).map((format) => [format.toLowerCase(), format]),
);

/** What to say of a name that is no format. */
export function noFormat(name: string): string {
  return `there is no format ${name.slice(0, 64)}; the formats are ${Object.keys(formatTypes).join(', ')}`;
}

/** The format of a name, whose case and ClickHouse alias do not matter, or undefined. */
export function formatOf(name: string): Format | undefined {
  const lower = name.toLowerCase();
  return byName.get(lower) ?? aliases[lower];
}
