import { targetOf } from '../../kpi/definitions/kpi-facts.ts';
import type { DerivedKpi } from '../../kpi/derived/derived-kpi.ts';
import { contentOf, isSame, type PublishedContent, statusOf } from '../../kpi/published.ts';
import type { Grade, KpiValue } from '../../model/kpi-value.ts';
import { localDate } from '../../model/time.ts';
import type { DerivedRow } from '../../store/derived/derived-values.ts';
import type { StoredGroupWindow } from '../../store/groups/group-windows.ts';
import { iso, stateOf } from '../shard/publication.ts';

/** What a publication says beside the content. */
export interface DerivedContext {
  readonly kpi: DerivedKpi;
  readonly revision: number;
  /** Processing time, milliseconds UTC. */
  readonly now: number;
  /** Up to when the inputs are complete, milliseconds UTC. */
  readonly watermark: number;
}

/** A window as it was evaluated, and as it stands in the store; one of them may be missing. */
export interface DerivedChange {
  readonly row: DerivedRow | null;
  readonly before: StoredGroupWindow | null;
}

/** Brings what was evaluated and what is stored together, by key and window. */
export function changesOf(
  rows: readonly DerivedRow[],
  stored: readonly StoredGroupWindow[],
): readonly DerivedChange[] {
  const changes = new Map<string, DerivedChange>();
  for (const before of stored) changes.set(nameOf(before, before.dims), { row: null, before });
  for (const row of rows) {
    const name = nameOf(row, JSON.stringify(row.dims));
    changes.set(name, { row, before: changes.get(name)?.before ?? null });
  }
  return [...changes.values()];
}

function nameOf(
  { area, entity, start }: { readonly area: string; readonly entity: string; readonly start: number },
  dims: string,
): string {
  return `${entity === '' ? `a:${area}` : `e:${entity}`}|${dims}|${start}`;
}

/** The value to publish of a change; null: what stands in the store says it already. */
export function derivedValue({ row, before }: DerivedChange, context: DerivedContext): KpiValue | null {
  const known = before === null ? undefined : publishedOf(before);
  if (row === null) return known === undefined || known.samples === 0 ? null : removal(before!, context);
  const attributes: Record<string, string> = row.reason === '' ? {} : { reason: row.reason };
  const { value, numerator, denominator, samples, asOf } = row;
  const content = { value, numerator, denominator, samples, asOf, attributes };
  const isComplete = !row.provisional && context.watermark >= row.end;
  const status = statusOf(isComplete, content, known);
  if (known !== undefined && isSame(known, content, status)) return null;
  const { kpi } = context;
  const isAlive = status !== 'provisional' || context.now - asOf <= kpi.freshSeconds * 1_000;
  const { area, entity, dims } = row;
  const of = { area, agency: dims['agency'] ?? '', year: Number(localDate(row.start).slice(0, 4)) };
  return {
    ...envelope({ area, entity, dims, start: row.start }, context),
    ...contentOf(content, status),
    attributes,
    windowEnd: iso(row.end),
    grade: !isAlive ? 'D' : row.grade,
    asOf: iso(asOf),
    state: stateOf(kpi, value),
    target: targetOf(kpi.targets, of),
  };
}

/** A window that has no value any more: its inputs are gone. */
function removal({ area, entity, dims, start }: StoredGroupWindow, context: DerivedContext): KpiValue {
  const key = { area, entity, dims: JSON.parse(dims) as Record<string, string>, start };
  const isComplete = context.watermark >= context.kpi.derived.rule.endOf(start);
  return {
    ...envelope(key, context),
    ...contentOf(null, isComplete ? 'revised' : 'provisional'),
    attributes: {},
    windowEnd: iso(context.kpi.derived.rule.endOf(start)),
    grade: 'D' satisfies Grade,
    asOf: iso(start),
    state: 'none',
    target: null,
  };
}

function envelope(
  {
    area,
    entity,
    dims,
    start,
  }: {
    readonly area: string;
    readonly entity: string;
    readonly dims: Readonly<Record<string, string>>;
    readonly start: number;
  },
  { kpi, revision, now, watermark }: DerivedContext,
) {
  const inputs = Math.max(1, kpi.derived.inputs.length);
  return {
    ...{ kpi: kpi.id, version: kpi.version, area, entity, dims, revision },
    ...{ windowStart: iso(start), watermark: iso(Math.max(0, watermark)), publishedAt: iso(now) },
    ...{ period: kpi.derived.rule.periodOf(start), localDate: localDate(start) },
    ...{ late: 0, quarantined: 0, feedsSeen: inputs, feedsExpected: inputs },
  };
}

function publishedOf(before: StoredGroupWindow): PublishedContent {
  const { status, value, numerator, denominator, samples, attributes } = before;
  return { status, value, numerator, denominator, samples, attributes };
}
