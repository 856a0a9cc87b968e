import type { WindowRule } from '../../window/group/window-rule.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import type { DerivedInput, DerivedPlan } from './derived-kpi.ts';
import { type Offset, reachOf, shifted, shiftedSpan, type Span } from './offset.ts';

/** Windows of an input that are remembered with what they touch. */
const REMEMBERED_MAX = 20_000;

/** Most slices that are looked at for one window of an input; a definition that needs more looks at its newest. */
const SLICES_MAX = 20_000;

/** Tells which windows of a derived definition a window of one of its inputs stands in. */
export class AffectedWindows {
  readonly #plan: DerivedPlan;
  readonly #known = new Map<string, readonly number[]>();

  constructor(plan: DerivedPlan) {
    this.#plan = plan;
  }

  /** Starts of the windows, ascending. @param span the input's window */
  of(kpi: string, span: Span): readonly number[] {
    const name = `${kpi} ${span.from} ${span.to}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const windows = new Set<number>();
    for (const input of this.#plan.inputs) {
      if (input.kpi !== kpi) continue;
      for (const offset of input.offsets) {
        for (const window of windowsWith(this.#plan.rule, { input, offset }, span)) windows.add(window);
      }
    }
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    const list = [...windows].sort((a, b) => a - b);
    this.#known.set(name, list);
    return list;
  }
}

interface Read {
  readonly input: DerivedInput;
  readonly offset: Offset;
}

function windowsWith(rule: WindowRule, read: Read, span: Span): number[] {
  const { input, offset } = read;
  if (input.over === 'same' && offset.count === 0) return [span.from];
  const reach = reachOf(offset);
  const last = sliceStart(rule, span.to - 1 + reach.to + input.withinMs);
  const first = Math.max(sliceStart(rule, span.from + reach.from), last - SLICES_MAX * rule.sliceMs);
  const found = new Set<number>();
  for (let slice = first; slice <= last; slice += rule.sliceMs) {
    for (const window of rule.windowsOf(slice)) {
      if (!found.has(window) && holds(rule, read, { window, span })) found.add(window);
    }
  }
  return [...found];
}

function holds(
  rule: WindowRule,
  { input, offset }: Read,
  { window, span }: { readonly window: number; readonly span: Span },
): boolean {
  if (input.over === 'same') return shifted(window, offset) === span.from;
  if (input.isAligned && input.withinMs === 0) {
    const then = shifted(window, offset);
    return span.from >= spanStart(rule, then) && span.to <= rule.endOf(then);
  }
  const end = rule.endOf(window);
  const start = input.withinMs > 0 ? end - input.withinMs : spanStart(rule, window);
  const looked = shiftedSpan({ from: start, to: end }, offset);
  return span.from >= looked.from && span.to <= looked.to;
}

/** First moment that a window looks at; a year to date carries the start of its last day. */
export function spanStart(rule: WindowRule, window: number): number {
  for (const slice of rule.slicesOf(window)) return Math.min(slice, window);
  return window;
}
