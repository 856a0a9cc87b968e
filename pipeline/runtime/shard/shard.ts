import { LogUnavailableError } from '../../errors.ts';
import type { LogMessage } from '../../log/event-log.ts';
import type { Subsystem } from '../../model/subsystem.ts';
import { sleep } from '../../time/clock.ts';
import { adopt, putInForce } from './adopt.ts';
import { planBackfill, stepBackfill } from './backfill/backfill-step.ts';
import type { Backfill, BackfillProgress } from './backfill/backfills.ts';
import { restore, saveCheckpoint } from './checkpoint.ts';
import { duePanes, emit, hasTouched, type ShardPane, wakeWaiting } from './emission.ts';
import { take } from './intake.ts';
import { needsRepair, repair } from './repair.ts';
import { type ShardOptions, type ShardPorts, ShardState } from './shard-state.ts';

/** Least time between two emissions of changed values, milliseconds; long ones buy a longer pause, up to the most. */
const TICK_MS = 50;
const TICK_MS_MAX = 100;
const TICK_PAUSE_FACTOR = 4;
/** Least time between two repairs; a long one buys a longer pause, so that folding keeps two thirds of the time. */
const REPAIR_EVERY_MS = 1_000;
const REPAIR_PAUSE_FACTOR = 2;
/** Longest pause between two repairs, or two steps of a backfill. */
const PAUSE_MS_MAX = 30_000;
const CHECKPOINT_EVERY_MS = 5_000;
/** Rows that may wait to be checked; more makes a repair due at once. */
const UNCHECKED_ROWS_MAX = 100_000;

/** Slices of one step of a backfill: as many as take about this long, so that live values wait no longer. */
const BACKFILL_STEP_MS = 150;
const BACKFILL_SLICES_MIN = 2_000;
const BACKFILL_SLICES_MAX = 20_000;
/** Pause after a step, as a multiple of what it took: folding keeps more than half of the time. */
const BACKFILL_PAUSE_FACTOR = 1.5;

/** What a shard says of itself to health checks and metrics. */
export interface ShardReport {
  readonly subsystem: string;
  readonly position: number;
  readonly savedPosition: number;
  readonly watermark: number;
  readonly entities: number;
  readonly unchecked: number;
  readonly dirtyEntities: number;
  readonly repairs: number;
  /** History that is being computed. */
  readonly backfills: readonly BackfillProgress[];
}

/** What one definition of a shard is at. */
export interface DefinitionReport {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
  /** When it took effect, milliseconds UTC; null: the log has not announced it yet. */
  readonly since: number | null;
  /** Slices of its history, while it is being computed. */
  readonly backfill: { readonly done: number; readonly total: number } | null;
}

/** Definitions on their way into force. */
interface Handover {
  readonly options: ShardOptions;
  readonly taken: () => void;
}

/**
 * One subsystem's processor: reads its log in order, folds, publishes, repairs, saves its position.
 *
 * Steps run one after another; only storing runs beside them. Ends when `signal` fires, and throws on what
 * must end the process (FencedError, LogGapError, bugs).
 */
export class Shard {
  readonly #ports: ShardPorts;
  #options: ShardOptions;
  readonly #state: ShardState;
  readonly #quarantinedOf: (feed: string) => number;
  #emittedAt = 0;
  #tickMs = TICK_MS;
  #repairDueAt = 0;
  #checkpointDueAt = 0;
  #steppedAt = 0;
  #saving: Promise<void> | null = null;
  #failure: Error | null = null;
  #repairs = 0;
  #isQuiet = false;
  #live = false;
  readonly #handovers: Handover[] = [];
  #backfillDueAt = 0;
  #backfillSlices = BACKFILL_SLICES_MIN;

  constructor(ports: ShardPorts, options: ShardOptions, quarantinedOf: (feed: string) => number) {
    this.#ports = ports;
    this.#options = options;
    this.#quarantinedOf = quarantinedOf;
    this.#state = new ShardState(options);
  }

  get subsystem(): Subsystem {
    return this.#options.subsystem;
  }

  /** Whether the state is restored and messages are being read. */
  get live(): boolean {
    return this.#live;
  }

  async run(firstPosition: number, signal: AbortSignal): Promise<void> {
    const { reader, timers } = this.#ports;
    await restore(this.#state, this.#ports, { options: this.#options, firstPosition });
    await this.#announceConfiguration();
    this.#live = true;
    const messages = reader
      .read(this.#options.subsystem, this.#state.position + 1, signal)
      [Symbol.asyncIterator]();
    let next = messages.next();
    while (!signal.aborted) {
      const result = await Promise.race([next, sleep(timers, TICK_MS, signal)]);
      if (result !== undefined) {
        if (result.done === true) break;
        await this.#take(result.value);
        if (result.value.kind !== 'control') this.#isQuiet = false;
        next = messages.next();
      }
      await this.#step();
      if (this.#failure !== null) throw this.#failure;
    }
    await this.#saving;
    if (this.#state.position > this.#state.savedPosition) await this.#checkpoint();
  }

  report(): ShardReport {
    const { fold, position, savedPosition, uncheckedRows } = this.#state;
    return {
      subsystem: this.#options.subsystem,
      position,
      savedPosition,
      watermark: fold.feeds.shardWatermark(),
      entities: fold.entities.size,
      unchecked: uncheckedRows,
      dirtyEntities: fold.dirtyEntities.size,
      repairs: this.#repairs,
      backfills: this.#state.backfills.progress(),
    };
  }

  /** Every definition of the shard, and how far its history has come. */
  definitions(): DefinitionReport[] {
    const progress = new Map(this.#state.backfills.progress().map((one) => [one.kpi, one]));
    return [...this.#options.definitions, ...this.#options.groups].map(({ id, version, hash }) => {
      const known = this.#state.inForce.get(id);
      const { done = 0, total = 0 } = progress.get(id) ?? {};
      return {
        ...{ id, version, hash },
        since: known?.version === version ? known.since : null,
        backfill: progress.has(id) ? { done, total } : null,
      };
    });
  }

  /**
   * Hands over other definitions. What can change a value takes effect at a log position, that of a message; what
   * cannot (titles, bands, targets) between two messages.
   *
   * @returns when they are in force; their history may still be on its way
   * @throws LogUnavailableError, LogFullError: they are not in force, nor will they be before a restart
   */
  async reconfigure(options: ShardOptions): Promise<void> {
    const handover = new Promise<void>((resolve) => {
      this.#handovers.push({ options, taken: resolve });
    });
    if (options.configuration !== this.#options.configuration) {
      try {
        await this.#announce(options.configuration, String(this.#ports.clock.now()));
      } catch (error) {
        const index = this.#handovers.findIndex((one) => one.options === options);
        if (index >= 0) this.#handovers.splice(index, 1);
        throw error;
      }
    }
    await handover;
  }

  /** Computes windows of definitions again that start in [from, to), milliseconds UTC. @returns ids that it knows */
  backfill(ids: readonly string[], span: { readonly from: number; readonly to: number }): readonly string[] {
    const all = [...this.#options.definitions, ...this.#options.groups];
    const wanted = all.filter(({ id }) => ids.includes(id));
    this.#state.backfills.add(wanted, span);
    return wanted.map(({ id }) => id);
  }

  /** Feeds with their counts, for the table behind the view `feeds`. */
  feeds(): ReturnType<ShardState['fold']['feeds']['snapshot']> {
    return this.#state.fold.feeds.snapshot();
  }

  async #take(message: LogMessage): Promise<void> {
    await take(this.#state, message, { ports: this.#ports, options: this.#options });
    const { announced } = this.#state;
    this.#state.announced = null;
    if (announced !== null) await this.#onAnnounced(announced);
  }

  /**
   * A configuration takes effect: one that was handed over, or the one that this process was started with. Any other
   * was another process's; when its registries were others too, its values were not ours.
   */
  async #onAnnounced(hash: string): Promise<void> {
    const handed = this.#handovers.find(({ options }) => options.configuration === hash);
    if (handed !== undefined) return this.#adopt(handed);
    const { configuration } = this.#options;
    if (hash === configuration) {
      if (this.#state.configuration === hash) return;
      // Registries are read by all definitions: when they change, every history is another.
      if (registriesOf(hash) !== registriesOf(this.#state.configuration)) this.#state.inForce.clear();
      this.#state.configuration = hash;
      putInForce(this.#state, this.#options, this.#ports.clock.now());
    } else if (registriesOf(hash) !== registriesOf(configuration)) {
      this.#state.inForce.clear();
      const wasOurs = this.#state.configuration === configuration;
      this.#state.configuration = hash;
      if (wasOurs) await this.#announceConfiguration();
    }
  }

  /** Goes on with what was handed over, once all that came before it is checked, stored and published. */
  async #adopt({ options, taken }: Handover): Promise<void> {
    const { rawQueue, kpiQueue } = this.#ports;
    await this.#prepareCheckpoint();
    await Promise.all([rawQueue.flush(), kpiQueue.flush()]);
    await adopt(this.#state, this.#ports, options);
    if (registriesOf(options.configuration) !== registriesOf(this.#state.configuration)) {
      this.#state.inForce.clear();
    }
    this.#options = options;
    this.#state.configuration = options.configuration;
    const revised = putInForce(this.#state, options, this.#ports.clock.now());
    this.#checkpointDueAt = 0;
    const index = this.#handovers.findIndex((one) => one.options === options);
    this.#handovers.splice(index, 1);
    this.#ports.logger.info({ subsystem: options.subsystem, revised }, 'other definitions are in force');
    taken();
  }

  async #step(): Promise<void> {
    const now = this.#now();
    const { position, silentUpTo, uncheckedRows, heartbeatDue } = this.#state;
    const [handed] = this.#handovers;
    // What changes no value needs no position.
    if (handed?.options.configuration === this.#options.configuration && position > silentUpTo) {
      await this.#adopt(handed);
    }
    // Pauses between repairs leave time for folding; when nothing came since the last one there is nothing to fold.
    const isDue = now >= this.#repairDueAt || uncheckedRows > UNCHECKED_ROWS_MAX || this.#isQuiet;
    if (needsRepair(this.#state) && isDue) await this.#repair();
    // What was published before a restart is not published again under an older position.
    if (position <= silentUpTo) return;
    wakeWaiting(this.#state, now);
    if ((hasTouched(this.#state) || heartbeatDue) && Math.abs(now - this.#emittedAt) >= this.#tickMs) {
      this.#emittedAt = now;
      const panes = duePanes(this.#state, now);
      if (panes.length > 0 || heartbeatDue) await this.#emit(panes);
      const tookMs = this.#ports.clock.now() - now;
      this.#tickMs = Math.min(TICK_MS_MAX, Math.max(TICK_MS, tookMs * TICK_PAUSE_FACTOR));
    }
    if (!this.#state.backfills.isDone && now >= this.#backfillDueAt) await this.#backfill();
    if (now >= this.#checkpointDueAt && position > this.#state.savedPosition && this.#saving === null) {
      this.#checkpointDueAt = now + CHECKPOINT_EVERY_MS;
      await this.#prepareCheckpoint();
      this.#saving = this.#save();
    }
  }

  /** A clock that is set back must not make a repair or a checkpoint wait for a time that it has shown already. */
  #now(): number {
    const now = this.#ports.clock.now();
    if (now < this.#steppedAt) {
      this.#repairDueAt = now;
      this.#checkpointDueAt = now;
      this.#backfillDueAt = now;
    }
    this.#steppedAt = now;
    return now;
  }

  async #repair(): Promise<void> {
    // Panes of a repair are published under this position: while it is silent they would be lost.
    if (this.#state.position <= this.#state.silentUpTo) return;
    const started = this.#ports.clock.now();
    const panes = await repair(this.#state, { ports: this.#ports, options: this.#options });
    if (panes.length > 0) await this.#emit(panes);
    const ended = this.#ports.clock.now();
    this.#repairDueAt = ended + Math.max(REPAIR_EVERY_MS, pauseMs(ended - started, REPAIR_PAUSE_FACTOR));
    this.#repairs += 1;
    this.#isQuiet = true;
  }

  /** One step of a backfill; the next one is due after a pause in which messages are folded and published. */
  async #backfill(): Promise<void> {
    const { clock, rawQueue } = this.#ports;
    const job = this.#state.backfills.next();
    if (job === undefined) return;
    const started = clock.now();
    this.#backfillDueAt = started + TICK_MS;
    if (job.chunks === null) {
      this.#plan(job);
      return;
    }
    const { uncheckedRows, operators } = this.#state;
    // SQL speaks for the position once every row up to it is checked and stored.
    if (uncheckedRows > 0 || operators.some(({ fold }) => fold.waiting)) await this.#repair();
    await rawQueue.flush();
    const begun = clock.now();
    const context = { state: this.#state, ports: this.#ports };
    const panes = await stepBackfill(job, this.#backfillSlices, context);
    if (panes.length > 0) await this.#emit(panes);
    if (job.chunks.length === 0) this.#state.backfills.remove(job);
    const ended = clock.now();
    const factor = ended - begun > BACKFILL_STEP_MS ? 0.5 : 1.5;
    const slices = Math.round(this.#backfillSlices * factor);
    this.#backfillSlices = Math.min(BACKFILL_SLICES_MAX, Math.max(BACKFILL_SLICES_MIN, slices));
    this.#backfillDueAt = ended + pauseMs(ended - started, BACKFILL_PAUSE_FACTOR);
  }

  /** Counts what there is to do, beside the loop. */
  #plan(job: Backfill): void {
    planBackfill(job, this.#state, this.#ports).catch((error: unknown) => {
      this.#failure = error as Error;
    });
  }

  /** Everything that changed up to the position is published and every row checked before it is saved. */
  async #prepareCheckpoint(): Promise<void> {
    if (this.#state.uncheckedRows > 0) await this.#repair();
    while (hasTouched(this.#state)) await this.#emit(duePanes(this.#state, this.#ports.clock.now()));
  }

  async #checkpoint(): Promise<void> {
    if (this.#state.position <= this.#state.silentUpTo) return;
    await this.#prepareCheckpoint();
    await saveCheckpoint(this.#state, this.#ports, this.#options);
  }

  /** Runs beside the loop. A broker that is away only means that the next checkpoint is the first to be saved. */
  async #save(): Promise<void> {
    try {
      await saveCheckpoint(this.#state, this.#ports, this.#options);
    } catch (error) {
      if (error instanceof LogUnavailableError)
        this.#ports.logger.warn({ err: error }, 'no checkpoint this time');
      else this.#failure = error as Error;
    } finally {
      this.#saving = null;
    }
  }

  #emit(panes: readonly ShardPane[]): Promise<void> {
    return emit(this.#state, panes, {
      ports: this.#ports,
      options: this.#options,
      quarantinedOf: this.#quarantinedOf,
    });
  }

  /** The configuration that this process was started with, unless it is in force already. */
  async #announceConfiguration(): Promise<void> {
    const hash = this.#options.configuration;
    if (this.#state.configuration === hash) return;
    await this.#announce(hash, String(this.#state.position));
  }

  /** A changed configuration takes effect at a log position: this message's. */
  async #announce(hash: string, name: string): Promise<void> {
    const { subsystem } = this.#options;
    const bytes = new TextEncoder().encode(JSON.stringify({ type: 'configuration', hash }));
    const messageId = `configuration-${subsystem}-${hash}-${name}`;
    await this.#ports.appender.append({ subsystem, kind: 'control', bytes, messageId });
  }
}

/** A pause after something that took so long. A wall clock that stepped meanwhile must not make it endless. */
function pauseMs(tookMs: number, factor: number): number {
  return Math.min(PAUSE_MS_MAX, Math.max(0, tookMs * factor));
}

/** The part of a configuration's hash that stands for the registries. */
function registriesOf(configuration: string): string {
  return configuration.slice(configuration.indexOf(':') + 1);
}
