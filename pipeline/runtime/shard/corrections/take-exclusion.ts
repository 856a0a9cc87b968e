import type { EventKind } from '../../../model/subsystem.ts';
import type { ExclusionChange, ExclusionMessage } from '../../../window/exclusions.ts';
import { markSlices } from '../groups/group-dirt.ts';
import type { ShardPorts, ShardState } from '../shard-state.ts';

/**
 * Makes or undoes an exclusion at a log position. Everything before the position is stored first; then every slice that
 * a row of the span touches is dirty, so that nothing that contains it is published before SQL has told it anew.
 *
 * Rows that come later are taken as they count: see `ExclusionBook.countedOf`.
 */
export async function takeExclusion(
  state: ShardState,
  message: ExclusionMessage,
  { ports, position }: { readonly ports: ShardPorts; readonly position: number },
): Promise<void> {
  const change = state.exclusions.take(message, position);
  if (change === null) return;
  await ports.rawQueue.flush();
  // Slices as they counted before, and as they count from here on: a test may look at the quality.
  await markSpan(state, ports, change);
  await ports.store.exclude(change);
  await markSpan(state, ports, change);
  // Rows that still wait to be checked count as of now when they are found new.
  state.unchecked = state.unchecked.map((one) => ({ ...one, batch: state.exclusions.countedOf(one.batch) }));
}

async function markSpan(state: ShardState, { store }: ShardPorts, change: ExclusionChange): Promise<void> {
  for (const [id, hour] of await store.hoursInSpan(change)) {
    const entity = state.fold.entities.get(id);
    if (entity !== undefined) state.fold.markDirty(entity, hour, 'confirmed');
  }
  for (const operator of state.operators) {
    const { family, grid } = operator;
    if (!mayHold(family.kind, change)) continue;
    if (grid === null) {
      markSlices(operator, await store.slicesInSpan(family, change));
      continue;
    }
    const time = await store.firstInSpan(family, change);
    if (time !== null) grid.onChange(time);
  }
}

/** Only measurements have a property. */
function mayHold(kind: EventKind, { property }: ExclusionChange): boolean {
  return property === '' || kind === 'measurement';
}
