import type { WindowRule } from '../../window/group/window-rule.ts';
import type { Complain } from '../definitions/check-value.ts';
import { durationSeconds } from '../definitions/schema.ts';
import { isDerived, isGroup, type Kpi } from '../kpi.ts';
import { hintOf } from '../rows/row-scope.ts';
import type { DerivedInput } from './derived-kpi.ts';
import type { WrittenDerived } from './derived-schema.ts';
import { isAligned, keyOf, ruleOf, subsystemsOf, windowName } from './input-rules.ts';
import { NO_OFFSET, parseOffset } from './offset.ts';

/** Most slices that an input with `within` may look over: each is work for every value. */
export const withinSlicesMax = 4_320;

/** Columns and words that an input of the same name would hide or break. */
const TAKEN = new Set(
  (
    'value numerator denominator samples window place key area entity dims provisional worst reason step found series ' +
    'and or not in as from where select with case when then else end is between like by group order on join union ' +
    'limit null nan inf true false'
  ).split(' '),
);

interface Reading {
  readonly rule: WindowRule;
  readonly kpis: ReadonlyMap<string, Kpi>;
  readonly complain: Complain;
}

/** The inputs of a definition, and how deep derived ones stand in them. */
export function readInputs(
  written: WrittenDerived,
  reading: Reading,
): { readonly inputs: readonly DerivedInput[]; readonly level: number } {
  const { complain } = reading;
  const inputs: DerivedInput[] = [];
  let level = 1;
  for (const [name, input] of Object.entries(written.inputs ?? {})) {
    const path = ['inputs', name];
    if (TAKEN.has(name.toLowerCase())) complain(path, `${name} has a meaning already`, 'rename it');
    const kpi = reading.kpis.get(input.kpi);
    if (kpi === undefined) {
      complain([...path, 'kpi'], `"${input.kpi}" is no KPI`, hintOf(input.kpi, reading.kpis.keys()));
      continue;
    }
    if (isDerived(kpi)) level = Math.max(level, kpi.derived.level + 1);
    refuseOtherKey(written, kpi, [...path, 'kpi'], complain);
    inputs.push(oneInput([name, input], { ...reading, kpi, path }));
  }
  if (written.inputs !== undefined && !inputs.some(({ offsets }) => offsets[0]?.count === 0)) {
    complain(['inputs'], 'no input is of the window itself', 'one of them has no offset');
  }
  return { inputs, level };
}

type WrittenInput = NonNullable<WrittenDerived['inputs']>[string];

function oneInput(
  [name, input]: readonly [string, WrittenInput],
  { rule, kpi, path, complain }: Reading & { readonly kpi: Kpi; readonly path: readonly string[] },
): DerivedInput {
  const { over = 'same', within, offset, offsets } = input;
  const withinMs = within === undefined ? 0 : durationSeconds(within) * 1_000;
  if (offset !== undefined && offsets !== undefined) {
    complain([...path, 'offsets'], 'offset stands beside it', 'give one of them');
  }
  if (over === 'same' && withinMs > 0) {
    complain([...path, 'within'], 'over says what becomes of the windows in it', 'over: last');
  }
  if (over === 'age' && withinMs === 0) {
    complain([...path, 'over'], 'an age is looked for in a bounded time', 'within: 24h');
  }
  if (withinMs / rule.sliceMs > withinSlicesMax) {
    complain([...path, 'within'], 'too long for windows so short', 'shorten it, or choose longer windows');
  }
  if (over === 'same' && windowName(ruleOf(kpi)) !== windowName(rule)) {
    const reason = `${kpi.id} has windows of ${ruleOf(kpi).text}, this definition of ${rule.text}`;
    complain([...path, 'kpi'], reason, 'over: sum, mean, max, min or last');
  }
  const back = (offsets ?? (offset === undefined ? [] : [offset])).map(parseOffset);
  const all = back.length === 0 ? [NO_OFFSET] : back;
  const fits = all.every((one) => isAligned(rule, one));
  if (over === 'same' && !fits) {
    complain([...path, 'offset'], `it leads to no window of ${rule.text}`, 'over: sum of shorter windows');
  }
  return {
    ...{ name, kpi: kpi.id, version: kpi.version, subsystems: subsystemsOf(kpi), over, withinMs },
    ...{ offsets: all, isSeries: offsets !== undefined, isAligned: fits },
    ...{ fallback: input.default ?? null, isOptional: input.optional ?? false },
  };
}

function refuseOtherKey({ by }: WrittenDerived, kpi: Kpi, path: readonly string[], complain: Complain): void {
  if (isGroup(kpi) && kpi.itemsOf !== null) {
    complain(path, `${kpi.id} is a list of items`, 'a derived value reads single values');
  }
  const [own, other] = [[...by].sort().join(', '), [...keyOf(kpi)].sort().join(', ')];
  if (own === other) return;
  complain(
    path,
    `${kpi.id} is by ${other || 'nothing'}, this definition by ${own || 'nothing'}`,
    'keys must be equal',
  );
}
