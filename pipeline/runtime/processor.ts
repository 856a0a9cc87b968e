import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';

import type { Definitions } from '../kpi/definitions/load-definitions.ts';
import { isDerived, type Kpi } from '../kpi/kpi.ts';
import type { LogConnection } from '../log/jetstream/connect-log.ts';
import { firstPosition, purgeProcessed } from '../log/jetstream/purge.ts';
import { ensureStreams } from '../log/jetstream/streams.ts';
import type { Registry } from '../model/registry.ts';
import { type Subsystem, SUBSYSTEMS } from '../model/subsystem.ts';
import { connectStore, type StoreAddress } from '../store/connect-store.ts';
import { migrate, type MigrationOptions } from '../store/migrate.ts';
import { knownVersions, refuseSilentChange, writeRegistries } from '../store/registry-tables.ts';
import { highestStoredPosition } from '../store/stored-position.ts';
import type { Clock, Timers } from '../time/clock.ts';
import { DerivedShard } from './derived/derived-shard.ts';
import { clickhouseDerivedStore } from './derived/derived-store.ts';
import { definitionChanges, isChange, type KnownVersion } from './definitions/definitions-diff.ts';
import { Metrics } from './health/metrics.ts';
import { kpiWriter } from './kpi-writer.ts';
import { QuarantineMover } from './quarantine-mover.ts';
import { rawWriter } from './raw-writer.ts';
import { Doubts } from './verifier/doubts.ts';
import { patientStore } from './shard/patient-store.ts';
import { clickhouseShardStore } from './shard/shard-store.ts';
import { IDS_MAX, LATENESS_MS, type ShardOptions, type ShardPorts } from './shard/shard-state.ts';
import { type DefinitionReport, Shard } from './shard/shard.ts';
import { FeedWriter, lateWriter, positionWriter } from './side-tables.ts';
import { BackgroundVerifier } from './verifier/background-verifier.ts';
import { verifierMetrics } from './verifier/verifier-metrics.ts';

/** Time markers let idle feeds run on and windows close, milliseconds apart. */
const MARKER_EVERY_MS = 10_000;
const HOUSEKEEPING_EVERY_MS = 2_000;

/** Everything that the shards of a process are built from. */
export interface ProcessorDeps {
  readonly log: LogConnection;
  readonly store: StoreAddress;
  readonly migration: MigrationOptions;
  readonly registry: Registry;
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Where what runs beside the shards counts; left out: nowhere. */
  readonly metrics?: Metrics;
}

/** All shards of one process, with the queues that they share and the chores beside them. */
export class Processor {
  readonly #deps: ProcessorDeps;
  readonly #abort = new AbortController();
  readonly #writeClient: ClickHouseClient;
  readonly #readClient: ClickHouseClient;
  readonly #verifyClient: ClickHouseClient;
  #definitions: Definitions;
  #generation = 0;
  #shards: readonly Shard[] = [];
  #derived: DerivedShard | null = null;
  #running: Promise<unknown> = Promise.resolve();

  constructor(deps: ProcessorDeps) {
    this.#deps = deps;
    this.#definitions = deps.definitions;
    this.#writeClient = connectStore(deps.store, 'write');
    this.#readClient = connectStore(deps.store, 'live');
    this.#verifyClient = connectStore(deps.store, 'analyst');
  }

  get shards(): readonly Shard[] {
    return this.#shards;
  }

  /** Whether every shard has restored its state and reads the log. */
  get live(): boolean {
    const derived = this.#derived?.live ?? false;
    return derived && this.#shards.length > 0 && this.#shards.every((shard) => shard.live);
  }

  /** Derived KPIs and identities; null before `run`. */
  get derived(): DerivedShard | null {
    return this.#derived;
  }

  /**
   * Prepares store and streams, starts every shard, and resolves when all of them have stopped.
   * Rejects with what must end the process.
   */
  async run(): Promise<void> {
    const { log, migration, registry, definitions, clock, timers, logger } = this.#deps;
    const [writeClient, readClient] = [this.#writeClient, this.#readClient];
    const applied = await migrate(writeClient, migration);
    if (applied.length > 0) logger.info({ applied }, 'tables and views are up to date');
    await ensureStreams(log.manager, await highestStoredPosition(readClient));
    await refuseSilentChange(readClient, definitions.all);
    await this.#writeRegistries();

    const writing = { client: writeClient, timers, logger };
    const mover = new QuarantineMover({ reader: log.quarantined, checkpoints: log.checkpoints, ...writing });
    const doubts = new Doubts();
    const shared: Omit<ShardPorts, 'store'> = {
      reader: log.reader,
      appender: log.events,
      quarantine: log.quarantine,
      kpis: log.kpiAppender,
      checkpoints: log.checkpoints,
      rawQueue: rawWriter(writing),
      kpiQueue: kpiWriter(writing),
      lateQueue: lateWriter(writing),
      positionQueue: positionWriter(writing),
      doubts,
      clock,
      timers,
      logger,
    };
    this.#derived = this.#newDerived(shared, doubts);
    const verifier = this.#newVerifier(doubts);
    this.#shards = SUBSYSTEMS.map((subsystem) => {
      const options = optionsOf(subsystem, definitions, registry);
      const ports = {
        ...shared,
        store: patientStore(clickhouseShardStore({ client: readClient, writer: writeClient }, subsystem), {
          timers,
          logger,
        }),
      };
      return new Shard(ports, options, (feed) => mover.countOf(feed));
    });
    const { signal } = this.#abort;
    // Every shard, every pull and every timer listens: that is no leak.
    setMaxListeners(0, signal);
    const first = await firstPosition(log.manager);
    const stopChores = this.#startChores(new FeedWriter(writeClient, registry), mover);
    this.#running = Promise.all([
      ...this.#shards.map((shard) => shard.run(first, signal)),
      mover.run(signal),
      this.#derived.run(signal),
      verifier.run(signal),
    ]);
    try {
      await this.#running;
      await shared.positionQueue.flush();
    } finally {
      stopChores();
      this.#abort.abort();
      await Promise.all([writeClient.close(), readClient.close(), this.#verifyClient.close()]);
    }
  }

  /** What runs now. */
  get definitions(): Definitions {
    return this.#definitions;
  }

  /** The newest version of each definition that ever ran, by id. */
  knownVersions(): Promise<ReadonlyMap<string, KnownVersion>> {
    return knownVersions(this.#readClient);
  }

  /**
   * Puts other definitions in force, each subsystem's at a position of its log; resolves when every shard has taken
   * them and the tables show them. Their histories may still be on their way.
   *
   * @throws LogUnavailableError, LogFullError: what was asked for is not in force everywhere; asking again is safe
   */
  async adopt(definitions: Definitions): Promise<void> {
    const { registry } = this.#deps;
    const changes = definitionChanges(this.#definitions.all, definitions.all, new Map()).filter(isChange);
    const ids = new Set(changes.map(({ id }) => id));
    const kpis = [...this.#definitions.all, ...definitions.all].filter(({ id }) => ids.has(id));
    const touched = new Set(kpis.map(({ subsystem }) => subsystem));
    const all = this.#shards
      .filter(({ subsystem }) => touched.has(subsystem))
      .map((shard) => shard.reconfigure(optionsOf(shard.subsystem, definitions, registry)));
    const failed = (await Promise.allSettled(all)).find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#definitions = definitions;
    await this.#writeRegistries();
    this.#derived?.adopt(definitions);
  }

  /** What each definition over events is at. */
  reports(): readonly DefinitionReport[] {
    return this.#shards.flatMap((shard) => shard.definitions());
  }

  /** Computes windows of a definition again that start in [from, to), milliseconds UTC. @returns ids that are known */
  backfill(id: string, span: { readonly from: number; readonly to: number }): readonly string[] {
    return this.#shards.flatMap((shard) => shard.backfill([id], span));
  }

  /** Ends every shard with a last checkpoint. */
  stop(): void {
    this.#abort.abort();
  }

  #newDerived(shared: Omit<ShardPorts, 'store'>, doubts: Doubts): DerivedShard {
    const { log, timers, logger } = this.#deps;
    const { checkpoints, kpiQueue, positionQueue, clock } = shared;
    const clients = { read: this.#readClient, write: this.#writeClient };
    const ports = {
      ...{ reader: log.kpis, appender: log.kpiAppender, checkpoints, kpiQueue, positionQueue, doubts },
      ...{ store: clickhouseDerivedStore(clients, { timers, logger }), clock, timers, logger },
    };
    return new DerivedShard(ports, this.#definitions);
  }

  #newVerifier(doubts: Doubts): BackgroundVerifier {
    const { clock, timers, logger, metrics = new Metrics() } = this.#deps;
    const [read, write] = [this.#verifyClient, this.#writeClient];
    const ports = { read, write, doubts, clock, timers, logger, metrics: verifierMetrics(metrics) };
    return new BackgroundVerifier(ports, () => this.#definitions.all);
  }

  async #writeRegistries(): Promise<void> {
    const { registry, clock } = this.#deps;
    // The tables show the highest generation, whatever the clock says.
    this.#generation = Math.max(this.#generation + 1, clock.now());
    const content = { registry, definitions: this.#definitions.all };
    await writeRegistries(this.#writeClient, content, this.#generation);
  }

  #startChores(feeds: FeedWriter, mover: QuarantineMover): () => void {
    const { timers, logger } = this.#deps;
    const guarded = (name: string, chore: () => Promise<unknown>) => {
      let running = false;
      return () => {
        if (running) return;
        running = true;
        void chore()
          .catch((error: unknown) =>
            logger.warn({ err: error, chore: name }, 'a chore waits for its next turn'),
          )
          .finally(() => (running = false));
      };
    };
    const mark = guarded('time markers', () => this.#appendMarkers());
    mark();
    const cancels = [
      timers.every(MARKER_EVERY_MS, mark),
      timers.every(
        HOUSEKEEPING_EVERY_MS,
        guarded('feeds', () => feeds.write(this.#shards)),
      ),
      timers.every(
        HOUSEKEEPING_EVERY_MS,
        guarded('quarantine counts', () => mover.count()),
      ),
      timers.every(
        HOUSEKEEPING_EVERY_MS,
        guarded('purge', () => this.#purge()),
      ),
    ];
    return () => cancels.forEach((cancel) => cancel());
  }

  async #appendMarkers(): Promise<void> {
    const { log, clock } = this.#deps;
    const now = clock.now();
    const bytes = new TextEncoder().encode(JSON.stringify({ type: 'time', now }));
    for (const subsystem of SUBSYSTEMS) {
      await log.events.append({ subsystem, kind: 'control', bytes, messageId: `time-${subsystem}-${now}` });
    }
  }

  async #purge(): Promise<void> {
    const saved = this.#shards.map((shard) => shard.report().savedPosition);
    const purged = await purgeProcessed(this.#deps.log.manager, Math.min(...saved));
    if (purged > 0)
      this.#deps.logger.info({ purged }, 'processed messages were purged from a fairly full log');
  }
}

function optionsOf(subsystem: Subsystem, definitions: Definitions, registry: Registry): ShardOptions {
  const isOwn = (kpi: Kpi): boolean => kpi.subsystem === subsystem;
  const overEvents = definitions.all.filter((kpi) => isOwn(kpi) && !isDerived(kpi));
  return {
    subsystem,
    definitions: definitions.stations.filter(isOwn),
    groups: definitions.groups.filter(isOwn),
    registry,
    configuration: configurationHash(overEvents, registry),
    latenessMs: LATENESS_MS,
    idsMax: IDS_MAX,
  };
}

/** Hash of everything that can change a value of a shard: definitions, a colon, registries. */
function configurationHash(definitions: readonly Kpi[], registry: Registry): string {
  const hash = createHash('sha256');
  for (const kpi of definitions) hash.update(`${kpi.id} ${kpi.version} ${kpi.hash}\n`);
  return `${hash.digest('hex')}:${registry.hash}`;
}
