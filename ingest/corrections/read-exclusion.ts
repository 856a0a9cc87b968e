import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import type { Exclusion } from '../../pipeline/window/exclusions.ts';
import { RequestRefusedError } from '../errors.ts';
import { bodyText } from '../formats/body-text.ts';
import { isWellFormed } from '../guard/canonical.ts';
import { parseInstant, timeMsMax, timeMsMin } from '../guard/instant.ts';

const EXCLUSION = Type.Object(
  {
    id: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' })),
    entity: Type.Optional(Type.String({ maxLength: 128 })),
    property: Type.Optional(Type.String({ maxLength: 128 })),
    from: Type.String(),
    to: Type.String(),
    reason: Type.String({ pattern: '\\S', maxLength: 500 }),
  },
  { additionalProperties: false },
);
const checker = Compile(EXCLUSION);

/**
 * Reads the body of a request to exclude a span of a feed.
 *
 * @throws RequestRefusedError EMPTY_BODY, INVALID_UTF8, JSON_SYNTAX, EXCLUSION_INVALID
 */
export function readExclusion(feed: string, body: Uint8Array): Exclusion {
  const given = parsed(bodyText(body).text);
  if (!checker.Check(given)) {
    const [first] = checker.Errors(given);
    throw invalid(`${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim());
  }
  const { id = randomUUID(), entity = '', property = '', reason } = given;
  const [from, to] = [instant('from', given.from), instant('to', given.to)];
  if (from >= to) throw invalid('from must lie before to');
  if (![entity, property, reason].every(isWellFormed)) throw invalid('a text holds half a character');
  return { id, feed, entity, property, from, to, reason: reason.trim() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestRefusedError('JSON_SYNTAX', 'send one JSON object with from, to and reason', error);
  }
}

function instant(name: string, text: string): number {
  const ms = parseInstant(text);
  if (ms >= timeMsMin && ms <= timeMsMax) return ms;
  throw invalid(`${name} must be a time with its offset, such as 2026-11-23T08:00:00+07:00`);
}

function invalid(detail: string): RequestRefusedError {
  return new RequestRefusedError('EXCLUSION_INVALID', detail);
}
