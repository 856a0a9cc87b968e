import type { StoredGroupSlice } from '../../../store/groups/group-slices.ts';
import { DAY_MS } from '../../../model/time.ts';
import type { Family } from '../../../window/group/group-plan.ts';

/** Rows that one statement lets stand, over all its points: about half a second's work. */
const ROWS_MAX = 10_000_000;
/** Values that one statement may give. */
const VALUES_MAX = 20_000;
/** Points of a statement at first, and at most. */
const SLICES_FIRST = 16;
const SLICES_MAX = 2_000;

interface Version {
  readonly id: string;
  readonly version: number;
}

/** How many points of a family of states are told by one statement: as many as its rows and keys let. */
export class StatePace {
  readonly #family: Pick<Family, 'kind' | 'sliceMs'>;
  #slicesMax: number;
  #known = '';

  constructor(family: Pick<Family, 'kind' | 'sliceMs'>) {
    this.#family = family;
    this.#slicesMax = Math.min(SLICES_FIRST, this.#limit());
  }

  get slicesMax(): number {
    return this.#slicesMax;
  }

  /** Takes the measure of what was told; twice as many next time at most. */
  learn(
    { from, last }: { readonly from: number; readonly last: number },
    told: readonly Pick<StoredGroupSlice, 'rows'>[],
    groups: number,
  ): void {
    const slices = (last - from) / this.#family.sliceMs + 1;
    const rowsEach = told.reduce((sum, { rows }) => sum + rows, 0) / slices;
    const byRows = Math.floor(ROWS_MAX / Math.max(1, rowsEach));
    const byKeys = Math.floor(VALUES_MAX / Math.max(1, groups));
    this.#slicesMax = Math.max(1, Math.min(this.#slicesMax * 2, byRows, byKeys, this.#limit()));
  }

  /** Whether memory knows what the store holds of a running slice. */
  knows(slice: number, kpis: readonly Version[]): boolean {
    return this.#known === nameOf(slice, kpis);
  }

  note(slice: number, kpis: readonly Version[]): void {
    this.#known = nameOf(slice, kpis);
  }

  /** Readings come and go between two points: a statement reads at most a day of them. */
  #limit(): number {
    return this.#family.kind === 'measurement' ? Math.max(1, DAY_MS / this.#family.sliceMs) : SLICES_MAX;
  }
}

function nameOf(slice: number, kpis: readonly Version[]): string {
  return `${String(slice)} ${kpis.map(({ id, version }) => `${id}@${String(version)}`).join()}`;
}
