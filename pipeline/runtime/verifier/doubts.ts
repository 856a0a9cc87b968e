import type { Grade, KpiValue } from '../../model/kpi-value.ts';

/** A window of a KPI: what identities speak of. */
export interface JudgedWindow {
  readonly kpi: string;
  /** `e:<entity>` or `a:<area>`. */
  readonly place: string;
  /** JSON object, as it is stored. */
  readonly dims: string;
  readonly start: number;
}

/** Most windows that are remembered as broken; the views know all. */
const BROKEN_MAX = 400_000;

/** Attributes of a marked value: the identities that do not hold, and the grade that it has without the mark. */
const IDENTITY = 'identity';
const OWN_GRADE = 'ownGrade';

/** A value as it is stored: without what was known against it when it was published. */
export function unmarked(value: KpiValue): KpiValue {
  const { [OWN_GRADE]: grade, [IDENTITY]: _, ...attributes } = value.attributes;
  return grade === undefined ? value : { ...value, grade: grade as Grade, attributes };
}

/**
 * What is known against values: definitions whose stored windows differ from their SQL, and windows in which an identity
 * does not hold. Shards ask it when they publish; verification and the runner of identities tell it.
 */
export class Doubts {
  readonly #kpis = new Set<string>();
  readonly #broken = new Map<string, readonly string[]>();

  /** Whether the newest comparison with SQL left a difference in this definition. */
  isDoubted(kpi: string): boolean {
    return this.#kpis.has(kpi);
  }

  get doubted(): readonly string[] {
    return [...this.#kpis];
  }

  /** The identities that do not hold in a window, by name, with commas between; '': none. */
  identitiesOf(window: JudgedWindow): string {
    return this.#broken.size === 0 ? '' : (this.#broken.get(nameOf(window))?.join(', ') ?? '');
  }

  isBroken(window: JudgedWindow, identity: string): boolean {
    return this.#broken.get(nameOf(window))?.includes(identity) ?? false;
  }

  get brokenWindows(): number {
    return this.#broken.size;
  }

  /** Values with grade D where something is known against them, and the names of identities that do not hold. */
  marked(values: readonly KpiValue[]): readonly KpiValue[] {
    if (this.#kpis.size === 0 && this.#broken.size === 0) return values;
    return values.map((value) => this.#marked(value));
  }

  #marked(value: KpiValue): KpiValue {
    const { kpi, area, entity, grade, attributes, windowStart } = value;
    const place = entity === '' ? `a:${area}` : `e:${entity}`;
    const window = { kpi, place, dims: JSON.stringify(value.dims), start: Date.parse(windowStart) };
    const identities = this.identitiesOf(window);
    if (identities === '' && !this.#kpis.has(kpi)) return value;
    const named = identities === '' ? {} : { [IDENTITY]: identities };
    return { ...value, grade: 'D', attributes: { ...attributes, ...named, [OWN_GRADE]: grade } };
  }

  doubt(kpi: string): void {
    this.#kpis.add(kpi);
  }

  clear(kpi: string): void {
    this.#kpis.delete(kpi);
  }

  break(window: JudgedWindow, identity: string): void {
    const name = nameOf(window);
    const known = this.#broken.get(name);
    if (known === undefined && this.#broken.size >= BROKEN_MAX) return;
    this.#broken.set(name, [...new Set([...(known ?? []), identity])].sort());
  }

  /** The identity holds again. */
  mend(window: JudgedWindow, identity: string): void {
    const name = nameOf(window);
    const left = (this.#broken.get(name) ?? []).filter((one) => one !== identity);
    if (left.length === 0) this.#broken.delete(name);
    else this.#broken.set(name, left);
  }
}

function nameOf({ kpi, place, dims, start }: JudgedWindow): string {
  return `${kpi}|${place}|${dims}|${start}`;
}
