import type { Batch, CodeColumn } from '../../model/batch/batch.ts';
import type { Sample } from './aggregate.ts';
import type { Family } from './group-plan.ts';
import type { GroupState } from './group-state.ts';
import type { RowNumber } from './row-program.ts';

/** What rows with the same codes have in common: their groups and the slots that they may feed. */
export interface RowClass {
  /** Number of the class among those of its batch. */
  readonly number: number;
  readonly groups: readonly GroupState[];
  /** Slots that every row of the class feeds, and those that also ask the row itself. */
  readonly slots: readonly number[];
  readonly asked: readonly number[];
  /** The slice [from, to) that its last row went to, and that slice's row of the table. */
  from: number;
  to: number;
  row: number;
}

/** Rows that no group counts. */
export const NO_CLASS = null;

/** Finds or makes a group that hears of a feed. */
export type GroupOf = (key: readonly string[], feed: string) => GroupState;

/** Most combinations of codes that are looked up in an array; more go through a map. */
const COMBINATIONS_MAX = 1 << 16;

/**
 * A family over the columns of one batch. What depends on codes alone (test, key, feed, most tests of slots) is
 * decided once for each combination of codes in the batch: then a row costs array reads only.
 */
export class BoundFamily {
  readonly at: (row: number) => number;
  readonly #family: Family;
  readonly #batch: Batch;
  readonly #columns: readonly CodeColumn[];
  readonly #strides: readonly number[];
  readonly #isPlain: boolean;
  readonly #classes: (RowClass | null | undefined)[] | Map<number, RowClass | null>;
  /** The classes that a row was found to be of. */
  readonly made: RowClass[] = [];
  readonly #test: ((row: number) => boolean) | null;
  readonly #keys: readonly ((row: number) => string | readonly string[])[];
  readonly #slotTests: readonly (((row: number) => boolean) | null)[];
  readonly #values: readonly (((row: number) => number | string) | null)[];
  readonly #feeds: CodeColumn;
  readonly #groupOf: GroupOf;

  constructor(family: Family, batch: Batch, groupOf: GroupOf) {
    this.#family = family;
    this.#batch = batch;
    this.#groupOf = groupOf;
    this.at = family.at.bind(batch);
    this.#test = family.test?.bind(batch) ?? null;
    this.#keys = family.by.map(({ value }) => value.bind(batch));
    this.#slotTests = family.slots.map(({ test }) => test?.bind(batch) ?? null);
    this.#values = family.slots.map(({ of }) => of?.bind(batch) ?? null);
    this.#feeds = batch.codes('feed');
    const names = knownCodesOf(family);
    this.#isPlain = names !== null;
    // A column of one text tells no row from another.
    this.#columns = (names ?? [])
      .map((name) => batch.codes(name))
      .filter(({ values }) => values.length !== 1);
    let combinations = 1;
    this.#strides = this.#columns.map(({ values }) => {
      const stride = combinations;
      combinations *= Math.max(1, values.length);
      return stride;
    });
    this.#classes = combinations <= COMBINATIONS_MAX ? new Array(combinations) : new Map();
  }

  /** The class of a row; null: no group counts it. */
  classOf(row: number): RowClass | null {
    if (!this.#isPlain) return this.#makeClass(row);
    let code = 0;
    for (let index = 0; index < this.#columns.length; index++) {
      code += this.#columns[index]!.codes[row]! * this.#strides[index]!;
    }
    const classes = this.#classes;
    const known = Array.isArray(classes) ? classes[code] : classes.get(code);
    if (known !== undefined) return known;
    const made = this.#makeClass(row);
    if (Array.isArray(classes)) classes[code] = made;
    else classes.set(code, made);
    return made;
  }

  /** The first slot that takes the same field. */
  firstSlotOf(slot: number): number {
    const { of } = this.#family.slots[slot]!;
    return this.#family.slots.findIndex((other) => other.of === of);
  }

  /** Puts the samples of a slot at these rows into `into`; nothing where it takes none, or texts. */
  readNumbers(slot: number, rows: Int32Array, length: number, into: Float64Array): void {
    const { aggregate, of } = this.#family.slots[slot]!;
    if (aggregate.sample !== 'number') return;
    const cells = (of as RowNumber).cells?.(this.#batch) ?? null;
    if (cells !== null) {
      for (let at = 0; at < length; at++) into[at] = cells[rows[at]!]!;
      return;
    }
    const read = this.#values[slot] as (row: number) => number;
    for (let at = 0; at < length; at++) into[at] = read(rows[at]!);
  }

  /** The test of a slot; one that asks nothing lets all pass. */
  testOf(slot: number): (row: number) => boolean {
    return this.#slotTests[slot] ?? passesAlways;
  }

  /** Puts a slot's sample of a row into `sample`. @returns false when the row has none. */
  sample(slot: number, row: number, sample: Sample): boolean {
    const value = this.#values[slot];
    if (value === null || value === undefined) return true;
    const found = value(row);
    if (typeof found === 'number') {
      sample.value = found;
      return Number.isFinite(found);
    }
    sample.text = found;
    return found !== '';
  }

  #makeClass(row: number): RowClass | null {
    if (this.#test !== null && !this.#test(row)) return NO_CLASS;
    const feed = this.#feeds.values[this.#feeds.codes[row]!]!;
    const groups = keysAt(this.#keys, row).map((key) => this.#groupOf(key, feed));
    if (groups.length === 0) return NO_CLASS;
    const slots: number[] = [];
    const asked: number[] = [];
    for (let index = 0; index < this.#slotTests.length; index++) {
      const passes = this.#slotTests[index]!;
      if (passes === null) slots.push(index);
      else if (this.#family.slots[index]!.test!.codes === null) asked.push(index);
      else if (passes(row)) slots.push(index);
    }
    const made = { number: this.made.length, groups, slots, asked, from: 0, to: 0, row: -1 };
    this.made.push(made);
    return made;
  }
}

const CODES = new WeakMap<Family, readonly string[] | null>();

function knownCodesOf(family: Family): readonly string[] | null {
  let codes = CODES.get(family);
  if (codes === undefined) CODES.set(family, (codes = codesOf(family)));
  return codes;
}

/** Code columns that decide test, key and feed; null when something else has a say. */
function codesOf(family: Family): readonly string[] | null {
  const names = new Set(['feed']);
  const programs = [family.test, ...family.by.map(({ value }) => value)];
  for (const program of programs) {
    if (program === null) continue;
    if (program.codes === null) return null;
    for (const name of program.codes) names.add(name);
  }
  for (const { test } of family.slots) for (const name of test?.codes ?? []) names.add(name);
  return [...names];
}

const passesAlways = (): boolean => true;

function keysAt(
  keys: readonly ((row: number) => string | readonly string[])[],
  row: number,
): readonly (readonly string[])[] {
  const only = keys.length === 1 ? keys[0]!(row) : undefined;
  if (typeof only === 'string') return [[only]];
  let found: readonly (readonly string[])[] = [[]];
  for (const key of keys) {
    const value = key(row);
    const texts = typeof value === 'string' ? [value] : value;
    found = found.flatMap((before) => texts.map((text) => [...before, text]));
  }
  return found;
}
