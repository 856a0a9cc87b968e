import type { WindowRule } from '../../window/group/window-rule.ts';
import { sliceStart } from '../../window/group/window-rule.ts';
import { calendar } from '../windows/calendar.ts';
import { isDerived, isGroup, type Kpi } from '../kpi.ts';
import { type Offset, shifted } from './offset.ts';

/** Windows of a definition, whatever computes it. */
export function ruleOf(kpi: Kpi): WindowRule {
  if (isDerived(kpi)) return kpi.derived.rule;
  return isGroup(kpi) ? kpi.plan.rule : calendar(kpi.window);
}

/** Names of the fields that make the key of a definition. */
export function keyOf(kpi: Kpi): readonly string[] {
  if (isDerived(kpi)) return kpi.derived.by;
  return isGroup(kpi) ? kpi.plan.family.by.map(({ name }) => name) : ['entity'];
}

/** Subsystems whose watermarks say up to when the windows of a definition are complete. */
export function subsystemsOf(kpi: Kpi): readonly string[] {
  if (!isDerived(kpi)) return [kpi.subsystem];
  return [...new Set(kpi.derived.inputs.flatMap(({ subsystems }) => subsystems))];
}

/** The same windows have the same name: `calendar hour` is `tumbling 1h`. */
export function windowName({ text }: Pick<WindowRule, 'text'>): string {
  return { 'calendar hour': 'tumbling 1h', 'tumbling 24h': 'calendar day' }[text] ?? text;
}

/** Years whose windows are tried: every kind of leap and weekday is among them. */
const FIRST_YEAR = 2016;
const LAST_YEAR = 2028;
/** Every local day of those years, and more: longer windows are tried all, of shorter ones a sample. */
const TRIED_MAX = 5_000;

/** Whether the shifted start of every window is the start of a window. */
export function isAligned(rule: WindowRule, offset: Offset): boolean {
  if (offset.count === 0) return true;
  const last = Date.UTC(LAST_YEAR, 0, 1);
  const first = Date.UTC(FIRST_YEAR, 0, 1);
  const step = Math.max(rule.sliceMs, Math.ceil((last - first) / TRIED_MAX / rule.sliceMs) * rule.sliceMs);
  let tried = NaN;
  for (let time = sliceStart(rule, first); time < last; time += step) {
    // Of windows that overlap one is enough: the others begin where it begins at another time.
    const window = rule.windowsOf(time)[0];
    if (window === undefined || window === tried) continue;
    tried = window;
    const start = shifted(window, offset);
    if (!rule.windowsOf(sliceStart(rule, start)).includes(start)) return false;
  }
  return true;
}
