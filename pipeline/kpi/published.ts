import type { KpiStatus } from '../model/kpi-value.ts';
import type { Evaluated } from './compiled-kpi.ts';

/** The part of a value that a reader may compare: what was published last of one window. */
export interface PublishedContent {
  readonly status: KpiStatus;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly samples: number;
  /** JSON of the attributes: a changed explanation is published too. */
  readonly attributes: string;
}

/** Status of a window: revised once it has been final and its content is another. */
export function statusOf(
  complete: boolean,
  content: Evaluated | null,
  before: PublishedContent | undefined,
): KpiStatus {
  if (!complete) return 'provisional';
  if (before === undefined || before.status === 'provisional') return 'final';
  return isSame(before, content, before.status) ? before.status : 'revised';
}

/** Whether content and status are what was published last. */
export function isSame(before: PublishedContent, content: Evaluated | null, status: KpiStatus): boolean {
  const after = contentOf(content, status);
  return (
    before.status === after.status &&
    before.value === after.value &&
    before.numerator === after.numerator &&
    before.denominator === after.denominator &&
    before.samples === after.samples &&
    before.attributes === after.attributes
  );
}

/** What is remembered of a published window; null content: it was taken back. */
export function contentOf(content: Evaluated | null, status: KpiStatus): PublishedContent {
  if (content === null)
    return { status, value: null, numerator: null, denominator: null, samples: 0, attributes: '{}' };
  const { value, numerator, denominator, samples } = content;
  return { status, value, numerator, denominator, samples, attributes: JSON.stringify(content.attributes) };
}

/** The attribute that names the exclusions that meet a window. It tells of the publication, not of the content. */
const EXCLUDED = 'excluded';
/** More ids than these are not named: the passport has all. */
const EXCLUDED_IDS_MAX = 5;

/** Attributes of a published value: those of its content, and the exclusions that meet its window. */
export function withExcluded(
  attributes: Readonly<Record<string, string>>,
  ids: readonly string[],
): Readonly<Record<string, string>> {
  if (ids.length === 0) return attributes;
  return { ...attributes, [EXCLUDED]: ids.slice(0, EXCLUDED_IDS_MAX).join(' ') };
}

/** The attributes of the content of a stored value, as JSON. */
export function contentAttributes(stored: string): string {
  if (!stored.includes(`"${EXCLUDED}"`)) return stored;
  const { [EXCLUDED]: _, ...attributes } = JSON.parse(stored) as Record<string, string>;
  return JSON.stringify(attributes);
}
