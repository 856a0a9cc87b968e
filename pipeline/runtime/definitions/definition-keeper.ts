import { ConfigurationError } from '../../errors.ts';
import {
  type Definitions,
  loadDefinitions,
  type PackLayers,
} from '../../kpi/definitions/load-definitions.ts';
import { windowTextOf } from '../../kpi/kpi.ts';
import type { Registry } from '../../model/registry.ts';
import type { DefinitionReport } from '../shard/shard.ts';
import { droppedIds, type GivenPack, stagePacks } from './applied-packs.ts';
import { DefinitionsBusyError, DefinitionUnknownError, VersionNeededError } from './definition-errors.ts';
import { type DefinitionChange, definitionChanges, isChange, type KnownVersion } from './definitions-diff.ts';

/** What carries definitions out: the processor. */
export interface DefinitionRunner {
  readonly live: boolean;
  readonly definitions: Definitions;
  /** The newest version of each definition that ever ran, by id. */
  knownVersions(): Promise<ReadonlyMap<string, KnownVersion>>;
  /** Puts definitions in force; resolves when every shard has taken them and the tables show them. */
  adopt(definitions: Definitions): Promise<void>;
  reports(): readonly DefinitionReport[];
  backfill(id: string, span: { readonly from: number; readonly to: number }): readonly string[];
}

/** What is asked for: packs to apply, ids to drop. Neither: what the folders of packs say now. */
export interface DefinitionRequest {
  readonly packs: readonly GivenPack[];
  readonly drop: readonly string[];
}

/** A definition as `haidang kpi list` shows it. */
export interface DefinitionState {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
  readonly subsystem: string;
  readonly title: string;
  readonly unit: string;
  readonly window: string;
  readonly state: 'live' | 'backfilling' | 'dropped';
  /** Slices of its history, done and in all; null when none is being computed. */
  readonly backfill: { readonly done: number; readonly total: number } | null;
  /** ISO 8601 UTC; null: not known. */
  readonly since: string | null;
}

/** Changes the definitions of a running product, one request at a time, and knows what each is at. */
export class DefinitionKeeper {
  readonly #home: string;
  readonly #registry: Registry;
  readonly #runner: DefinitionRunner;
  readonly #product: PackLayers | undefined;
  #isBusy = false;

  constructor(deps: {
    readonly home: string;
    readonly registry: Registry;
    readonly runner: DefinitionRunner;
    /** Packs below those of the state folder; default: the product's own. */
    readonly product?: PackLayers;
  }) {
    this.#product = deps.product;
    this.#home = deps.home;
    this.#registry = deps.registry;
    this.#runner = deps.runner;
  }

  /**
   * What a request would change. Nothing is changed.
   *
   * @throws ConfigurationError with one line per mistake, DefinitionUnknownError for an id to drop that is not there
   */
  compare(request: DefinitionRequest): Promise<readonly DefinitionChange[]> {
    return this.#prepared(request, ({ changes }) => Promise.resolve(changes));
  }

  /**
   * Puts a request in force, whole or not at all: it is kept in the state folder, then taken by the shards at a log
   * position. Histories are computed afterwards.
   *
   * @throws what `compare` throws, VersionNeededError, DefinitionsBusyError, LogUnavailableError, LogFullError
   */
  async apply(request: DefinitionRequest): Promise<readonly DefinitionChange[]> {
    if (this.#isBusy || !this.#runner.live) {
      throw new DefinitionsBusyError(
        'definitions are being changed, or the shards still restore their state',
      );
    }
    this.#isBusy = true;
    try {
      return await this.#prepared(request, async ({ changes, wanted, commit }) => {
        const refused = changes.filter(({ kind }) => kind === 'refused');
        if (refused.length > 0) {
          throw new VersionNeededError(refused.map(({ id, hint }) => `${id}: ${hint}`).join('\n'));
        }
        if (!changes.some(isChange)) return changes;
        const takeBack = commit();
        try {
          await this.#runner.adopt(wanted);
        } catch (error) {
          takeBack();
          throw error;
        }
        return changes;
      });
    } finally {
      this.#isBusy = false;
    }
  }

  /** Every definition that runs, then those that were dropped. */
  async list(): Promise<readonly DefinitionState[]> {
    const reports = new Map(this.#runner.reports().map((report) => [report.id, report]));
    const running = this.#runner.definitions.all.map((kpi): DefinitionState => {
      const { id, version, hash, subsystem, title, unit } = kpi;
      const report = reports.get(id);
      const since = report?.since ?? null;
      return {
        ...{ id, version, hash, subsystem, title: title.vi, unit, window: windowTextOf(kpi) },
        state: (report?.backfill ?? null) === null ? 'live' : 'backfilling',
        backfill: report?.backfill ?? null,
        since: since === null ? null : new Date(since).toISOString(),
      };
    });
    const known = await this.#runner.knownVersions();
    const dropped = droppedIds(this.#home).map((id): DefinitionState => {
      const { version = 0, hash = '' } = known.get(id) ?? {};
      const none = { title: '', unit: '', window: '', backfill: null, since: null };
      return { ...none, id, version, hash, subsystem: id.split('.')[0] ?? '', state: 'dropped' };
    });
    return [...running, ...dropped];
  }

  /** Computes windows of a definition again. @throws DefinitionUnknownError */
  backfill(id: string, span: { readonly from: number; readonly to: number }): void {
    if (this.#runner.backfill(id, span).length > 0) return;
    throw new DefinitionUnknownError(`no definition ${id} is computed from events here`);
  }

  async #prepared<Answer>(
    request: DefinitionRequest,
    carryOut: (prepared: {
      readonly changes: readonly DefinitionChange[];
      readonly wanted: Definitions;
      commit(): () => void;
    }) => Promise<Answer>,
  ): Promise<Answer> {
    const running = this.#runner.definitions.all;
    const unknown = request.drop.filter((id) => !running.some((kpi) => kpi.id === id));
    if (unknown.length > 0) throw new DefinitionUnknownError(`no definition ${unknown.join(', ')} runs`);
    const product = this.#product === undefined ? {} : { product: this.#product };
    const staged = stagePacks(this.#home, { ...request, ...product });
    try {
      const wanted = loadNamed(this.#registry, staged);
      const changes = definitionChanges(running, wanted.all, await this.#runner.knownVersions());
      return await carryOut({ changes, wanted, commit: () => staged.commit() });
    } finally {
      staged.remove();
    }
  }
}

function loadNamed(registry: Registry, staged: ReturnType<typeof stagePacks>): Definitions {
  try {
    return loadDefinitions(registry, staged.layers);
  } catch (error) {
    throw error instanceof ConfigurationError ? new ConfigurationError(staged.named(error.message)) : error;
  }
}
