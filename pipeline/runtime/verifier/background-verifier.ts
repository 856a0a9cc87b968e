import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';

import { HaidangError } from '../../errors.ts';
import { isGauge, type Kpi } from '../../kpi/kpi.ts';
import { FAULTS, type VerifyRow } from '../../kpi/sql/verify-sql.ts';
import {
  doubtedSpans,
  type StoredStarts,
  windowStarts,
  writeDoubt,
  writeVerification,
} from '../../store/derived/verifications.ts';
import { type Clock, sleep, type Timers } from '../../time/clock.ts';
import type { Doubts } from './doubts.ts';
import { compareSpan, faultsIn, NO_VERDICTS, publisherOf, storedPositions } from './compare-span.ts';
import type { VerifierMetrics } from './verifier-metrics.ts';
import { VerifierSchedule, type WindowSpan } from './verifier-schedule.ts';

/** Least time between two comparisons, milliseconds. */
const TURN_EVERY_MS = 10_000;
/** A comparison is followed by a pause of so many times its length: it takes less than 2 % of a core. */
const PAUSE_FACTOR = 50;
const EXECUTION_SECONDS_MAX = 5;
const EXAMPLES_MAX = 5;
/** A window whose repair is pending is stored a moment later: only a difference that stays is one. */
const ATTEMPTS_MAX = 3;
const ATTEMPT_PAUSE_MS = 3_000;
/** Spans of one definition that are remembered as different. */
const SPANS_MAX = 100;

/** How often the definitions are looked up that have values. */
const STARTS_EVERY_MS = 60_000;

/** One thread on the analysts' lane: who works waits for none of it. */
const LOW_PRIORITY = { max_execution_time: EXECUTION_SECONDS_MAX, max_threads: 1, priority: '10' } as const;

/** Everything that the verifier reaches the world through. */
export interface VerifierPorts {
  /** A client in the lane of analysts. */
  readonly read: ClickHouseClient;
  readonly write: ClickHouseClient;
  readonly doubts: Doubts;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: VerifierMetrics;
}

/**
 * Compares stored windows with their SQL for as long as the process lives, one definition and one span at a time, at a
 * bounded cost. What differs is named in the log and in the table, and puts the definition in doubt until it agrees.
 */
export class BackgroundVerifier {
  readonly #ports: VerifierPorts;
  readonly #definitions: () => readonly Kpi[];
  readonly #schedule = new VerifierSchedule();
  readonly #spans = new Map<string, WindowSpan[]>();
  #starts: ReadonlyMap<string, StoredStarts> = new Map();
  #startsAt = -Infinity;

  /** @param definitions what is in force now */
  constructor(ports: VerifierPorts, definitions: () => readonly Kpi[]) {
    this.#ports = ports;
    this.#definitions = definitions;
  }

  /** Never rejects: a comparison that cannot be made waits for its next turn. */
  async run(signal: AbortSignal): Promise<void> {
    const { timers, clock } = this.#ports;
    await this.#guarded('restore', () => this.#restore());
    let pauseMs = TURN_EVERY_MS;
    while (!signal.aborted) {
      await sleep(timers, pauseMs, signal);
      if (signal.aborted) return;
      const started = clock.now();
      await this.#guarded('compare', () => this.turn(signal));
      pauseMs = Math.max(TURN_EVERY_MS, (clock.now() - started) * PAUSE_FACTOR);
    }
  }

  /** One comparison: of a span that differed, or of the definition whose turn it is. */
  async turn(signal?: AbortSignal): Promise<void> {
    const stored = await this.#storedStarts();
    // Those that have no values have no turn either.
    const kpis = this.#definitions().filter((kpi) => stored.has(`${kpi.id} ${kpi.version}`) && !isGauge(kpi));
    const kpi = this.#schedule.next(kpis);
    if (kpi === undefined) return;
    const again = this.#schedule.isForDoubts ? this.#doubtedOf(kpis) : undefined;
    if (again !== undefined) return this.#compare(again.kpi, again.span, signal);
    const starts = stored.get(`${kpi.id} ${kpi.version}`);
    if (starts !== undefined) await this.#compare(kpi, this.#schedule.spanOf(kpi.id, starts), signal);
  }

  async #storedStarts(): Promise<ReadonlyMap<string, StoredStarts>> {
    const { clock, read } = this.#ports;
    const now = clock.now();
    if (Math.abs(now - this.#startsAt) >= STARTS_EVERY_MS) {
      this.#starts = await windowStarts(read);
      this.#startsAt = now;
    }
    return this.#starts;
  }

  async #compare(kpi: Kpi, span: WindowSpan, signal?: AbortSignal): Promise<void> {
    const { clock, timers, write, metrics } = this.#ports;
    for (let attempt = 1; ; attempt += 1) {
      const position = (await storedPositions(this.#ports.read)).get(publisherOf(kpi));
      if (position === undefined) return;
      const started = clock.now();
      const rows = await this.#rows(kpi, position, span);
      const elapsedMs = clock.now() - started;
      this.#schedule.took(kpi.id, elapsedMs);
      const windows = { ...NO_VERDICTS };
      for (const row of rows) windows[row.verdict] += row.windows;
      const faults = faultsIn(windows);
      if (faults > 0 && attempt < ATTEMPTS_MAX) {
        await sleep(timers, ATTEMPT_PAUSE_MS, signal);
        if (signal?.aborted === true) return;
        continue;
      }
      metrics.compared(windows, elapsedMs);
      const examples = examplesOf(rows);
      const { id, version } = kpi;
      await writeVerification(write, {
        ...{ kpi: id, version, comparedAt: clock.now(), ...span, position, windows, elapsedMs },
        examples: JSON.stringify(examples),
      });
      if (faults > 0)
        this.#ports.logger.error({ kpi: id, windows, examples }, 'stored values differ from their SQL');
      return this.#judge(kpi, span, faults > 0);
    }
  }

  async #rows(kpi: Kpi, position: number, { from, to }: WindowSpan): Promise<VerifyRow[]> {
    const comparison = { kpi, position, from, to, examplesMax: EXAMPLES_MAX };
    try {
      return await compareSpan(this.#ports.read, comparison, LOW_PRIORITY);
    } catch (error) {
      // Too long for its bound, most likely: the next turn asks for less.
      this.#schedule.took(kpi.id, EXECUTION_SECONDS_MAX * 1_000);
      throw error;
    }
  }

  /** A span that differs puts a definition in doubt; it is cleared when no span differs any more. */
  async #judge({ id, version }: Kpi, span: WindowSpan, isFaulty: boolean): Promise<void> {
    const { doubts, write, clock, metrics } = this.#ports;
    const before = this.#spans.get(id) ?? [];
    const others = before.filter(({ from, to }) => !(span.from <= from && to <= span.to));
    const spans = isFaulty ? [...others, span].slice(-SPANS_MAX) : others;
    if (spans.length === 0 && before.length === 0) return;
    this.#spans.set(id, spans);
    if (spans.length > 0) doubts.doubt(id);
    else doubts.clear(id);
    metrics.doubted(doubts.doubted.length);
    await writeDoubt(write, { kpi: id, version, spans: spans.length, now: clock.now() });
  }

  #doubtedOf(kpis: readonly Kpi[]): { readonly kpi: Kpi; readonly span: WindowSpan } | undefined {
    for (const kpi of kpis) {
      const spans = this.#spans.get(kpi.id) ?? [];
      const span = spans.shift();
      if (span === undefined) continue;
      spans.push(span);
      return { kpi, span };
    }
    return undefined;
  }

  async #restore(): Promise<void> {
    const versions = new Map(this.#definitions().map(({ id, version }) => [id, version]));
    for (const { kpi, version, from, to } of await doubtedSpans(this.#ports.read)) {
      if (versions.get(kpi) !== version) continue;
      this.#spans.set(kpi, [...(this.#spans.get(kpi) ?? []), { from, to }]);
      this.#ports.doubts.doubt(kpi);
    }
    this.#ports.metrics.doubted(this.#ports.doubts.doubted.length);
  }

  async #guarded(step: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof HaidangError)) throw error;
      this.#ports.logger.warn({ err: error, step }, 'background verification waits for its next turn');
    }
  }
}

function examplesOf(rows: readonly VerifyRow[]): readonly unknown[] {
  return rows
    .filter(({ verdict }) => FAULTS.includes(verdict))
    .flatMap(({ verdict, examples }) =>
      examples.map(([key, start, stored, recomputed, revision]) => {
        return { verdict, key, start, stored, recomputed, revision };
      }),
    );
}
