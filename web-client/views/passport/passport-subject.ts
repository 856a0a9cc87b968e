import type { LiveValue } from '../../../query/protocol/live-value.ts';
import type { PassportKey } from '../../model/passport-key.ts';

/** What a page says about the values of one entity. */
export interface PassportSubject {
  readonly name: string;
  /** The entity's values that stand on the page, each reachable from the passport of the others. */
  readonly related: readonly { readonly key: PassportKey; readonly label: string }[];
}

/** How a page writes a value. */
export interface WrittenValue {
  readonly title: string;
  readonly number: string;
  readonly unit: string;
  /** A word that the law or the trade gives to the number, or ''. */
  readonly word: string;
  /** The parts that it was made of, the deciding one first. */
  readonly parts: readonly { readonly name: string; readonly number: string }[];
}

/** What a page adds to the passports of its values. */
export interface PassportPage {
  readonly subjectOf: (entity: string) => PassportSubject;
  readonly write: (value: LiveValue) => WrittenValue;
  /** Revision of a value that the page holds; a higher one than the passport's means: read it again. */
  readonly revisionOf: (key: PassportKey) => number | undefined;
}
