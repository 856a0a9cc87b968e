import { strict as assert } from 'node:assert';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

import {
  Dictionary,
  Float64,
  Int32,
  type RecordBatch,
  RecordBatchStreamWriter,
  Table,
  tableFromIPC,
  TimestampMillisecond,
  Uint64,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { afterAll, beforeAll, test } from 'vitest';

import { startClickhouse, type TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';

let clickhouse: TestClickhouse;
beforeAll(async () => {
  clickhouse = await startClickhouse();
}, 30_000);
afterAll(async () => {
  assert.equal(await clickhouse.stop(), 0);
});

const post = (
  query: string,
  body: string | Buffer | ArrayBuffer,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${clickhouse.url}/?query=${encodeURIComponent(query)}`, {
    method: 'POST',
    body,
    headers: { 'X-ClickHouse-User': clickhouse.user, 'X-ClickHouse-Key': clickhouse.password, ...headers },
  });

const select = async (query: string): Promise<string> => {
  const answer = await post(query, '');
  assert.equal(answer.status, 200);
  return answer.text();
};

const columns =
  "id UInt64, name Nullable(String), place LowCardinality(String), at DateTime64(3, 'UTC'), " +
  'value Nullable(Float64), note String DEFAULT concat(place, toString(id))';

async function createTable(name: string): Promise<void> {
  const query = `CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY id`;
  await clickhouse.client.command({ query });
}

// One type for all batches: with another dictionary id the writer would begin a second stream.
const placeType = new Dictionary(new Utf8(), new Int32(), 7);

function rows(first: number, count: number, places: readonly string[]): Table {
  const ids = Array.from({ length: count }, (_, index) => first + index);
  return new Table({
    id: vectorFromArray(ids.map(BigInt), new Uint64()),
    name: vectorFromArray(
      ids.map((id) => (id % 3 === 0 ? null : `n${id}`)),
      new Utf8(),
    ),
    place: vectorFromArray(
      ids.map((id) => places[id % places.length] ?? ''),
      placeType,
    ),
    at: vectorFromArray(
      ids.map((id) => 1_700_000_000_000 + id),
      new TimestampMillisecond(),
    ),
    value: vectorFromArray(
      ids.map((id) => (id % 5 === 0 ? null : id / 4)),
      new Float64(),
    ),
  });
}

/** One stream of several record batches; a batch may replace the dictionary of the one before. */
async function arrowStream(tables: readonly Table[]): Promise<Buffer> {
  const writer = new RecordBatchStreamWriter();
  const batches: RecordBatch[] = tables.flatMap((table) => table.batches);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return Buffer.from(await writer.toUint8Array());
}

test('an ArrowStream of several record batches is stored value for value', async () => {
  await createTable('arrow_rows');
  const body = await arrowStream([
    rows(0, 1000, ['vt', 'br']),
    rows(1000, 1000, ['đất đỏ', 'côn đảo', 'vt']),
  ]);
  const answer = await post('INSERT INTO arrow_rows (id, name, place, at, value) FORMAT ArrowStream', body);
  assert.equal(await answer.text(), '');
  assert.match(answer.headers.get('x-clickhouse-summary') ?? '', /"written_rows":"2000"/);
  const got = await select(
    'SELECT id, name, place, toUnixTimestamp64Milli(at) AS at, value, note FROM arrow_rows ORDER BY id FORMAT JSONEachRow',
  );
  const expected = Array.from({ length: 2000 }, (_, id) => {
    const places = id < 1000 ? ['vt', 'br'] : ['đất đỏ', 'côn đảo', 'vt'];
    const place = places[id % places.length] ?? '';
    return {
      ...{ id, name: id % 3 === 0 ? null : `n${id}`, place, at: 1_700_000_000_000 + id },
      ...{ value: id % 5 === 0 ? null : id / 4, note: `${place}${id}` },
    };
  });
  const parsed = got
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as (typeof expected)[number]);
  assert.deepEqual(parsed, expected);
});

test('two Arrow streams in one body are refused, since the engine would read only the first', async () => {
  await createTable('arrow_twice');
  const one = await arrowStream([rows(0, 10, ['a'])]);
  const query = 'INSERT INTO arrow_twice (id, name, place, at, value) FORMAT ArrowStream';
  const answer = await post(query, Buffer.concat([one, one]));
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /^Code: 33\. .*must be one Arrow stream: \d+ bytes follow/);
  assert.equal(await (await post(query, one)).text(), '');
  assert.match(await (await post(query, one.subarray(0, 700))).text(), /^Code: \d+/);
  assert.match(await (await post(query, 'no Arrow at all')).text(), /^Code: \d+/);
  assert.equal(await select('SELECT count() FROM arrow_twice'), '10\n');
});

test('rows come back as an ArrowStream that apache-arrow reads', async () => {
  await createTable('arrow_back');
  await post(
    'INSERT INTO arrow_back (id) FORMAT ArrowStream',
    await arrowStream([rows(0, 500, ['a']).select(['id'])]),
  );
  const answer = await fetch(
    `${clickhouse.url}/?output_format_arrow_compression_method=none&query=` +
      encodeURIComponent('SELECT id, note FROM arrow_back ORDER BY id FORMAT ArrowStream'),
    { headers: { 'X-ClickHouse-User': clickhouse.user, 'X-ClickHouse-Key': clickhouse.password } },
  );
  const table = tableFromIPC(new Uint8Array(await answer.arrayBuffer()));
  assert.equal(table.numRows, 500);
  assert.equal(table.get(499)?.['id'], 499n);
});

// [format, body]
const textBodies = [
  ['JSONEachRow', '{"id":1,"place":"a"}\n{"id":2,"place":"b"}\n'],
  [
    'JSONCompactEachRow',
    '[1,null,"a","2026-01-01 00:00:00.000",null,"x"]\n[2,null,"b","2026-01-01 00:00:00.000",1,"y"]\n',
  ],
  ['CSV', '1,"n","a","2026-01-01 00:00:00.000",\\N,"x"\n2,"n","b","2026-01-01 00:00:00.000",1,"y"\n'],
  ['CSVWithNames', '"id","place"\n1,"a"\n2,"b"\n'],
  ['TabSeparated', '1\t\\N\ta\t2026-01-01 00:00:00.000\t\\N\tx\n2\t\\N\tb\t2026-01-01 00:00:00.000\t1\ty\n'],
  ['Values', "(1, NULL, 'a', '2026-01-01 00:00:00.000', NULL, 'x'), (2, NULL, 'b', '2026-01-01', 1, 'y')"],
] as const;
for (const [format, body] of textBodies) {
  test(`a body of ${format} is stored, from the client's URL form and from curl's one text`, async () => {
    const name = `text_${format}`;
    await createTable(name);
    assert.equal(await (await post(`INSERT INTO ${name} FORMAT ${format}`, body)).text(), '');
    assert.equal(await (await post('', `INSERT INTO ${name} FORMAT ${format}\n${body}`)).text(), '');
    assert.equal(await select(`SELECT sum(id), uniqExact(place), count() FROM ${name}`), '6\t2\t4\n');
  });
}

test('Native and RowBinary bodies are stored byte for byte', async () => {
  for (const format of ['Native', 'RowBinary', 'Parquet']) {
    await clickhouse.client.command({
      query: `CREATE TABLE bin_${format} (id UInt64, blob String) ENGINE = MergeTree ORDER BY id`,
    });
    const made = await post(
      `SELECT number AS id, unhex(hex(sipHash64(number))) AS blob FROM numbers(1000) FORMAT ${format}`,
      '',
    );
    const body = await made.arrayBuffer();
    assert.equal(await (await post(`INSERT INTO bin_${format} FORMAT ${format}`, body)).text(), '');
    assert.equal(
      await select(`SELECT count(), countIf(blob = unhex(hex(sipHash64(id)))) FROM bin_${format}`),
      '1000\t1000\n',
    );
  }
});

test('one bad row refuses the insert, names the row and no file, and stores nothing', async () => {
  await createTable('bad_rows');
  const body = '{"id":1}\n{"id":"zz"}\n{"id":3}\n';
  const answer = await post('INSERT INTO bad_rows FORMAT JSONEachRow', body);
  const text = await answer.text();
  assert.equal(answer.status, 400);
  assert.match(text, /^Code: 27\. DB::Exception: Cannot parse input/);
  assert.match(text, /\(at row 2\)/);
  assert.doesNotMatch(text, /\.body|shm|INFILE|While executing File/);
  assert.equal(await select('SELECT count() FROM bad_rows'), '0\n');
});

test('VALUES with parameters, INSERT SELECT and an empty body do what ClickHouse does', async () => {
  await createTable('other_ways');
  await clickhouse.client.command({
    query: 'INSERT INTO other_ways (id, name) VALUES (1, {n:String}), (2, {n:String})',
    query_params: { n: "it's" },
  });
  await clickhouse.client.command({ query: 'INSERT INTO other_ways (id) SELECT number + 3 FROM numbers(2)' });
  assert.equal((await post('INSERT INTO other_ways FORMAT JSONEachRow', '')).status, 200);
  assert.equal(
    await select("SELECT count(), sum(id), countIf(name = 'it\\'s') FROM other_ways"),
    '4\t10\t2\n',
  );
});

test('the settings and the token of an insert reach the engine', async () => {
  await clickhouse.client.command({
    query:
      'CREATE TABLE once (id UInt32) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100',
  });
  for (const token of ['a', 'a', 'b']) {
    await clickhouse.client.insert({
      table: 'once',
      values: [{ id: 1 }],
      format: 'JSONEachRow',
      clickhouse_settings: { insert_deduplication_token: token },
    });
  }
  await post("INSERT INTO once SETTINGS insert_deduplication_token = 'b' FORMAT CSV", '7\n');
  assert.equal(await select('SELECT groupArray(id) FROM once'), '[1,1]\n');
});

test('a gzip body, a stream of 40 MB and a text without Content-Length are stored whole', async () => {
  await clickhouse.client.command({
    query: 'CREATE TABLE big (a UInt64, b String) ENGINE = MergeTree ORDER BY a',
  });
  const line = 'x'.repeat(390);
  const chunk = Array.from({ length: 10_000 }, (_, index) => `${index}\t${line}\n`).join('');
  const stream = Readable.from(
    Array.from({ length: 10 }, () => chunk),
    { objectMode: false },
  );
  const inserted = await clickhouse.client.insert({ table: 'big', values: stream, format: 'TabSeparated' });
  assert.equal(inserted.summary?.written_rows, '100000');
  const zipped = await post('INSERT INTO big FORMAT TSV', gzipSync(chunk), { 'Content-Encoding': 'gzip' });
  assert.equal(await zipped.text(), '');
  assert.equal(await select('SELECT count(), sum(length(b)) FROM big'), `110000\t${110_000 * 390}\n`);
  const cut = await post('INSERT INTO big FORMAT TSV', gzipSync(chunk).subarray(0, 500), {
    'Content-Encoding': 'gzip',
  });
  assert.match(await cut.text(), /^Code: 354\./);
  assert.equal(await select('SELECT count() FROM big'), '110000\n');
});

test('an insert leaves no file behind, whether it succeeds or fails', async () => {
  await createTable('tidy');
  await post('INSERT INTO tidy FORMAT JSONEachRow', '{"id":1}');
  await post('INSERT INTO tidy FORMAT JSONEachRow', '{"id":');
  await post('INSERT INTO nowhere FORMAT JSONEachRow', '{"id":1}');
  const disk = readdirSync(join(clickhouse.home, 'run', 'clickhouse-bodies'));
  const memory = `/dev/shm/haidang-${process.getuid?.() ?? 0}-${clickhouse.pid}`;
  const inMemory = existsSync('/dev/shm') ? readdirSync(memory) : [];
  assert.deepEqual([...disk, ...inMemory], []);
});
