import type { LiveValue } from '../protocol/live-value.ts';

/** A row of `kpi_values` as JSONEachRow gives it: 64-bit numbers may be text, times may lack their zone. */
export type KpiRow = Readonly<Record<string, unknown>>;

/**
 * The row in camel case, times as ISO 8601 UTC, numbers as numbers. A column that is missing has its empty
 * value.
 */
export function valueOfRow(row: KpiRow): LiveValue {
  const windowEnd = time(row.window_end);
  return {
    kpi: text(row.kpi),
    version: count(row.version),
    area: text(row.area),
    entity: text(row.entity),
    dims: texts(row.dims),
    windowStart: time(row.window_start),
    windowEnd,
    value: maybeNumber(row.value),
    numerator: maybeNumber(row.numerator),
    denominator: maybeNumber(row.denominator),
    samples: count(row.samples),
    status: oneOf(row.status, ['provisional', 'final', 'revised'], 'provisional'),
    revision: count(row.revision),
    grade: oneOf(row.grade, ['A', 'B', 'C', 'D'], 'D'),
    watermark: time(row.watermark),
    publishedAt: time(row.published_at),
    asOf: row.as_of === undefined ? windowEnd : time(row.as_of),
    period: text(row.period),
    localDate: text(row.local_date),
    state: oneOf(row.state, ['none', 'good', 'watch', 'bad'], 'none'),
    target: maybeNumber(row.target),
    late: count(row.late),
    quarantined: count(row.quarantined),
    feedsSeen: count(row.feeds_seen),
    feedsExpected: count(row.feeds_expected),
    attributes: texts(row.attributes),
  };
}

function text(cell: unknown): string {
  return typeof cell === 'string' ? cell : '';
}

function count(cell: unknown): number {
  const number = Number(cell ?? 0);
  return Number.isFinite(number) ? number : 0;
}

function maybeNumber(cell: unknown): number | null {
  return cell === null || cell === undefined ? null : Number(cell);
}

// '2026-11-23 06:00:00.000' is UTC by the column's type; the protocol says so in the text.
function time(cell: unknown): string {
  const written = text(cell);
  if (written === '') return '';
  const zoned = /Z$|[+-]\d\d:\d\d$/.test(written) ? written : `${written.replace(' ', 'T')}Z`;
  return new Date(zoned).toISOString();
}

function texts(cell: unknown): Record<string, string> {
  if (typeof cell !== 'object' || cell === null) return {};
  return Object.fromEntries(Object.entries(cell).map(([key, value]) => [key, String(value)]));
}

function oneOf<Text extends string>(cell: unknown, known: readonly Text[], otherwise: Text): Text {
  return known.find((one) => one === cell) ?? otherwise;
}
