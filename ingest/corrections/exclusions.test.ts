import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, test } from 'vitest';

import { adminToken, airToken, receivedAtMs, startDoor } from '../../fixtures/ingest/door.ts';
import { LogFullError } from '../../pipeline/errors.ts';
import { SUBSYSTEMS } from '../../pipeline/model/subsystem.ts';

let door: Awaited<ReturnType<typeof startDoor>>;
beforeEach(async () => {
  door = await startDoor();
});
afterEach(() => door.close());

const span = {
  from: '2026-11-22T08:00:00+07:00',
  to: '2026-11-22T10:00:00+07:00',
  reason: 'the inlet was blocked',
};

/** Asks the door for exclusions of the feed `air`. */
async function ask(
  method: 'POST' | 'DELETE',
  given: { readonly body?: unknown; readonly token?: string; readonly path?: string },
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { body, token = adminToken, path = '' } = given;
  const answer = await fetch(`${door.url}/v1/feeds/air/exclusions${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

function messages(): Record<string, unknown>[] {
  return door.log.batches.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)));
}

test('an exclusion stands in the log of every subsystem when it is acknowledged, once however often it is sent', async () => {
  const body = { ...span, id: 'one', entity: 'station-01' };
  const answer = await ask('POST', { body });
  assert.equal(answer.status, 201);
  assert.deepEqual(answer.body, { id: 'one', ack: { stream: 'EVENTS', seq: SUBSYSTEMS.length } });
  await ask('POST', { body });
  assert.deepEqual(
    door.log.batches.map(({ subsystem, kind }) => `${subsystem} ${kind}`),
    SUBSYSTEMS.map((subsystem) => `${subsystem} control`),
  );
  assert.deepEqual(messages()[0], {
    ...{ type: 'exclusion', id: 'one', feed: 'air', entity: 'station-01', property: '' },
    ...{ from: Date.parse(span.from), to: Date.parse(span.to), reason: span.reason },
    ...{ author: 'boss', at: receivedAtMs },
  });
});

test('an exclusion is undone by its id, in the name of who asked', async () => {
  const { body } = await ask('POST', { body: span });
  assert.match(String(body.id), /^[0-9a-f-]{36}$/);
  const answer = await ask('DELETE', { path: `/${String(body.id)}` });
  assert.equal(answer.status, 200);
  assert.deepEqual(messages().at(-1), {
    ...{ type: 'inclusion', id: body.id, feed: 'air', author: 'boss', at: receivedAtMs },
  });
});

test('a log that takes no more is told to the sender, and the same id again does the rest', async () => {
  door.log.failWith = new LogFullError('full');
  const refused = await ask('POST', { body: { ...span, id: 'two' } });
  assert.deepEqual([refused.status, refused.body.code], [429, 'LOG_FULL']);
  door.log.failWith = null;
  assert.equal((await ask('POST', { body: { ...span, id: 'two' } })).status, 201);
  assert.equal(door.log.batches.length, SUBSYSTEMS.length);
});

// [what is sent, status, code]
const refusals: readonly (readonly [Parameters<typeof ask>[1], number, string])[] = [
  [{ body: span, token: airToken }, 403, 'FEED_FORBIDDEN'],
  [{ body: span, token: 'nobody' }, 401, 'TOKEN_UNKNOWN'],
  [{ body: '' }, 400, 'EMPTY_BODY'],
  [{ body: '{' }, 400, 'JSON_SYNTAX'],
  [{ body: [span] }, 422, 'EXCLUSION_INVALID'],
  [{ body: { ...span, reason: ' ' } }, 422, 'EXCLUSION_INVALID'],
  [{ body: { ...span, from: span.to } }, 422, 'EXCLUSION_INVALID'],
  [{ body: { ...span, from: '2026-11-22T08:00:00' } }, 422, 'EXCLUSION_INVALID'],
  [{ body: { ...span, entitty: 'x' } }, 422, 'EXCLUSION_INVALID'],
  [{ body: { ...span, id: 'a b' } }, 422, 'EXCLUSION_INVALID'],
  [{ body: 'x'.repeat(20_000) }, 413, 'BODY_TOO_LARGE'],
];
for (const [given, status, code] of refusals) {
  test(`${JSON.stringify(given).slice(0, 90)} is refused as ${code} and leaves nothing in the log`, async () => {
    const answer = await ask('POST', given);
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
    assert.equal(door.log.batches.length, 0);
  });
}
