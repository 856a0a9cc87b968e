import type { CompiledKpi } from '../../../kpi/compiled-kpi.ts';
import type { GroupKpi } from '../../../kpi/group-kpi.ts';
import { isGroup } from '../../../kpi/kpi.ts';
import { type Chunk, slicesOf } from './chunks.ts';

/** A definition that a shard computes from events. */
export type ShardKpi = CompiledKpi | GroupKpi;

/** A definition as a checkpoint and a report name it. */
export interface DefinitionVersion {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
}

/** History that is being computed: the windows of some definitions of one operator and one window rule. */
export interface Backfill {
  kpis: readonly ShardKpi[];
  /** Windows that start in [from, to), milliseconds UTC; `to` falls as the newest ones are done. */
  readonly from: number;
  to: number;
  /** Slices with rows in the whole span; null until they are counted. */
  total: number | null;
  /** What is left, newest first; null until it is planned. */
  chunks: Chunk[] | null;
  /** A plan is on its way. */
  isPlanning: boolean;
}

/** What a checkpoint says of a backfill: the rest is planned again. */
export interface BackfillSnapshot {
  readonly kpis: readonly DefinitionVersion[];
  /** null: no bound. */
  readonly from: number | null;
  readonly to: number | null;
  readonly total: number | null;
}

/** How far the history of one definition has come. */
export interface BackfillProgress {
  readonly kpi: string;
  /** Slices; both 0 until they are counted. */
  readonly done: number;
  readonly total: number;
}

/** The backfills of one shard, each a step at a time in turn. Pure: steps are taken elsewhere. */
export class Backfills {
  #jobs: Backfill[] = [];

  get isDone(): boolean {
    return this.#jobs.length === 0;
  }

  /** Asks for the windows of definitions that start in the span; what belongs to one operator and rule goes together. */
  add(
    kpis: readonly ShardKpi[],
    { from, to }: { readonly from: number; readonly to: number } = ALL_TIMES,
  ): void {
    for (const together of byShape(kpis)) {
      this.#jobs.push({ kpis: together, from, to, total: null, chunks: null, isPlanning: false });
    }
  }

  /** Goes on for definitions that stay the same, by their new form; the others are given up. */
  adopt(kpis: readonly ShardKpi[]): void {
    const byVersion = new Map(kpis.map((kpi) => [versionText(kpi), kpi]));
    for (const job of this.#jobs) job.kpis = job.kpis.flatMap((kpi) => byVersion.get(versionText(kpi)) ?? []);
    this.#jobs = this.#jobs.filter((job) => job.kpis.length > 0);
  }

  /** The backfill whose turn it is. */
  next(): Backfill | undefined {
    const job = this.#jobs.shift();
    if (job !== undefined) this.#jobs.push(job);
    return job;
  }

  remove(job: Backfill): void {
    this.#jobs = this.#jobs.filter((one) => one !== job);
  }

  progress(): BackfillProgress[] {
    const byKpi = new Map<string, { kpi: string; done: number; total: number }>();
    for (const { kpis, total, chunks } of this.#jobs) {
      for (const { id } of kpis) {
        const sum = byKpi.get(id) ?? { kpi: id, done: 0, total: 0 };
        sum.total += total ?? 0;
        sum.done += chunks === null ? 0 : (total ?? 0) - slicesOf(chunks);
        byKpi.set(id, sum);
      }
    }
    return [...byKpi.values()];
  }

  snapshot(): BackfillSnapshot[] {
    return this.#jobs.map(({ kpis, from, to, total }) => ({
      kpis: kpis.map(({ id, version, hash }) => ({ id, version, hash })),
      from: Number.isFinite(from) ? from : null,
      to: Number.isFinite(to) ? to : null,
      total,
    }));
  }

  /** Goes on where a checkpoint left off, for the definitions that are still there. */
  restore(snapshots: readonly BackfillSnapshot[], kpis: readonly ShardKpi[]): void {
    const byVersion = new Map(kpis.map((kpi) => [versionText(kpi), kpi]));
    for (const { kpis: names, from, to, total } of snapshots) {
      const known = names.flatMap((name) => byVersion.get(versionText(name)) ?? []);
      for (const together of byShape(known)) {
        this.#jobs.push({
          ...{ kpis: together, total, chunks: null, isPlanning: false },
          from: from ?? ALL_TIMES.from,
          to: to ?? ALL_TIMES.to,
        });
      }
    }
  }
}

/** No bound. */
export const ALL_TIMES = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY } as const;

/** A definition with everything that can change its values. */
export function versionText({ id, version, hash }: DefinitionVersion): string {
  return `${id} ${String(version)} ${hash}`;
}

function byShape(kpis: readonly ShardKpi[]): Iterable<readonly ShardKpi[]> {
  const shapes = new Map<string, ShardKpi[]>();
  for (const kpi of kpis) {
    const shape = shapeOf(kpi);
    const known = shapes.get(shape);
    if (known === undefined) shapes.set(shape, [kpi]);
    else known.push(kpi);
  }
  return shapes.values();
}

function shapeOf(kpi: ShardKpi): string {
  return isGroup(kpi) ? `${kpi.plan.rule.text} ${kpi.plan.family.text}` : '';
}
