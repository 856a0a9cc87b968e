import { recoveredAfterMs, restartDelayMs } from './backoff.ts';
import { spawnGuarded, type GuardedCommand, type GuardedProcess } from './guardian.ts';
import { waitUntil } from './probe.ts';

/** A process that is kept running. */
export interface ServiceSpec {
  readonly name: string;
  readonly command: GuardedCommand;
  /** Whether it serves; asked again and again after each start. */
  readonly isReady: () => Promise<boolean>;
  /** How long the first start may take, milliseconds. */
  readonly startTimeoutMs: number;
  /** How long it has to end after SIGTERM before it is killed, milliseconds. */
  readonly stopTimeoutMs: number;
  /** Gets each line that the process writes, when `command.output` is a pipe. */
  readonly onLine?: (line: string) => void;
}

/** What the supervisor wants to know. */
export interface ServiceEvents {
  /** The process runs (with this process id), or has ended (undefined). */
  readonly onPid: (name: string, pid: number | undefined) => void;
  /** A sentence for the person at the terminal. */
  readonly onProblem: (sentence: string) => void;
}

/** How the first start ended. */
export type StartOutcome = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly reason: string };

/** How often a process may die while it starts for the first time before we give up. */
export const firstStartDeathsMax = 3;

/** How often it is asked whether a process that was started again serves, milliseconds. */
const readyCheckMs = 200;

/** Keeps one process running: starts it, waits until it serves, starts it again when it dies. */
export class SupervisedService {
  readonly name: string;
  readonly #spec: ServiceSpec;
  readonly #events: ServiceEvents;
  readonly #stopping = new AbortController();
  #running: GuardedProcess | undefined;
  #deaths = 0;
  #failuresInRow = 0;
  #loop: Promise<void> = Promise.resolve();

  constructor(spec: ServiceSpec, events: ServiceEvents) {
    this.name = spec.name;
    this.#spec = spec;
    this.#events = events;
  }

  /** Starts the process and waits until it serves. */
  async start(): Promise<StartOutcome> {
    this.#loop = this.#keepRunning();
    const gaveUp = new AbortController();
    const isReady = async (): Promise<boolean> => {
      if (this.#deaths >= firstStartDeathsMax) gaveUp.abort();
      return this.#running !== undefined && (await this.#spec.isReady());
    };
    const signal = AbortSignal.any([gaveUp.signal, this.#stopping.signal]);
    const outcome = await waitUntil(isReady, { timeoutMs: this.#spec.startTimeoutMs, signal });
    if (outcome === 'ready') return { kind: 'ready' };
    if (outcome === 'aborted') return { kind: 'failed', reason: `${this.name} ended again and again` };
    const seconds = this.#spec.startTimeoutMs / 1_000;
    return { kind: 'failed', reason: `${this.name} was not ready within ${seconds} s` };
  }

  /** Ends the process: SIGTERM, then SIGKILL after `stopTimeoutMs` or `withinMs`, whichever is shorter. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort();
    const running = this.#running;
    if (running !== undefined) {
      running.signal('SIGTERM');
      const patienceMs = Math.max(0, Math.min(this.#spec.stopTimeoutMs, withinMs));
      const timer = setTimeout(() => {
        this.#events.onProblem(`${this.name} did not stop by itself and was ended`);
        running.signal('SIGKILL');
      }, patienceMs);
      await running.exited;
      clearTimeout(timer);
    }
    await this.#loop;
  }

  async #keepRunning(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const { status, servedMs } = await this.#runOnce();
      if (this.#stopping.signal.aborted) return;
      this.#deaths += 1;
      this.#failuresInRow = servedMs >= recoveredAfterMs ? 1 : this.#failuresInRow + 1;
      const delayMs = restartDelayMs(this.#failuresInRow);
      this.#events.onProblem(`${this.name} ended (${describe(status)}); starting it again in ${delayMs} ms`);
      await pause(delayMs, this.#stopping.signal);
    }
  }

  /** Runs the program once. @returns its exit code, and for how long it served */
  async #runOnce(): Promise<{ readonly status: number; readonly servedMs: number }> {
    const running = spawnGuarded(this.#spec.command);
    this.#running = running;
    const { onLine } = this.#spec;
    if (onLine !== undefined) for (const stream of running.output) readLines(stream, onLine);
    this.#events.onPid(this.name, await running.pid);
    const ended = new AbortController();
    let readyMs = Infinity;
    const { startTimeoutMs: timeoutMs, isReady } = this.#spec;
    void waitUntil(isReady, { timeoutMs, everyMs: readyCheckMs, signal: ended.signal }).then((outcome) => {
      if (outcome === 'ready') readyMs = performance.now();
    });
    const { code } = await running.exited;
    ended.abort();
    this.#running = undefined;
    this.#events.onPid(this.name, undefined);
    return { status: code, servedMs: performance.now() - readyMs };
  }
}

/** Longest line that is passed on; the rest of a longer one is cut. */
const lineLengthMax = 8_192;

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, lineLengthMax);
    for (const line of lines) if (line !== '') onLine(line.slice(0, lineLengthMax));
  });
}

function describe(code: number): string {
  if (code === 137) return 'killed';
  return code > 128 ? `signal ${code - 128}` : `exit code ${code}`;
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
