import { ConfigurationError } from '../../errors.ts';

/** Where something stands in a file; both numbers from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Most mistakes that one refusal tells; the rest is counted. */
export const mistakesToldMax = 20;

/** Gathers what is wrong in a set of files, so that one refusal tells it all. */
export class Mistakes {
  readonly #told: string[] = [];
  #count = 0;

  /** @param hint what the reader does now */
  add(place: Place, reason: string, hint: string): void {
    this.#count += 1;
    if (this.#told.length >= mistakesToldMax) return;
    this.#told.push(`${place.file}:${place.line}:${place.column}: ${reason} (${hint})`);
  }

  /** @throws ConfigurationError with one line per mistake, when there is one */
  refuseIfAny(): void {
    if (this.#count === 0) return;
    const untold = this.#count - this.#told.length;
    throw new ConfigurationError(this.#told.join('\n') + (untold > 0 ? `\nand ${untold} more` : ''));
  }
}
