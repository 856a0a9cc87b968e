const json = 'application/json; charset=UTF-8';
const lines = 'application/x-ndjson; charset=UTF-8';
const plain = 'text/plain; charset=UTF-8';
const tabs = 'text/tab-separated-values; charset=UTF-8';

const known: readonly (readonly [RegExp, string])[] = [
  [/^JSON(Compact|Strings|CompactStrings|ColumnsWithMetadata|Columns|CompactColumns|Object.*)?$/, json],
  [/^JSON.*EachRow|^NDJSON|^JSONLines/, lines],
  [/^CSVWithNames/, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/, 'text/csv; charset=UTF-8; header=absent'],
  [/^(TabSeparated|TSV)/, tabs],
  [/^(Pretty|Vertical|Markdown|Values|SQLInsert|LineAsString|Raw)/, plain],
  [/^XML/, 'application/xml; charset=UTF-8'],
];

/** The media type that ClickHouse gives for one of its formats; binary ones are octet streams. */
export function contentType(format: string): string {
  return known.find(([pattern]) => pattern.test(format))?.[1] ?? 'application/octet-stream';
}
