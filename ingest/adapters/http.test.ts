import { strict as assert } from 'node:assert';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, test } from 'vitest';

import { airToken, startDoor } from '../../fixtures/ingest/door.ts';
import { type HaidangError, LogFullError, LogUnavailableError } from '../../pipeline/errors.ts';
import { BatchReader } from '../../fixtures/ingest/read-batches.ts';
import { bodyBytesMax } from '../formats/body-text.ts';
import { bodiesBytesMax } from './http.ts';

let door: Awaited<ReturnType<typeof startDoor>>;
beforeEach(async () => {
  door = await startDoor();
});
afterEach(() => door.close());

const good = {
  ...{ kind: 'measurement', subsystem: 'environment', entity: 'station-01', area: 'vung-tau' },
  ...{
    property: 'pm25',
    value: 35.2,
    unit: 'ug/m3',
    quality: 'good',
    eventTime: '2026-11-23T06:00:00+07:00',
  },
};
const ndjson = { headers: { 'content-type': 'application/x-ndjson' } };
const lines = (...rows: unknown[]): string =>
  rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');

test('one event of the contract is stored and acknowledged with its position', async () => {
  const answer = await door.post(good);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {
    ...{ accepted: 1, duplicate: 0, quarantined: 0, errors: [], ack: { stream: 'EVENTS', seq: 1 } },
  });
  const [row] = BatchReader.rows(door.log.batches);
  assert.deepEqual(
    {
      feed: row?.feed,
      entity: row?.entity,
      value: row?.value,
      eventTime: row?.event_time,
      id: row?.id_given,
    },
    {
      ...{ feed: 'air', entity: 'station-01', value: 35.2, id: 0 },
      eventTime: Date.parse('2026-11-22T23:00:00Z'),
    },
  );
});

test('line 3 of 5 is no JSON: four are stored, one is quarantined with its row, code and text (B3)', async () => {
  const row = (value: number): object => ({ ...good, value });
  const answer = await door.post(lines(row(1), row(2), '{"value":', row(4), row(5)), ndjson);
  const { accepted, quarantined, errors } = answer.body;
  assert.deepEqual(
    { status: answer.status, accepted, quarantined },
    { status: 200, accepted: 4, quarantined: 1 },
  );
  assert.deepEqual(
    errors.map(({ row: number, code }) => [number, code]),
    [[3, 'JSON_SYNTAX']],
  );
  assert.deepEqual(
    door.log.quarantined.map(({ feed, code, payload }) => [feed, code, payload]),
    [['air', 'JSON_SYNTAX', '{"value":']],
  );
});

test('a single bad object is a 200 with one error and no acknowledgement', async () => {
  const { status, body } = await door.post({ ...good, unit: 'furlong' });
  assert.equal(status, 200);
  assert.deepEqual(
    { ...body, errors: body.errors.map(({ row, code }) => [row, code]) },
    { accepted: 0, duplicate: 0, quarantined: 1, errors: [[1, 'UNIT_UNKNOWN']], ack: null },
  );
});

test('the same row twice in a request, or again once it is stored, is a duplicate; other content passes', async () => {
  const first = await door.post([good, { ...good, id: 'a' }, good]);
  assert.deepEqual([first.body.accepted, first.body.duplicate], [2, 1]);
  const again = await door.post([{ ...good }, { ...good, id: 'a', value: 9 }]);
  assert.deepEqual([again.body.accepted, again.body.duplicate], [1, 1]);
  const reordered = await door.post(
    JSON.stringify(Object.fromEntries(Object.entries(good).reverse()), null, 2),
  );
  assert.deepEqual([reordered.body.accepted, reordered.body.duplicate, reordered.body.ack], [0, 1, null]);
});

test('a repeat of a row whose original is still on its way is sent again, not counted', async () => {
  let open: () => void = () => {};
  door.log.gate = new Promise((resolve) => (open = resolve));
  const first = door.post(good);
  const second = door.post(good);
  await new Promise((resolve) => setTimeout(resolve, 100));
  open();
  assert.deepEqual([(await first).body.accepted, (await second).body.accepted], [1, 1]);
});

test('nothing is answered before the log has stored it', async () => {
  let open: () => void = () => {};
  door.log.gate = new Promise((resolve) => (open = resolve));
  let answered = false;
  const answer = door.post(good).then((result) => {
    answered = true;
    return result;
  });
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(answered, false);
  open();
  assert.equal((await answer).status, 200);
});

test('gzip is undone; a bomb, a cut stream and another encoding are refused', async () => {
  const gzip = { headers: { 'content-encoding': 'gzip' } };
  assert.equal((await door.post(gzipSync(JSON.stringify(good)), gzip)).body.accepted, 1);
  const bomb = await door.post(gzipSync(Buffer.alloc(40_000_000, 32)), gzip);
  assert.deepEqual([bomb.status, bomb.body.code], [413, 'BODY_TOO_LARGE']);
  const cut = await door.post(gzipSync(JSON.stringify(good)).subarray(0, 40), gzip);
  assert.deepEqual([cut.status, cut.body.code], [400, 'GZIP_INVALID']);
  const other = await door.post(JSON.stringify(good), { headers: { 'content-encoding': 'br' } });
  assert.deepEqual([other.status, other.body.code], [415, 'ENCODING_UNSUPPORTED']);
});

const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
// [what, body, content type, status, code, part of the detail]
const refusedBodies: readonly (readonly [string, string | Uint8Array, string, number, string, string])[] = [
  ['an empty body (B1)', '', 'application/json', 400, 'EMPTY_BODY', ''],
  ['blank lines only', ' \n\n', 'application/x-ndjson', 400, 'EMPTY_BODY', ''],
  ['an empty array', '[]', 'application/json', 400, 'EMPTY_BODY', ''],
  ['an object cut short (B2)', '{"kind":"measu', 'application/json', 400, 'JSON_SYNTAX', 'byte 14'],
  ['an array cut short after Vietnamese', '[{"a":"Bụi"},', 'application/json', 400, 'JSON_SYNTAX', 'byte 15'],
  ['a comma too many', '{"a":1,}', 'application/json', 400, 'JSON_SYNTAX', 'byte 7'],
  ['two lines sent as JSON', '{"a":1}\n{"a":2}', 'application/json', 400, 'JSON_SYNTAX', 'byte 8'],
  ['no line that is JSON', 'a,b\n1,,\n', 'application/x-ndjson', 400, 'JSON_SYNTAX', 'byte 0'],
  [
    'bytes that are not UTF-8 (B6)',
    Buffer.from([123, 255, 254]),
    'application/json',
    400,
    'INVALID_UTF8',
    '',
  ],
  ['objects nested 100,000 deep (B11)', deep, 'application/json', 400, 'NESTING_TOO_DEEP', '16'],
  [
    'arrays nested 100,000 deep',
    '['.repeat(1e5) + ']'.repeat(1e5),
    'application/json',
    400,
    'NESTING_TOO_DEEP',
    '',
  ],
  ['10 MB (B12)', Buffer.alloc(bodyBytesMax + 1, 32), 'application/json', 413, 'BODY_TOO_LARGE', ''],
  ['100,000 rows', '1\n'.repeat(100_000), 'application/x-ndjson', 413, 'ROWS_TOO_MANY', '50000'],
  ['a form', 'a=b', 'application/x-www-form-urlencoded', 415, 'CONTENT_TYPE_UNSUPPORTED', 'x-ndjson'],
  ['another charset', '{}', 'application/json; charset=utf-16', 415, 'CONTENT_TYPE_UNSUPPORTED', 'utf-16'],
];
for (const [what, body, type, status, code, detail] of refusedBodies) {
  test(`${what}: ${status} ${code}, nothing stored`, async () => {
    const answer = await door.post(body, { headers: { 'content-type': type } });
    assert.deepEqual([answer.status, answer.body.code, answer.body.status], [status, code, status]);
    assert(answer.body.detail?.includes(detail), answer.body.detail);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual([door.log.batches.length, door.log.quarantined.length], [0, 0]);
  });
}

test('a byte order mark is dropped (B5), Vietnamese and NUL in a text are kept (B8)', async () => {
  const post = {
    ...{
      kind: 'post',
      subsystem: 'social-media',
      platform: 'zalo',
      postId: 'p1',
      text: 'Tắc đường\u0000ở chợ',
    },
    eventTime: '2026-11-23T06:00:00Z',
  };
  const answer = await door.post(`\ufeff${JSON.stringify(post)}`);
  assert.deepEqual([answer.status, answer.body.accepted, answer.body.errors], [200, 1, []]);
  assert.equal(BatchReader.rows(door.log.batches)[0]?.text, 'Tắc đường\u0000ở chợ');
});

// [what, token, feed, status, code]
const doors: readonly (readonly [string, string | undefined, string, number, string])[] = [
  ['no token', undefined, 'air', 401, 'TOKEN_UNKNOWN'],
  ['a wrong token', 'nonsense', 'air', 401, 'TOKEN_UNKNOWN'],
  ['a cut token', airToken.slice(0, -1), 'air', 401, 'TOKEN_UNKNOWN'],
  ["another feed's token (B45)", airToken, 'rain', 403, 'FEED_FORBIDDEN'],
  ['no feed (B36)', 'any-feed-token', '', 422, 'FEED_INVALID'],
  ['a path as feed', 'any-feed-token', '..%2Fx', 422, 'FEED_INVALID'],
  ['a dot', 'any-feed-token', 'a.b', 422, 'FEED_INVALID'],
  ['a wildcard', 'any-feed-token', '*', 422, 'FEED_INVALID'],
  ['a greater-than', 'any-feed-token', '%3E', 422, 'FEED_INVALID'],
  ['a space', 'any-feed-token', 'a%20b', 422, 'FEED_INVALID'],
  ['300 characters', 'any-feed-token', 'a'.repeat(300), 422, 'FEED_INVALID'],
];
for (const [what, token, feed, status, code] of doors) {
  test(`${what}: ${status} ${code}`, async () => {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const url = `${door.url}/v1/feeds/${feed}/events`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(good) });
    const body = (await answer.json()) as { code: string };
    assert.deepEqual([answer.status, body.code], [status, code]);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.equal(answer.headers.has('www-authenticate'), status === 401);
  });
}

test('with auto feeds off an undeclared feed is refused', async () => {
  const closed = await startDoor({ autoFeeds: 'off' });
  try {
    const answer = await closed.post(good);
    assert.deepEqual([answer.status, answer.body.code], [403, 'FEED_UNKNOWN']);
  } finally {
    await closed.close();
  }
});

// [method, path, status, code]
const paths = [
  ['GET', '/v1/feeds/air/events', 405, 'METHOD_NOT_ALLOWED'],
  ['DELETE', '/healthz', 405, 'METHOD_NOT_ALLOWED'],
  ['POST', '/api/v2/write?bucket=air', 404, 'NOT_BUILT'],
  ['POST', '/v1/feeds/air/webhook', 404, 'NOT_BUILT'],
  ['POST', '/open311/v2/requests.json', 404, 'NOT_BUILT'],
  ['GET', '/nothing', 404, 'NOT_FOUND'],
] as const;
for (const [method, path, status, code] of paths) {
  test(`${method} ${path}: ${status} ${code}`, async () => {
    const answer = await fetch(door.url + path, { method });
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [status, code]);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    if (status === 405) assert(answer.headers.get('allow'));
  });
}

const failures: readonly (readonly [string, HaidangError, number, string])[] = [
  ['a full log', new LogFullError('full'), 429, 'LOG_FULL'],
  ['a broker that does not confirm', new LogUnavailableError('gone'), 503, 'LOG_UNAVAILABLE'],
];
for (const [what, error, status, code] of failures) {
  test(`${what}: ${status} ${code} with Retry-After, and the rows pass when they come again`, async () => {
    door.log.failWith = error;
    const answer = await door.post([good, { value: 'bad' }]);
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
    assert(Number(answer.headers.get('retry-after')) > 0);
    door.log.failWith = null;
    const again = await door.post([good]);
    assert.deepEqual([again.status, again.body.accepted, again.body.duplicate], [200, 1, 0]);
  });
}

test('while the broker is away requests are refused at once with 503, and readiness says so', async () => {
  door.connection.ready = false;
  const answer = await door.post(good);
  assert.deepEqual([answer.status, answer.body.code], [503, 'LOG_UNAVAILABLE']);
  assert.equal((await fetch(`${door.url}/readyz`)).status, 503);
  assert.equal((await fetch(`${door.url}/healthz`)).status, 200);
});

test('health names the durability mode; metrics count accepted, duplicate and quarantined rows', async () => {
  await door.post([good, good, { ...good, quality: 'fine' }]);
  assert.deepEqual(await (await fetch(`${door.url}/healthz`)).json(), {
    ...{ status: 'ok', role: 'ingest', durability: 'relaxed' },
  });
  const text = await (await fetch(`${door.url}/metrics`)).text();
  assert.match(text, /haidang_ingest_accepted_total\{feed="air"\} 1\n/);
  assert.match(text, /haidang_ingest_duplicate_total\{feed="air"\} 1\n/);
  assert.match(text, /haidang_ingest_quarantined_total\{code="QUALITY_UNKNOWN"\} 1\n/);
  assert.match(text, /haidang_ingest_waiting_bytes 0\n/);
});

/** Sends bytes as they are and returns what comes back until the other side closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

const head = 'POST /v1/feeds/air/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer any-feed-token\r\n';
const twice = (header: string): string => `${head}${header}\r\n${header}\r\nContent-Length: 2\r\n\r\n{}`;
// [what, request] (B14)
const smuggled = [
  ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
  ['a length beside chunks', `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['a length that is no number', `${head}Content-Length: two\r\n\r\n{}`],
  [
    'a broken chunk',
    `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`,
  ],
  [
    'two content types',
    `${head}Content-Type: application/json\r\nContent-Type: text/csv\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  ['two content types that agree', twice('Content-Type: application/json')],
  ['two hosts', `${head}Host: y\r\nContent-Length: 2\r\n\r\n{}`],
  ['no host', `${head.replace('Host: x\r\n', '')}Content-Length: 2\r\n\r\n{}`],
  ['two tokens', `${head}Authorization: Bearer other\r\nContent-Length: 2\r\n\r\n{}`],
  ['two encodings', twice('Content-Encoding: identity')],
  ['a transfer coding that is not undone', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['a header that is folded', `${head}X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}`],
] as const;
for (const [what, request] of smuggled) {
  test(`${what}: 400 as a problem, and the connection is closed`, async () => {
    const answer = await raw(door.port, request);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /application\/problem\+json/);
    assert.match(answer, /"code":"REQUEST_MALFORMED"/);
  });
}

test('an expectation that nobody knows does not keep a request from its answer', async () => {
  const body = JSON.stringify(good);
  const rest = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const answer = await raw(door.port, `${head}Connection: close\r\nExpect: 200-maybe\r\n${rest}`);
  assert.match(answer, /^HTTP\/1\.1 200 [^]*"accepted":1/);
});

test('a token beyond its quota is told 429 with Retry-After, before and after its body; others are not (B47)', async () => {
  const bounded = await startDoor({ airQuota: { rowsPerSecond: 10, burstSeconds: 1 } });
  try {
    const rows = Array.from({ length: 40 }, (_, value) => ({ ...good, value }));
    const air = { token: airToken };
    assert.equal((await bounded.post(rows, air)).body.accepted, 40);
    const answer = await bounded.post(good, air);
    assert.deepEqual([answer.status, answer.body.code], [429, 'QUOTA_EXCEEDED']);
    assert.match(answer.headers.get('retry-after') ?? '', /^[23]$/);
    assert.equal((await bounded.post({ ...good, value: 41 })).body.accepted, 1);
    const text = await (await fetch(`${bounded.url}/metrics`)).text();
    assert.match(text, /haidang_ingest_refused_total\{code="QUOTA_EXCEEDED"\} 1\n/);
  } finally {
    await bounded.close();
  }
});

test('a body that cannot be read costs its bytes', async () => {
  const bounded = await startDoor({ airQuota: { bytesPerSecond: 100, burstSeconds: 1 } });
  try {
    const answers = [];
    for (let tries = 0; tries < 3; tries += 1) {
      answers.push((await bounded.post('x'.repeat(500), { token: airToken })).status);
    }
    assert.deepEqual(answers, [400, 429, 429]);
  } finally {
    await bounded.close();
  }
});

test('bodies that are being read are bounded: one more is told 429, and may come when the others are gone', async () => {
  const slow = Array.from({ length: bodiesBytesMax / bodyBytesMax }, () => {
    const socket = connect(door.port, '127.0.0.1');
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${bodyBytesMax}\r\n\r\n[`);
    return socket;
  });
  let answer = await door.post(good);
  for (let tries = 0; answer.status === 200 && tries < 200; tries += 1) answer = await door.post(good);
  assert.deepEqual([answer.status, answer.body.code], [429, 'QUEUE_FULL']);
  for (const socket of slow) socket.destroy();
  for (let tries = 0; answer.status !== 200 && tries < 200; tries += 1) answer = await door.post(good);
  assert.equal(answer.status, 200);
});

test('a body that does not come whole in time is answered 408 (B15)', async () => {
  const impatient = await startDoor({ requestTimeoutMs: 300 });
  try {
    const answer = await raw(
      impatient.port,
      `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a`,
    );
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(answer, /"code":"REQUEST_TIMEOUT"/);
  } finally {
    await impatient.close();
  }
});
