import type { GroupKpi } from '../../kpi/group-kpi.ts';
import { loadSlices } from './checkpoint.ts';
import { type ShardKpi, versionText } from './backfill/backfills.ts';
import { type GroupOperator, groupOperators } from './groups/group-operator.ts';
import { dirtyGroupsOf, gridsOf, restoreGroups } from './groups/group-restore.ts';
import type { InForce, ShardOptions, ShardPorts, ShardState } from './shard-state.ts';

/**
 * Goes on with other definitions, at the shard's position. Everything up to it is checked, stored and published.
 *
 * Operators whose definitions stay the same keep their memory; one that gets a definition which it had not reads what
 * it must know by SQL, as after a restart. What was published before stays known, so nothing is published twice.
 */
export async function adopt(
  state: ShardState,
  ports: ShardPorts,
  options: ShardOptions,
): Promise<'same' | 'changed'> {
  const before = new Set([...state.book.definitions, ...state.operators.flatMap(kpisOf)].map(versionText));
  const isKnown = (kpi: ShardKpi): boolean => before.has(versionText(kpi));
  if (state.book.adopt(options.definitions) === 'wider') await loadSlices(state, ports, options);
  const operators: GroupOperator[] = [];
  for (const fresh of groupOperators(options.groups, {
    ...{ feeds: state.fold.feeds, latenessMs: options.latenessMs },
  })) {
    const { kpis } = fresh.panes;
    const held = state.operators.find(({ family }) => family.text === fresh.family.text);
    if (held !== undefined && kpis.every(isKnown)) {
      held.panes.adopt(kpis);
      operators.push(held);
    } else operators.push(await rebuilt(fresh, held, { state, ports, options }));
  }
  state.operators = operators;
  const all = [...options.definitions, ...options.groups];
  state.backfills.adopt(all);
  return all.length === before.size && all.every(isKnown) ? 'same' : 'changed';
}

/**
 * Asks for the history of every definition that the shard's values were not made with so far, and notes what is in
 * force from the position on.
 */
export function putInForce(state: ShardState, options: ShardOptions, since: number): readonly string[] {
  const all: readonly ShardKpi[] = [...options.definitions, ...options.groups];
  const revised = all.filter((kpi) => {
    const known = state.inForce.get(kpi.id);
    return known === undefined || versionText({ ...known, id: kpi.id }) !== versionText(kpi);
  });
  const before = new Map(state.inForce);
  state.inForce.clear();
  for (const kpi of all) {
    const { id, version, hash } = kpi;
    const known = before.get(id);
    const isSame = known !== undefined && !revised.includes(kpi);
    state.inForce.set(id, isSame ? known : ({ version, hash, since } satisfies InForce));
  }
  state.backfills.add(revised);
  return revised.map(({ id }) => id);
}

async function rebuilt(
  fresh: GroupOperator,
  held: GroupOperator | undefined,
  context: { readonly state: ShardState; readonly ports: ShardPorts; readonly options: ShardOptions },
): Promise<GroupOperator> {
  const { state, ports, options } = context;
  await restoreGroups(fresh, {
    ...{ store: ports.store, position: state.position, feeds: state.fold.feeds },
    latenessMs: options.latenessMs,
    dirty: held === undefined ? [] : dirtyGroupsOf([held]),
    grids: held === undefined ? [] : gridsOf([held]),
  });
  if (Number.isFinite(state.markedAt)) fresh.grid?.onTime(state.markedAt);
  if (held?.fold.waiting === true) fresh.fold.waiting = true;
  return fresh;
}

function kpisOf({ panes }: GroupOperator): readonly GroupKpi[] {
  return panes.kpis;
}
