import type { CheckpointStore } from '../../log/checkpoint-store.ts';
import { DERIVED_SHARD, SUBSYSTEMS } from '../../model/subsystem.ts';
import { HOUR_MS } from '../../model/time.ts';
import { windowKey } from '../../kpi/pane-book.ts';
import { advanceFeed, advanceSet, type FeedSet } from '../../time/watermark.ts';
import { type EntityState, seriesOf } from '../../window/entity-state.ts';
import type { FeedSnapshot } from '../../window/feed-register.ts';
import {
  type DirtyGroup,
  dirtyGroupsOf,
  type GridSnapshot,
  gridsOf,
  restoreGroups,
} from './groups/group-restore.ts';
import { loadCorrections, loadExclusions } from './corrections/restore-corrections.ts';
import type { BackfillSnapshot } from './backfill/backfills.ts';
import type { InForce, ShardOptions, ShardPorts, ShardState } from './shard-state.ts';

/**
 * What a checkpoint says. Slices are not in it: they are a cache of what SQL says of the raw rows up to
 * `position`, and are read back from there.
 */
interface CheckpointBody {
  readonly position: number;
  readonly configuration: string;
  /** Sequence in `KPI` up to which values are stored. */
  readonly kpiStored: number;
  readonly feeds: FeedSnapshot;
  readonly dirty: readonly (readonly [string, readonly number[]])[];
  readonly dirtyGroups?: readonly DirtyGroup[];
  readonly grids?: readonly GridSnapshot[];
  readonly definitions?: readonly (readonly [string, InForce])[];
  readonly backfills?: readonly BackfillSnapshot[];
}

/** Entities named in one statement; more, and the statement asks for all. */
const ENTITIES_NAMED_MAX = 2_000;

/** Saves the shard's position. Raw rows and values up to it are stored first; nothing may wait to be checked. */
export async function saveCheckpoint(
  state: ShardState,
  ports: ShardPorts,
  options: ShardOptions,
): Promise<void> {
  const body: CheckpointBody = {
    position: state.position,
    configuration: state.configuration,
    kpiStored: state.kpiSequence,
    feeds: state.fold.feeds.snapshot(),
    dirty: [...state.fold.dirtyEntities].map((entity) => [entity.id, [...entity.dirty.keys()]]),
    dirtyGroups: dirtyGroupsOf(state.operators),
    grids: gridsOf(state.operators),
    definitions: [...state.inForce],
    backfills: state.backfills.snapshot(),
  };
  // Written down before anything is waited for: clocks and counts go on meanwhile.
  const text = JSON.stringify(body);
  await ports.rawQueue.flush();
  await ports.kpiQueue.flush();
  await ports.lateQueue.flush();
  const version = state.checkpointVersion;
  state.checkpointVersion = await ports.checkpoints.save(options.subsystem, text, version);
  state.savedPosition = body.position;
  await ports.positionQueue.put({ subsystem: options.subsystem, position: body.position });
}

/**
 * Brings the state to the last checkpoint: position, watermarks and dirt from it, everything else by SQL.
 *
 * @param firstPosition the log's first position, for a shard that has no checkpoint
 */
export async function restore(
  state: ShardState,
  ports: ShardPorts,
  { options, firstPosition }: { readonly options: ShardOptions; readonly firstPosition: number },
): Promise<void> {
  const found = await ports.checkpoints.load(options.subsystem);
  if (found?.torn === true) {
    ports.logger.error(
      { subsystem: options.subsystem },
      'the last checkpoint is torn: the one before it is used',
    );
  }
  const body = found === null ? null : (JSON.parse(found.checkpoint.body) as CheckpointBody);
  state.checkpointVersion = found?.checkpoint.version ?? 0;
  state.position = body?.position ?? firstPosition - 1;
  state.savedPosition = state.position;
  state.checkedUpTo = state.position;
  state.configuration = body?.configuration ?? '';
  state.kpiSequence = body?.kpiStored ?? 0;
  if (body !== null) {
    state.fold.feeds.restore(body.feeds);
    for (const [id, definition] of body.definitions ?? []) state.inForce.set(id, definition);
    state.backfills.restore(body.backfills ?? [], [...options.definitions, ...options.groups]);
  }
  const last = await ports.kpis.last(options.subsystem);
  state.silentUpTo = last?.message.position ?? 0;
  await storePublished(state, ports, options);
  await loadExclusions(state, ports);
  await loadEntities(state, ports, body === null);
  await loadSlices(state, ports, options);
  await loadIds(state, ports, options);
  await loadCorrections(state, ports, options);
  for (const [id, hours] of body?.dirty ?? []) {
    const entity = state.fold.entities.get(id);
    if (entity !== undefined) for (const hour of hours) state.fold.markDirty(entity, hour, 'confirmed');
  }
  for (const operator of state.operators) {
    await restoreGroups(operator, {
      store: ports.store,
      position: state.position,
      feeds: state.fold.feeds,
      latenessMs: options.latenessMs,
      dirty: body?.dirtyGroups ?? [],
      grids: body?.grids ?? [],
    });
  }
}

/**
 * What was published and not stored before a crash is stored now: a reader has seen it, so it must be known when the log
 * has made something else of it since.
 */
async function storePublished(state: ShardState, ports: ShardPorts, options: ShardOptions): Promise<void> {
  for await (const { message } of ports.kpis.since(options.subsystem, state.kpiSequence + 1)) {
    if (message.values.length > 0) await ports.kpiQueue.put(message.values, message.values.length);
  }
  await ports.kpiQueue.flush();
}

async function loadEntities(state: ShardState, ports: ShardPorts, guessClocks: boolean): Promise<void> {
  const { feeds } = state.fold;
  for (const { entity: id, feeds: names, area, newest } of await ports.store.entities(state.position)) {
    if (guessClocks) {
      for (const name of names) {
        const clock = feeds.clockOf(name);
        clock.maxEventTime = Math.max(clock.maxEventTime, newest);
        advanceFeed(clock);
      }
    }
    const entity = state.fold.restoreEntity(id, names);
    entity.area = area;
    entity.areaTime = newest;
  }
  for (const set of feeds.sets()) advanceSet(set, state.fold.latenessMs);
  for (const entity of state.fold.entities.values()) entity.emittedUpTo = entity.set.watermark;
}

/** Reads back the slices of stations that memory must hold at the position, and what was published of them. */
export async function loadSlices(state: ShardState, ports: ShardPorts, options: ShardOptions): Promise<void> {
  const kpis = options.definitions;
  for (const [set, members] of membersBySet(state)) {
    const from = state.book.hourKept(members[0]!) * HOUR_MS;
    const entities = members.length > ENTITIES_NAMED_MAX ? null : members.map(({ id }) => id);
    for (const slice of await ports.store.slicesSince(state.position, from, entities)) {
      const entity = state.fold.entities.get(slice.entity);
      if (entity?.set !== set) continue;
      const { good, total, sumHigh, sumLow, asOf } = slice;
      seriesOf(entity, slice.property).slices.set(slice.hour, { good, total, sumHigh, sumLow, asOf });
    }
    for (const window of await ports.store.windows({ kpis, entities, from, to: Number.MAX_SAFE_INTEGER })) {
      const entity = state.fold.entities.get(window.entity);
      if (entity?.set !== set) continue;
      state.book.notePublished(entity, windowKey({ id: window.kpi }, window.start), window);
    }
  }
}

function membersBySet(state: ShardState): Map<FeedSet, EntityState[]> {
  const groups = new Map<FeedSet, EntityState[]>();
  for (const entity of state.fold.entities.values()) {
    const group = groups.get(entity.set);
    if (group === undefined) groups.set(entity.set, [entity]);
    else group.push(entity);
  }
  return groups;
}

/** Hot ids are held exactly up to the bound; when there are more, a filter stands for all of them. */
async function loadIds(state: ShardState, ports: ShardPorts, options: ShardOptions): Promise<void> {
  const lowest = new Map<string, number>();
  for (const set of membersBySet(state).keys()) {
    const horizon = set.watermark - options.latenessMs;
    for (const { feed } of set.feeds) lowest.set(feed, Math.min(lowest.get(feed) ?? horizon, horizon));
  }
  for (const [feed, from] of lowest) {
    const rows = await ports.store.hotIds({ feed, position: state.position, from, max: options.idsMax * 4 });
    const ids = state.fold.feeds.idsOf(feed);
    for (const [high, low, content, hour] of rows) {
      if (rows.length > options.idsMax) state.fold.spill(high, low, hour);
      else if (ids.find(high, low, content) === 'unknown') ids.add(high, low, content, hour);
    }
  }
  for (const [high, low] of await ports.store.givenIds(state.position)) state.fold.noteGivenId(high, low);
}

/** Sequence in `KPI` up to which every shard's values are stored; a reader goes on behind it. */
export async function lowestKpiStored(checkpoints: CheckpointStore): Promise<number> {
  const stored = await Promise.all(
    [...SUBSYSTEMS, DERIVED_SHARD].map(async (shard) => {
      const found = await checkpoints.load(shard);
      return found === null
        ? 0
        : (JSON.parse(found.checkpoint.body) as Pick<CheckpointBody, 'kpiStored'>).kpiStored;
    }),
  );
  return Math.min(...stored);
}
