import type { KpiFacts, Target } from '../compiled-kpi.ts';
import type { Plan } from './plan.ts';
import type { Definition } from './schema.ts';

/** What a definition says of itself, whatever computes it; the rest follows from how it is compiled. */
export function factsOf({
  definition,
  ...plan
}: Pick<Plan, 'definition' | 'subsystem' | 'freshSeconds' | 'latenessSeconds' | 'bands'>): Omit<
  KpiFacts,
  'hash' | 'recomputeSql' | 'subsystem'
> &
  Pick<Plan, 'subsystem'> {
  return {
    id: definition.id,
    version: definition.version,
    subsystem: plan.subsystem,
    title: definition.title,
    unit: definition.unit,
    visibility: definition.visibility,
    source: definition.source,
    formula: formulaOf(definition),
    freshSeconds: plan.freshSeconds,
    freshDuring: definition.fresh.during ?? '',
    latenessSeconds: plan.latenessSeconds,
    bands: plan.bands,
    targets: (definition.targets ?? []).map(({ value, area, agency, year }) => {
      return { value, area: area ?? null, agency: agency ?? null, year: year ?? null };
    }),
  };
}

function formulaOf({ value, parts }: Definition): string {
  if (value !== undefined) return value;
  const texts = Object.entries(parts ?? {}).map(([name, expression]) => `${name}: ${expression}`);
  return `max of ${texts.join('; ')}`;
}

/** What a value is of, as far as targets name it; '' where it is of no area or agency alone. */
export interface TargetOf {
  readonly area: string;
  readonly agency: string;
  /** Local year in which the window starts. */
  readonly year: number;
}

/** The target of a value: of those that fit the one that names most, the later one of two; null: none. */
export function targetOf(targets: readonly Target[], of: TargetOf): number | null {
  let best: Target | null = null;
  for (const target of targets) {
    const fits =
      (target.area ?? of.area) === of.area &&
      (target.agency ?? of.agency) === of.agency &&
      (target.year ?? of.year) === of.year;
    if (fits && (best === null || weightOf(target) >= weightOf(best))) best = target;
  }
  return best?.value ?? null;
}

function weightOf({ area, agency, year }: Target): number {
  return [area, agency, year].filter((one) => one !== null).length;
}
