import type { Registry } from '../../model/registry.ts';
import type { EventKind } from '../../model/subsystem.ts';
import type { RowNumber } from '../../window/group/row-program.ts';
import { ROW_FUNCTIONS } from './row-functions.ts';
import type { RowFunction } from './row-functions.ts';

/** Notes one mistake: where in the definition, what is wrong, what to do. */
export type Complain = (path: readonly string[], reason: string, hint: string) => void;

/** What an attribute of a case holds. A value of another JSON type counts as absent. */
export type AttributeType = 'text' | 'number' | 'flag';

/** What the words of a definition about rows may refer to, and what was referred to. */
export interface RowScope {
  readonly kind: EventKind;
  readonly registry: Pick<Registry, 'areas' | 'entities'>;
  readonly functions: ReadonlyMap<string, RowFunction>;
  /**
   * Declared types of attributes, without `attributes.`; the type of others follows from how they are used.
   */
  readonly attributes: ReadonlyMap<string, AttributeType>;
  /** What `now` stands for in a definition of states; null: there is no such name. */
  readonly now: RowNumber | null;
  readonly complain: Complain;
  /** Names of the fields that were read so far: so a compiler sees whether `quality` was named. */
  readonly used: Set<string>;
}

/** A scope with the usual functions and no declared attributes. */
export function rowScope(
  given: Pick<RowScope, 'kind' | 'registry' | 'complain'> & Partial<RowScope>,
): RowScope {
  return { functions: ROW_FUNCTIONS, attributes: new Map(), now: null, used: new Set(), ...given };
}

/** Whether a piece of YAML is a mapping. */
export function isMapping(yaml: unknown): yaml is Readonly<Record<string, unknown>> {
  return typeof yaml === 'object' && yaml !== null && !Array.isArray(yaml);
}

/** The name that was probably meant, as a hint; else all names. */
export function hintOf(name: string, names: Iterable<string>): string {
  const known = [...names];
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  const ranked = known
    .map((candidate) => ({ candidate, edits: editsBetween(plain(name), plain(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  const isNear = best !== undefined && best.edits <= Math.max(1, Math.floor(name.length / 4));
  if (isNear) return `did you mean ${best.candidate}?`;
  return known.length > namesToldMax ? 'see the registry' : `one of ${known.join(', ')}`;
}

const namesToldMax = 40;

/** Letters to put in, take out, change or swap with their neighbour. */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let edits = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, before[j - 2]! + 1);
      }
      row.push(edits);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
