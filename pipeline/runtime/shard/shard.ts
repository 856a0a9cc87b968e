import { LogUnavailableError } from '../../errors.ts';
import type { LogMessage } from '../../log/event-log.ts';
import { sleep } from '../../time/clock.ts';
import { restore, saveCheckpoint } from './checkpoint.ts';
import { duePanes, emit, hasTouched, type ShardPane } from './emission.ts';
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
const CHECKPOINT_EVERY_MS = 5_000;
/** Rows that may wait to be checked; more makes a repair due at once. */
const UNCHECKED_ROWS_MAX = 100_000;

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
}

/**
 * One subsystem's processor: reads its log in order, folds, publishes, repairs, saves its position.
 *
 * Steps run one after another; only storing runs beside them. Ends when `signal` fires, and throws on what
 * must end the process (FencedError, LogGapError, bugs).
 */
export class Shard {
  readonly #ports: ShardPorts;
  readonly #options: ShardOptions;
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

  constructor(ports: ShardPorts, options: ShardOptions, quarantinedOf: (feed: string) => number) {
    this.#ports = ports;
    this.#options = options;
    this.#quarantinedOf = quarantinedOf;
    this.#state = new ShardState(options);
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
    };
  }

  /** Feeds with their counts, for the table behind the view `feeds`. */
  feeds(): ReturnType<ShardState['fold']['feeds']['snapshot']> {
    return this.#state.fold.feeds.snapshot();
  }

  #take(message: LogMessage): Promise<void> {
    return take(this.#state, message, { ports: this.#ports, options: this.#options });
  }

  async #step(): Promise<void> {
    const now = this.#now();
    const { position, silentUpTo, uncheckedRows, heartbeatDue } = this.#state;
    // Pauses between repairs leave time for folding; when nothing came since the last one there is nothing to fold.
    const isDue = now >= this.#repairDueAt || uncheckedRows > UNCHECKED_ROWS_MAX || this.#isQuiet;
    if (needsRepair(this.#state) && isDue) await this.#repair();
    // What was published before a restart is not published again under an older position.
    if (position <= silentUpTo) return;
    if ((hasTouched(this.#state) || heartbeatDue) && Math.abs(now - this.#emittedAt) >= this.#tickMs) {
      this.#emittedAt = now;
      const panes = duePanes(this.#state);
      if (panes.length > 0 || heartbeatDue) await this.#emit(panes);
      const tookMs = this.#ports.clock.now() - now;
      this.#tickMs = Math.min(TICK_MS_MAX, Math.max(TICK_MS, tookMs * TICK_PAUSE_FACTOR));
    }
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
    this.#repairDueAt = ended + Math.max(REPAIR_EVERY_MS, (ended - started) * REPAIR_PAUSE_FACTOR);
    this.#repairs += 1;
    this.#isQuiet = true;
  }

  /** Everything that changed up to the position is published and every row checked before it is saved. */
  async #prepareCheckpoint(): Promise<void> {
    if (this.#state.uncheckedRows > 0) await this.#repair();
    while (hasTouched(this.#state)) await this.#emit(duePanes(this.#state));
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

  /** A changed configuration takes effect at a log position: this message. */
  async #announceConfiguration(): Promise<void> {
    const hash = this.#options.configuration;
    if (this.#state.configuration === hash) return;
    const bytes = new TextEncoder().encode(JSON.stringify({ type: 'configuration', hash }));
    const messageId = `configuration-${this.#options.subsystem}-${hash}-${this.#state.position}`;
    await this.#ports.appender.append({
      subsystem: this.#options.subsystem,
      kind: 'control',
      bytes,
      messageId,
    });
  }
}
