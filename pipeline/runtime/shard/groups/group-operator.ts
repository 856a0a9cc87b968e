import type { GroupKpi } from '../../../kpi/group-kpi.ts';
import { GroupPanes } from '../../../kpi/group-panes.ts';
import { familiesOf } from '../../../kpi/definitions/families.ts';
import { PROVINCE_AREA } from '../../../model/subsystem.ts';
import type { FeedRegister } from '../../../window/feed-register.ts';
import { GroupFold } from '../../../window/group/group-fold.ts';
import type { Family } from '../../../window/group/group-plan.ts';
import { StateGrid } from './state-grid.ts';

/** A family with its fold and the windows of its definitions. */
export interface GroupOperator {
  readonly family: Family;
  readonly fold: GroupFold;
  readonly panes: GroupPanes;
  /** Of a family of states: which of them must be told again. null: rows are folded. */
  readonly grid: StateGrid | null;
}

/** One operator for each family of these definitions. */
export function groupOperators(
  kpis: readonly GroupKpi[],
  options: { readonly feeds: FeedRegister; readonly latenessMs: number },
): GroupOperator[] {
  return familiesOf(kpis).map((family) => {
    const own = kpis.filter(({ plan }) => plan.family.text === family.text);
    const endsOf = (slice: number): Set<number> => {
      const ends = new Set<number>();
      for (const { plan } of panes.kpis)
        for (const start of plan.rule.windowsOf(slice)) ends.add(plan.rule.endOf(start));
      return ends;
    };
    const fold = new GroupFold(family, { ...options, endsOf });
    const panes = new GroupPanes(fold, own, options.latenessMs);
    return { family, fold, panes, grid: family.state === null ? null : new StateGrid(family) };
  });
}

/** Where a key stands in `kpi_values`. */
export interface KeyPlace {
  readonly area: string;
  readonly entity: string;
  readonly dims: Readonly<Record<string, string>>;
}

/** Area, entity and dimensions of a key; '' for an entity, the province for an area that the key has not. */
export function placeOfKey({ by }: Pick<Family, 'by'>, key: readonly string[]): KeyPlace {
  let area = '';
  let entity = '';
  const dims: Record<string, string> = {};
  by.forEach(({ name }, index) => {
    const text = key[index] ?? '';
    if (name === 'area') area = text;
    else if (name === 'entity') entity = text;
    else dims[name] = text;
  });
  return { area: area === '' && entity === '' ? PROVINCE_AREA : area, entity, dims };
}

/** The key that a stored value belongs to. */
export function keyOfPlace(
  { by }: Pick<Family, 'by'>,
  { area, entity, dims }: KeyPlace,
): { readonly key: readonly string[]; readonly dims: Readonly<Record<string, string>> } {
  const rest = { ...dims };
  const key = by.map(({ name }) => {
    if (name === 'area') return area;
    if (name === 'entity') return entity;
    const text = rest[name] ?? '';

    delete rest[name];
    return text;
  });
  return { key, dims: rest };
}

/** The place of a key as `kpi_values` orders by it. */
export function placeText(family: Pick<Family, 'by'>, key: readonly string[]): string {
  const { area, entity } = placeOfKey(family, key);
  return entity === '' ? `a:${area}` : `e:${entity}`;
}
