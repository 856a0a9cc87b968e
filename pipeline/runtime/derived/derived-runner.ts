import { LogUnavailableError } from '../../errors.ts';
import type { StoredKpiMessage } from '../../log/kpi-log.ts';
import type { KpiValue } from '../../model/kpi-value.ts';
import { DERIVED_SHARD } from '../../model/subsystem.ts';
import { DAY_MS } from '../../model/time.ts';
import { sleep } from '../../time/clock.ts';
import { unmarked } from '../verifier/doubts.ts';
import { checkIdentity, tellFaults } from './check-identities.ts';
import { type DerivedCheckpoint, loadDerived, saveDerived } from './derived-checkpoint.ts';
import type { DerivedPorts } from './derived-ports.ts';
import { type DerivedDefinitions, DerivedState } from './derived-state.ts';
import { deriveSpan, deriveWindows, runningWindows } from './derive-windows.ts';
import { chunksOf } from './marks.ts';

/** Least time between two evaluations, milliseconds; long ones buy a longer pause. */
const TICK_MS = 250;
const TICK_PAUSE_FACTOR = 2;
const IDLE_WAIT_MS = 50;
/** Windows and places that may wait; more, and they are evaluated before anything more is read. */
const MARKS_MAX = 50_000;
const CHECKPOINT_EVERY_MS = 5_000;
const GAUGES_EVERY_MS = 10_000;
/** Windows that start within so long are recomputed by one statement. */
const SPAN_MS = 92 * DAY_MS;
/** A derived window begins at most so long before or after what it reads: a year to date, a year on year. */
const MARGIN_MS = 400 * DAY_MS;

/** What the runner says of itself to health checks and metrics. */
export interface DerivedReport {
  /** Sequence in `KPI` up to which everything is derived. */
  readonly position: number;
  readonly savedPosition: number;
  /** Windows and places that wait. */
  readonly waiting: number;
  /** Spans that a changed definition still has to be computed for. */
  readonly recomputing: number;
  readonly published: number;
  readonly brokenWindows: number;
}

/**
 * Computes derived KPIs and checks identities: a shard of its own that follows the `KPI` stream instead of events.
 *
 *     KPI ──▶ note: which windows change ──▶ store what was read ──▶ evaluate by SQL ──▶ KPI (subject `kpi.derived`)
 *                                                                          level by level       └──▶ kpi_values
 *
 * A value's revision is the sequence in `KPI` that it covers, of its own emissions too: so it rises with every emission.
 * Steps run one after another. Throws on what must end the process.
 */
export class DerivedRunner {
  readonly #ports: DerivedPorts;
  readonly #definitions: DerivedDefinitions;
  readonly #configuration: string;
  readonly #state: DerivedState;
  #body: DerivedCheckpoint | null = null;
  #version = 0;
  #epoch = '';
  #base = 0;
  /** Sequence up to which `KPI` is read. */
  #read = 0;
  /** Sequence up to which everything is evaluated, published and stored. */
  #position = 0;
  /** Those that were known at that sequence. */
  #watermarks: Readonly<Record<string, number>> = {};
  /** The last emission of its own. */
  #lastOwn = 0;
  /** Emissions of this process: what they change is marked already. */
  readonly #own = new Set<number>();
  #recompute: { readonly id: string; readonly from: number; readonly to: number }[] = [];
  #tickDueAt = 0;
  #checkpointDueAt = 0;
  #gaugesDueAt = 0;
  #published = 0;
  #live = false;

  /** @param configuration hash of definitions, versions and registries: a change recomputes everything */
  constructor(ports: DerivedPorts, definitions: DerivedDefinitions, configuration: string) {
    this.#ports = ports;
    this.#definitions = definitions;
    this.#configuration = configuration;
    this.#state = new DerivedState(definitions);
  }

  get live(): boolean {
    return this.#live;
  }

  report(): DerivedReport {
    return {
      position: this.#position,
      savedPosition: this.#body?.position ?? 0,
      waiting: this.#state.marks.count,
      recomputing: this.#recompute.length,
      published: this.#published,
      brokenWindows: this.#ports.doubts.brokenWindows,
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#restore();
    this.#live = true;
    // Where nothing is derived from values, none are read.
    const messages = this.#state.isIdle ? null : this.#ports.reader.read(this.#read + 1, signal);
    await this.#follow(messages?.[Symbol.asyncIterator]() ?? null, signal);
    await this.#checkpoint().catch((error: unknown) => this.#withoutBroker(error));
  }

  async #follow(messages: AsyncIterator<StoredKpiMessage> | null, signal: AbortSignal): Promise<void> {
    const never = new Promise<IteratorResult<StoredKpiMessage>>(() => undefined);
    let next = messages?.next() ?? never;
    while (!signal.aborted) {
      const result = await Promise.race([next, sleep(this.#ports.timers, IDLE_WAIT_MS, signal)]);
      if (result !== undefined) {
        if (result.done === true) break;
        await this.#take(result.value);
        next = messages?.next() ?? never;
      }
      await this.#step();
    }
  }

  async #restore(): Promise<void> {
    const { store, reader, appender, checkpoints, logger } = this.#ports;
    const { derived, identities } = this.#definitions;
    const { body, version, torn } = await loadDerived(checkpoints);
    if (torn) logger.error('the last checkpoint of derived values is torn: the one before it is used');
    this.#version = version;
    this.#epoch = await reader.epoch();
    const last = await appender.last(DERIVED_SHARD);
    this.#lastOwn = last?.sequence ?? 0;
    const isSame = body !== null && body.epoch === this.#epoch;
    this.#body = isSame ? body : null;
    this.#base = isSame ? body.base : await store.highestRevision(derived);
    // A revision below one that was published would lose against it.
    const published = last?.message.position ?? 0;
    if (this.#base + this.#lastOwn <= published) this.#base = published;
    this.#read = isSame ? body.position : 0;
    this.#position = this.#read;
    if (isSame) this.#state.restore(body.watermarks);
    this.#watermarks = this.#state.watermarks;
    for (const [id, start, end] of await store.open(derived)) this.#state.setOpen(id, { start, end }, true);
    tellFaults(await store.faults(), this.#ports);
    if (isSame && body.configuration === this.#configuration) return;
    await store.dropOthers(identities, this.#base + this.#read);
    await this.#recomputeAll();
  }

  /** Everything is computed again, span by span, beside what comes. */
  async #recomputeAll(): Promise<void> {
    this.#recompute = [];
    for (const { id, derived } of this.#definitions.derived) {
      const span = derived.gauge === null ? await this.#ports.store.span(derived.inputs) : null;
      const end = span === null ? 0 : span.to + MARGIN_MS;
      for (let from = span === null ? 0 : span.from - MARGIN_MS; from < end; from += SPAN_MS) {
        this.#recompute.push({ id, from: Math.max(0, from), to: Math.max(0, Math.min(end, from + SPAN_MS)) });
      }
    }
    // What screens show first.
    this.#recompute.sort((a, b) => b.from - a.from);
    for (const { id, kpis } of this.#definitions.identities) {
      const versions = kpis.map((kpi) => ({ kpi, version: this.#definitions.versions.get(kpi) ?? 0 }));
      for (const window of await this.#ports.store.starts(versions)) this.#state.marks.add(id, window, 'all');
    }
  }

  async #take({ sequence, message }: StoredKpiMessage): Promise<void> {
    if (sequence > this.#read + 1 && this.#read > 0) {
      const gap = { expected: this.#read + 1, got: sequence };
      this.#ports.logger.warn(
        gap,
        'the KPI stream has forgotten what came between: everything is derived again',
      );
      await this.#recomputeAll();
    }
    this.#read = sequence;
    if (this.#own.delete(sequence)) return;
    const values = this.#state.note(message);
    // What an evaluation may look at is stored before it; who published it stores it too, the same rows.
    const mine = message.subsystem === DERIVED_SHARD ? message.values : values;
    if (mine.length > 0) await this.#ports.kpiQueue.put(mine.map(unmarked), mine.length);
  }

  async #step(): Promise<void> {
    // What was published before a restart is read first: it is not published again.
    if (this.#read < this.#lastOwn && this.#own.size === 0 && !this.#state.isIdle) return;
    const now = this.#ports.clock.now();
    const isFull = this.#state.marks.count > MARKS_MAX;
    if (isFull || now >= this.#tickDueAt || now < this.#tickDueAt - 60_000) {
      await this.#tick(now);
      const took = this.#ports.clock.now() - now;
      this.#tickDueAt = now + took + Math.max(TICK_MS, took * TICK_PAUSE_FACTOR);
    }
    if (now >= this.#checkpointDueAt) {
      this.#checkpointDueAt = now + CHECKPOINT_EVERY_MS;
      await this.#checkpoint().catch((error: unknown) => this.#withoutBroker(error));
    }
  }

  async #tick(now: number): Promise<void> {
    const upTo = this.#read;
    const { watermarks } = this.#state;
    if (now >= this.#gaugesDueAt) this.#markGauges(now);
    if (this.#state.marks.count > 0 || this.#recompute.length > 0) {
      await this.#ports.kpiQueue.flush();
      await this.#deriveLevels();
      for (const identity of this.#definitions.identities) {
        const { versions } = this.#definitions;
        const context = { ports: this.#ports, versions, revision: this.#revision };
        await checkIdentity(identity, this.#state.marks.take(identity.id), context);
      }
    }
    this.#position = upTo;
    this.#watermarks = watermarks;
  }

  #markGauges(now: number): void {
    this.#gaugesDueAt = now + GAUGES_EVERY_MS;
    for (const kpi of this.#definitions.derived) {
      if (kpi.derived.gauge === null) continue;
      for (const window of runningWindows(kpi, now)) this.#state.marks.add(kpi.id, window, 'all');
    }
  }

  /** Each level after those that it reads: what they publish is stored and marked before. */
  async #deriveLevels(): Promise<void> {
    const { derived } = this.#definitions;
    const levels = [...new Set(derived.map((kpi) => kpi.derived.level))].sort((a, b) => a - b);
    const span = this.#recompute.shift();
    for (const level of levels) {
      const derivation = { state: this.#state, ports: this.#ports, revision: this.#revision };
      const values: KpiValue[] = [];
      for (const kpi of derived.filter((one) => one.derived.level === level)) {
        for (const chunk of chunksOf(this.#state.marks.take(kpi.id))) {
          values.push(...(await deriveWindows(kpi, chunk, derivation)));
        }
        if (span?.id === kpi.id) values.push(...newest(values, await deriveSpan(kpi, span, derivation)));
      }
      if (values.length > 0) await this.#publish(values);
    }
  }

  async #publish(values: readonly KpiValue[]): Promise<void> {
    const position = this.#revision;
    const emission = { subsystem: DERIVED_SHARD, position, watermark: '' };
    this.#lastOwn = await this.#ports.appender.append({
      ...emission,
      values: this.#ports.doubts.marked(values),
    });
    this.#own.add(this.#lastOwn);
    this.#published += values.length;
    for (const value of values) this.#state.noteValue(value);
    await this.#ports.kpiQueue.put(values, values.length);
    await this.#ports.kpiQueue.flush();
  }

  get #revision(): number {
    return this.#base + Math.max(this.#read, this.#lastOwn);
  }

  async #checkpoint(): Promise<void> {
    const position = this.#state.isIdle ? Math.max(this.#read, this.#lastOwn) : this.#position;
    const isComputed = this.#recompute.length === 0;
    const body: DerivedCheckpoint = {
      ...{ position, kpiStored: position, epoch: this.#epoch, base: this.#base },
      configuration: isComputed ? this.#configuration : '',
      watermarks: this.#watermarks,
    };
    if (JSON.stringify(body) === JSON.stringify(this.#body)) return;
    await this.#ports.kpiQueue.flush();
    this.#version = await saveDerived(this.#ports.checkpoints, body, this.#version);
    this.#body = body;
    await this.#ports.positionQueue.put({ subsystem: DERIVED_SHARD, position: this.#revision });
  }

  #withoutBroker(error: unknown): void {
    if (!(error instanceof LogUnavailableError)) throw error;
    this.#ports.logger.warn({ err: error }, 'no checkpoint of derived values this time');
  }
}

/** Values of a span without those that stand in the emission already. */
function newest(known: readonly KpiValue[], span: readonly KpiValue[]): KpiValue[] {
  const nameOf = ({ kpi, area, entity, dims, windowStart }: KpiValue): string =>
    JSON.stringify([kpi, entity === '' ? area : entity, dims, windowStart]);
  const names = new Set(known.map(nameOf));
  return span.filter((value) => !names.has(nameOf(value)));
}
