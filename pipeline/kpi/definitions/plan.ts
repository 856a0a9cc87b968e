import type { Band } from '../compiled-kpi.ts';
import type { Subsystem } from '../../model/subsystem.ts';
import type { Expression } from './expression.ts';
import type { Definition, Measure } from './schema.ts';

/** A part of a value: its name is the attribute that carries it. */
export interface Part {
  readonly name: string;
  readonly expression: Expression;
}

/** A definition, checked: what both the evaluation and the SQL are made from. */
export interface Plan {
  readonly definition: Definition;
  readonly subsystem: Subsystem;
  readonly window: 'hour' | 'day';
  readonly windowHours: 1 | 24;
  readonly lookbackHours: number;
  readonly latenessSeconds: number;
  readonly freshSeconds: number;
  /** 0: an hour needs one good reading. */
  readonly completeness: number;
  readonly measures: readonly Measure[];
  /** null: every property of the entity. */
  readonly properties: readonly string[] | null;
  /** `value`, or the parts whose largest is the value. */
  readonly value: Expression | readonly Part[];
  readonly needs: readonly string[];
  readonly numerator: Expression | null;
  readonly denominator: Expression | null;
  /** null: the good readings of the hours that were complete enough. */
  readonly samples: Expression | null;
  readonly bands: readonly Band[];
}

/** Whether a value is the largest of its parts. */
export function isParts(value: Plan['value']): value is readonly Part[] {
  return Array.isArray(value);
}

/** Length of the array that an hours measure holds. */
export function hoursOf(plan: Plan, measure: Measure): number {
  return plan.windowHours + (measure.kind === 'hours' ? plan.lookbackHours : 0);
}
