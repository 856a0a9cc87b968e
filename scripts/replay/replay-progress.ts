import type { Receipt } from './push-batch.ts';

/** Where progress is shown. */
export interface ProgressOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** What is known of a replay at one moment. */
export interface ProgressState {
  /** 0 to 1. */
  readonly fraction: number;
  readonly sent: number;
  readonly receipt: Receipt;
  /** Why nothing moves, or ''. */
  readonly waiting: string;
}

const barCells = 24;
const terminalEveryMs = 200;
const plainEveryMs = 5_000;

/**
 * Shows how far a replay is: one line that is drawn again on a terminal, a line every five seconds elsewhere.
 */
export class ReplayProgress {
  readonly #output: ProgressOutput;
  readonly #startMs: number;
  #shownMs: number;

  constructor(output: ProgressOutput) {
    this.#output = output;
    this.#startMs = performance.now();
    this.#shownMs = output.isTerminal ? Number.NEGATIVE_INFINITY : this.#startMs;
  }

  /** Shows the state if it is time to. */
  update(state: () => ProgressState): void {
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < (this.#output.isTerminal ? terminalEveryMs : plainEveryMs)) return;
    this.#shownMs = nowMs;
    const line = progressLine(state(), nowMs - this.#startMs);
    this.#output.write(this.#output.isTerminal ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  /** Takes the line off a terminal, so that what follows stands alone. */
  clear(): void {
    if (this.#output.isTerminal) this.#output.write('\r\u001b[2K');
  }
}

/** One line: bar, share, rows, rows a second, rest of the time. */
export function progressLine(state: ProgressState, elapsedMs: number): string {
  const fraction = Math.min(1, Math.max(0, state.fraction));
  const full = Math.round(fraction * barCells);
  const bar = `${'█'.repeat(full)}${'░'.repeat(barCells - full)}`;
  const rate = elapsedMs > 0 ? Math.round((state.sent * 1_000) / elapsedMs) : 0;
  const leftMs = fraction > 0 ? (elapsedMs * (1 - fraction)) / fraction : 0;
  const share = `${String(Math.floor(fraction * 100)).padStart(3)} %`;
  const waiting = state.waiting === '' ? `${Math.ceil(leftMs / 1_000)} s left` : `waiting: ${state.waiting}`;
  return `${bar} ${share}  ${state.sent} rows, ${rate}/s, ${waiting}`;
}
