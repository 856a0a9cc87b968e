/** Why one row was not accepted. The row is quarantined with it; the others of its request are not concerned. */
export interface Rejection {
  readonly kind: 'rejected';
  readonly code: RejectionCode;
  /** For a person: which field, what was found, what is wanted. Never more than a few characters of the row. */
  readonly detail: string;
}

/** Every reason for which ingest sets a row aside. README.md lists them. */
export const REJECTION_CODES = {
  ROW_TYPE: 'the row is not a JSON object',
  JSON_SYNTAX: 'the line is not JSON',
  NESTING_TOO_DEEP: 'objects or arrays stand too deep in one another',
  FIELDS_TOO_MANY: 'more unknown fields, or more in them, than are kept',
  FIELD_REQUIRED: 'a field that the kind needs is missing, null or empty',
  FIELD_TYPE: 'a field has another JSON type',
  FIELD_LENGTH: 'a text, list or object is longer than its bound',
  FIELD_FORMAT: 'a text does not have the form of its field, or holds control characters',
  TEXT_INVALID: 'a text holds half of a surrogate pair: it cannot be written as UTF-8',
  OUT_OF_RANGE: 'a number is not finite or lies outside the range of its field or property',
  PRECISION: 'a number is too large to be kept exactly',
  KIND_UNKNOWN: 'kind is none of the four',
  SUBSYSTEM_UNKNOWN: 'subsystem is none of the ten',
  QUALITY_UNKNOWN: 'quality is none of the five',
  STATUS_UNKNOWN: 'status is none of a case',
  ACTION_UNKNOWN: 'action is none of a post',
  UNIT_UNKNOWN: 'the property is not sent in this unit',
  AREA_UNKNOWN: 'no registry has this area',
  ID_INVALID: 'id is empty, too long, not a text, or holds control characters',
  VERSION_INVALID: 'version is not an integer from 0 to 2^53 - 1',
  PERIOD_FORMAT: 'period is no day, month, quarter or year',
  TIME_FORMAT: 'a time is not RFC 3339 with an offset, nor a number in a unit that the feed declares',
  TIME_RANGE: 'a time lies before 1970-01-01T01:00Z or after 2105',
  TIME_ORDER: 'a pause ends before it starts',
  FUTURE: 'eventTime is ahead of the receipt by more than the feed may be',
} as const;

/** Name of a reason. */
export type RejectionCode = keyof typeof REJECTION_CODES;

const DETAIL_CHARACTERS_MAX = 200;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Builds a rejection; the detail is bounded whatever the sender wrote. */
export function reject(code: RejectionCode, detail: string): Rejection {
  return {
    kind: 'rejected',
    code,
    detail: detail.slice(0, DETAIL_CHARACTERS_MAX).replace(LONE_SURROGATES, '\ufffd'),
  };
}

/** Shows a value of a row in a detail: at most 40 characters of it. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = String(value);
  return typeof value === 'string' ? `"${text.slice(0, 40)}"` : text.slice(0, 40);
}
