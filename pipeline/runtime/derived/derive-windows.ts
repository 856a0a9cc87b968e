import type { DerivedKpi, DerivedScope } from '../../kpi/derived/derived-kpi.ts';
import type { KpiValue } from '../../model/kpi-value.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import { changesOf, derivedValue } from './derived-publication.ts';
import type { DerivedPorts } from './derived-ports.ts';
import type { DerivedState } from './derived-state.ts';
import type { MarkedChunk } from './marks.ts';

/** What an evaluation is made with. */
export interface Derivation {
  readonly state: DerivedState;
  readonly ports: DerivedPorts;
  readonly revision: number;
}

/** Evaluates windows of a definition. @returns what differs from what is stored, under the revision */
export async function deriveWindows(
  kpi: DerivedKpi,
  { windows, places }: MarkedChunk,
  derivation: Derivation,
): Promise<KpiValue[]> {
  const span = { from: Math.min(...windows), to: Math.max(...windows) + 1 };
  const wanted = new Set(windows);
  return derive(
    kpi,
    { windows, ...(places === undefined ? {} : { places }) },
    { ...derivation, span, wanted },
  );
}

/** Evaluates every window of a definition that starts in a span. */
export async function deriveSpan(
  kpi: DerivedKpi,
  span: { readonly from: number; readonly to: number },
  derivation: Derivation,
): Promise<KpiValue[]> {
  const scope = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
  return derive(kpi, scope, { ...derivation, span, wanted: null });
}

interface Asked extends Derivation {
  readonly span: { readonly from: number; readonly to: number };
  /** null: every window of the span. */
  readonly wanted: ReadonlySet<number> | null;
}

async function derive(
  kpi: DerivedKpi,
  scope: Pick<DerivedScope, 'windows' | 'places' | 'from' | 'to'>,
  { state, ports, revision, span, wanted }: Asked,
): Promise<KpiValue[]> {
  const now = ports.clock.now();
  const watermark = kpi.derived.gauge === null ? state.watermarkOf(kpi) : now;
  const rows = await ports.store.rows(kpi, { events: 'kpi_values', ...scope, until: Math.max(0, watermark) });
  const stored = await ports.store.windows({ kpis: [kpi], places: scope.places ?? null, ...span });
  const known = wanted === null ? stored : stored.filter(({ start }) => wanted.has(start));
  const context = { kpi, revision, now, watermark };
  const values: KpiValue[] = [];
  for (const change of changesOf(rows, known)) {
    const value = derivedValue(change, context);
    if (value === null) continue;
    values.push(value);
    const window = { start: Date.parse(value.windowStart), end: Date.parse(value.windowEnd) };
    state.setOpen(kpi.id, window, value.status === 'provisional' && value.samples > 0);
  }
  return values;
}

/** Windows of what the platform counts that may change now: the one that ends soonest, and the one before. */
export function runningWindows(kpi: DerivedKpi, now: number): readonly number[] {
  const { rule } = kpi.derived;
  const soonest = (time: number): readonly number[] => rule.windowsOf(sliceStart(rule, time)).slice(0, 1);
  return [...new Set([...soonest(now - rule.sliceMs), ...soonest(now)])];
}
