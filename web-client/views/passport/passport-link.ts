import { formatPassportKey, type PassportKey } from '../../model/passport-key.ts';

/** Attributes of an element that opens a passport. */
export interface PassportLink {
  readonly 'data-passport': string;
  readonly role: 'button';
  readonly tabindex: 0;
  readonly 'aria-haspopup': 'dialog';
}

/** Makes an element open the passport of a value, by click and by keyboard; the page's frame listens. */
export function opensPassport(key: PassportKey | undefined): PassportLink | undefined {
  if (key === undefined) return undefined;
  return { 'data-passport': formatPassportKey(key), role: 'button', tabindex: 0, 'aria-haspopup': 'dialog' };
}
