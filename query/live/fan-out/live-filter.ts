import type { LiveValue } from '../../protocol/live-value.ts';

/** How confidential a KPI is, the least first. */
export type Visibility = 'public' | 'internal' | 'restricted';

/** Tells the visibility of a KPI. A KPI that no definition names is `internal`. */
export type VisibilityOf = (kpi: string) => Visibility;

/** What a subscription lets through. */
export interface LiveFilter {
  readonly kpis: readonly string[];
  readonly areas: readonly string[];
  readonly ceiling: Visibility;
  matches(value: LiveValue): boolean;
}

const rank: Readonly<Record<Visibility, number>> = { public: 0, internal: 1, restricted: 2 };

/** Whether a bearer with this ceiling may see the KPI. */
export function maySee(visibility: Visibility, ceiling: Visibility): boolean {
  return rank[visibility] <= rank[ceiling];
}

/** A pattern is a whole id, or a beginning followed by `*`. */
export function matchesPattern(pattern: string, id: string): boolean {
  return pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : pattern === id;
}

/** Compiles patterns and a ceiling. What the ceiling hides is left out silently; see `forbiddenKpi`. */
export function liveFilter(options: {
  readonly kpis: readonly string[];
  readonly areas: readonly string[];
  readonly ceiling: Visibility;
  readonly visibilityOf: VisibilityOf;
}): LiveFilter {
  const { kpis, areas, ceiling, visibilityOf } = options;
  const anyArea = areas.includes('*');
  return {
    kpis,
    areas,
    ceiling,
    matches: (value) =>
      kpis.some((pattern) => matchesPattern(pattern, value.kpi)) &&
      (anyArea || areas.some((pattern) => matchesPattern(pattern, areaOf(value)))) &&
      maySee(visibilityOf(value.kpi), ceiling),
  };
}

/** The first KPI that is named in full although the ceiling hides it; asking for that one is refused. */
export function forbiddenKpi(
  kpis: readonly string[],
  ceiling: Visibility,
  visibilityOf: VisibilityOf,
): string | undefined {
  return kpis.find((kpi) => !kpi.endsWith('*') && !maySee(visibilityOf(kpi), ceiling));
}

// A KPI by entity carries its entity's area beside the key.
function areaOf(value: LiveValue): string {
  return value.area !== '' ? value.area : (value.attributes.area ?? '');
}
