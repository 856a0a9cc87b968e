import type { Language } from './texts/texts.ts';

/** A number in the form of the language: '1.234,5' or '1,234.5'; minus is U+2212. */
export function numberText(value: number, digits: number, language: Language): string {
  const [whole = '', fraction] = Math.abs(value).toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === 'vi' ? '.' : ',');
  const sign = value < 0 && Number(value.toFixed(digits)) !== 0 ? '\u2212' : '';
  return fraction === undefined
    ? sign + grouped
    : `${sign}${grouped}${language === 'vi' ? ',' : '.'}${fraction}`;
}
