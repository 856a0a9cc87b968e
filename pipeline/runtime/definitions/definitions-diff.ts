import type { Kpi } from '../../kpi/kpi.ts';

/** What becomes of one definition. */
export interface DefinitionChange {
  readonly id: string;
  /**
   * - `new`: it gets a history, then lives
   * - `changed`: a new version; the old one's values stay
   * - `retold`: titles, bands, targets, promises: no value changes
   * - `dropped`: no more values; its history stays
   * - `refused`: it would give other values under a version that has values already
   */
  readonly kind: 'new' | 'changed' | 'retold' | 'unchanged' | 'dropped' | 'refused';
  /** Version that runs; null: none. */
  readonly from: number | null;
  /** Version asked for; null: none. */
  readonly to: number | null;
  /** Why it is refused, and what to do; '' otherwise. */
  readonly hint: string;
}

/** The newest version of a definition that values were made with, whether it still runs or not. */
export interface KnownVersion {
  readonly version: number;
  readonly hash: string;
}

/**
 * Compares what runs with what is asked for.
 *
 * @param known by id, also of definitions that were dropped
 */
export function definitionChanges(
  running: readonly Kpi[],
  wanted: readonly Kpi[],
  known: ReadonlyMap<string, KnownVersion>,
): DefinitionChange[] {
  const before = new Map(running.map((kpi) => [kpi.id, kpi]));
  const after = new Set(wanted.map(({ id }) => id));
  const changes = wanted.map((kpi) => changeOf(before.get(kpi.id), kpi, known.get(kpi.id)));
  const dropped = running
    .filter(({ id }) => !after.has(id))
    .map(({ id, version }): DefinitionChange => {
      return { id, kind: 'dropped', from: version, to: null, hint: '' };
    });
  return [...changes, ...dropped];
}

/** Whether anything would be another than it is. */
export function isChange({ kind }: DefinitionChange): boolean {
  return kind !== 'unchanged';
}

function changeOf(running: Kpi | undefined, wanted: Kpi, known: KnownVersion | undefined): DefinitionChange {
  const { id, version, hash } = wanted;
  const newest =
    running === undefined || (known !== undefined && known.version > running.version) ? known : running;
  const change = { id, from: running?.version ?? null, to: version, hint: '' };
  if (newest !== undefined) {
    const next = String(newest.version + 1);
    if (version < newest.version) {
      const hint = `version ${String(newest.version)} has values already: write version ${next}`;
      return { ...change, kind: 'refused', hint };
    }
    if (version === newest.version && hash !== newest.hash) {
      const hint = `it gives other values than version ${String(version)} did: write version ${next}`;
      return { ...change, kind: 'refused', hint };
    }
  }
  if (running === undefined) return { ...change, kind: 'new' };
  if (version !== running.version) return { ...change, kind: 'changed' };
  return { ...change, kind: factsOf(running) === factsOf(wanted) ? 'unchanged' : 'retold' };
}

function factsOf(kpi: Kpi): string {
  const { title, unit, visibility, source, formula, freshSeconds, freshDuring } = kpi;
  const { latenessSeconds, bands, targets } = kpi;
  return JSON.stringify([
    ...[title, unit, visibility, source, formula, freshSeconds, freshDuring],
    ...[latenessSeconds, bands, targets],
  ]);
}
