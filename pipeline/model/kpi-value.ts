/** provisional while the watermark has not passed the window's end, then final; revised after a later change. */
export type KpiStatus = 'provisional' | 'final' | 'revised';

/** Whether a value meets its bands; `none` where the definition declares no bands. */
export type KpiState = 'none' | 'good' | 'watch' | 'bad';

/** Grade of the passport: correct, complete, clean, live; the worst of them. */
export type Grade = 'A' | 'B' | 'C' | 'D';

/**
 * One published value of one window: the row of `kpi_values` and the unit of the live protocol.
 *
 * Times are ISO 8601 UTC with milliseconds. `value`, `numerator`, `denominator` and `samples` are the
 * content: a function of the definition and of the log up to `revision`. The rest describes the publication.
 */
export interface KpiValue {
  readonly kpi: string;
  readonly version: number;
  readonly area: string;
  readonly entity: string;
  readonly dims: Readonly<Record<string, string>>;
  readonly windowStart: string;
  readonly windowEnd: string;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** Events that the value rests on; 0 means: remove this window. */
  readonly samples: number;
  readonly status: KpiStatus;
  /** Log position (sequence in `EVENTS`) that this content covers. The highest wins. */
  readonly revision: number;
  readonly grade: Grade;
  readonly watermark: string;
  readonly publishedAt: string;
  /** Newest event time inside the window that counted; what "mất cập nhật từ" speaks of. */
  readonly asOf: string;
  readonly period: string;
  readonly localDate: string;
  readonly state: KpiState;
  readonly target: number | null;
  readonly late: number;
  readonly quarantined: number;
  readonly feedsSeen: number;
  readonly feedsExpected: number;
  /** What explains the value without being part of its key: `dominant`, sub-indices by property. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** One message on `kpi.<subsystem>`, JSON. An emission may have several parts; the last carries header `last: 1`. */
export interface KpiMessage {
  readonly subsystem: string;
  /** Log position of the emission: every value in it has this revision. */
  readonly position: number;
  /** The shard's watermark, ISO 8601 UTC, or '' before the first event. */
  readonly watermark: string;
  /** May be empty: then the message only says that the shard is alive and up to `position`. */
  readonly values: readonly KpiValue[];
}

/** Key of a value's window: the same for every revision of it. */
export function kpiValueKey(value: KpiValue): string {
  const place = value.entity === '' ? `a:${value.area}` : `e:${value.entity}`;
  const dims = Object.keys(value.dims).length === 0 ? '' : JSON.stringify(value.dims);
  return `${value.kpi}|${value.version}|${place}|${dims}|${value.windowStart}|${value.windowEnd}`;
}

/** Key of a value's series: the key without its window. `kpi_latest` has one row for each. */
export function kpiSeriesKey(value: KpiValue): string {
  const place = value.entity === '' ? `a:${value.area}` : `e:${value.entity}`;
  const dims = Object.keys(value.dims).length === 0 ? '' : JSON.stringify(value.dims);
  return `${value.kpi}|${place}|${dims}`;
}
