import type { Identity } from '../../kpi/definitions/identities.ts';
import { AffectedWindows } from '../../kpi/derived/affected.ts';
import type { DerivedKpi } from '../../kpi/derived/derived-kpi.ts';
import type { KpiMessage, KpiValue } from '../../model/kpi-value.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import { Marks } from './marks.ts';

/** What the runner computes. */
export interface DerivedDefinitions {
  readonly derived: readonly DerivedKpi[];
  readonly identities: readonly Identity[];
  /** Current version of every KPI: values of others are not looked at. */
  readonly versions: ReadonlyMap<string, number>;
}

/** What a definition that reads a KPI does with a window of it. */
interface Reader {
  readonly id: string;
  readonly affected: AffectedWindows | null;
}

/** Most windows that end at once are told for; a longer silence is told of its end. */
const ENDED_MAX = 5_000;

/** What the runner knows of the values that it follows: which windows they change, and how far time is known. */
export class DerivedState {
  readonly marks = new Marks();
  readonly #definitions: DerivedDefinitions;
  readonly #readers = new Map<string, Reader[]>();
  readonly #watermarks = new Map<string, number>();
  /** Ends of the windows that are published as provisional, by definition and start. */
  readonly #open = new Map<string, Map<number, number>>();

  constructor(definitions: DerivedDefinitions) {
    this.#definitions = definitions;
    for (const kpi of definitions.derived) {
      const affected = new AffectedWindows(kpi.derived);
      for (const input of new Set(kpi.derived.inputs.map((one) => one.kpi))) {
        this.#addReader(input, { id: kpi.id, affected });
      }
    }
    for (const { id, kpis } of definitions.identities) {
      for (const kpi of kpis) this.#addReader(kpi, { id, affected: null });
    }
  }

  /** Whether nothing is read: no derived definition has inputs, and there is no identity. */
  get isIdle(): boolean {
    return this.#readers.size === 0;
  }

  get watermarks(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#watermarks);
  }

  restore(watermarks: Readonly<Record<string, number>>): void {
    for (const [subsystem, time] of Object.entries(watermarks)) this.#watermarks.set(subsystem, time);
  }

  /** Marks what a message changes. @returns its values that something reads */
  note(message: KpiMessage): KpiValue[] {
    const values = message.values.filter((value) => this.noteValue(value));
    const watermark = message.watermark === '' ? 0 : Date.parse(message.watermark);
    const before = this.#watermarks.get(message.subsystem) ?? 0;
    if (watermark > before) {
      this.#watermarks.set(message.subsystem, watermark);
      this.#noteTime(message.subsystem, before);
    }
    return values;
  }

  /** Marks the windows that a value stands in. @returns whether something reads it */
  noteValue(value: KpiValue): boolean {
    const readers = this.#readers.get(value.kpi);
    if (readers === undefined || this.#definitions.versions.get(value.kpi) !== value.version) return false;
    const span = { from: Date.parse(value.windowStart), to: Date.parse(value.windowEnd) };
    const place = value.entity === '' ? `a:${value.area}` : `e:${value.entity}`;
    for (const { id, affected } of readers) {
      if (affected === null) this.marks.add(id, span.from, place);
      else for (const window of affected.of(value.kpi, span)) this.marks.add(id, window, place);
    }
    return true;
  }

  /** How far time is known for a definition: the least of its inputs' subsystems, milliseconds UTC. */
  watermarkOf({ derived: { inputs } }: DerivedKpi): number {
    const subsystems = inputs.flatMap((input) => input.subsystems);
    return Math.min(...subsystems.map((subsystem) => this.#watermarks.get(subsystem) ?? 0));
  }

  /** A window was published as provisional, or is not any more. */
  setOpen(id: string, window: { readonly start: number; readonly end: number }, isOpen: boolean): void {
    let windows = this.#open.get(id);
    if (windows === undefined) this.#open.set(id, (windows = new Map()));
    if (isOpen) windows.set(window.start, window.end);
    else windows.delete(window.start);
  }

  #addReader(kpi: string, reader: Reader): void {
    const readers = this.#readers.get(kpi);
    if (readers === undefined) this.#readers.set(kpi, [reader]);
    else readers.push(reader);
  }

  /** Time alone ends windows, and makes those that tell of silence. */
  #noteTime(subsystem: string, before: number): void {
    for (const kpi of this.#definitions.derived) {
      const { inputs } = kpi.derived;
      if (!inputs.some((input) => input.subsystems.includes(subsystem))) continue;
      const now = this.watermarkOf(kpi);
      for (const [start, end] of this.#open.get(kpi.id) ?? []) {
        if (end <= now) this.marks.add(kpi.id, start, 'all');
      }
      if (before > 0 && inputs.some(({ withinMs }) => withinMs > 0)) this.#markEnded(kpi, before, now);
    }
  }

  #markEnded({ id, derived: { rule } }: DerivedKpi, before: number, now: number): void {
    const first = Math.max(before, now - ENDED_MAX * rule.sliceMs);
    for (let slice = sliceStart(rule, first); slice <= now; slice += rule.sliceMs) {
      for (const window of rule.windowsOf(slice - rule.sliceMs)) {
        const end = rule.endOf(window);
        if (end > before && end <= now) this.marks.add(id, window, 'all');
      }
    }
  }
}
