import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { StatementError, toStatementError } from '../problem.ts';
import { parseStatement } from './statement.ts';

// [statement, kind, text sent to the engine, format]
const reads = [
  ['SELECT 1', 'SELECT 1', undefined],
  ['SELECT 1 FORMAT JSON', 'SELECT 1 ', 'JSON'],
  ['select 1 format TSV;  ', 'select 1 ', 'TSV'],
  ['SELECT 1\n-- FORMAT JSON\n', 'SELECT 1', undefined],
  ["SELECT ' FORMAT JSON'", "SELECT ' FORMAT JSON'", undefined],
  ['SELECT 1 AS format', 'SELECT 1 AS format', undefined],
  ['SELECT format FROM t', 'SELECT format FROM t', undefined],
  ['SELECT t.format FROM t', 'SELECT t.format FROM t', undefined],
  ['(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV', '(SELECT 1) UNION ALL (SELECT 2) ', 'CSV'],
  ['SHOW TABLES', 'SHOW TABLES', undefined],
  ['SELECT $x$ ; FORMAT JSON $x$', 'SELECT $x$ ; FORMAT JSON $x$', undefined],
] as const;

for (const [text, sent, format] of reads) {
  test(`a read is cut before its FORMAT clause: ${JSON.stringify(text)}`, () => {
    const statement = parseStatement(text);
    assert.equal(statement.kind, 'read');
    assert.deepEqual(statement.kind === 'read' && [statement.text, statement.format], [sent, format]);
  });
}

test('the SETTINGS after FORMAT stay with the statement', () => {
  const statement = parseStatement('SELECT 1 FORMAT JSON SETTINGS max_threads = 1');
  assert.equal(statement.kind === 'read' && statement.settings, 'SETTINGS max_threads = 1');
});

test('an insert gives its target, settings, format and where the data begins', () => {
  const text = 'INSERT INTO `a b` (x, `format`) SETTINGS a=1 FORMAT JSONEachRow\n{"x":"it\'s"}';
  const statement = parseStatement(text);
  assert.equal(statement.kind, 'insert');
  if (statement.kind !== 'insert') return;
  assert.equal(statement.target, 'INSERT INTO `a b` (x, `format`) ');
  assert.equal(statement.settings, 'SETTINGS a=1 ');
  assert.equal(text.slice(statement.dataStart), '{"x":"it\'s"}');
});

const commands = [
  'INSERT INTO t SELECT 1',
  "INSERT INTO t VALUES (1, 'FORMAT CSV')",
  'WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x',
  'CREATE TABLE t (a Int8) ENGINE = Memory',
  'KILL QUERY WHERE 1',
];
for (const text of commands) {
  test(`is a command: ${text}`, () => assert.equal(parseStatement(text).kind, 'command'));
}

test('SET and USE have no effect, as over HTTP without a session', () => {
  assert.deepEqual([parseStatement('SET a=1').kind, parseStatement('use db').kind], ['nothing', 'nothing']);
});

test('placeholders are found outside strings and comments only', () => {
  const statement = parseStatement(
    "SELECT {a:UInt8}, '{b:UInt8}', {c : Array(String)} /* {d:Int8} */, {a:UInt8}",
  );
  assert.deepEqual(statement.kind === 'read' && statement.placeholders, ['a', 'c']);
});

const refusals = [
  ['', 62],
  ['-- nothing', 62],
  ['SELECT 1; DROP TABLE t', 62],
  ["SELECT 1 INTO OUTFILE '/tmp/x'", 48],
  ["SELECT \u201c'\u201d, 1 INTO OUTFILE '/tmp/x'", 48],
  ["SELECT 1 INTO/**/OUTFILE '/tmp/x' FORMAT CSV", 48],
  ["INSERT INTO t FROM INFILE '/etc/passwd' FORMAT LineAsString", 48],
  ['CREATE TEMPORARY TABLE t (a Int8)', 48],
] as const;
for (const [text, number] of refusals) {
  test(`refuses ${JSON.stringify(text)} with ${number}`, () => {
    assert.throws(
      () => parseStatement(text),
      (error) => error instanceof StatementError && error.number === number,
    );
  });
}

test('an error of the hand-over file reads as if the body had been parsed directly', () => {
  const wrapped = toStatementError(
    new Error(
      'Code: 27. DB::Exception: Code: 27. DB::Exception: Cannot parse input: (at row 2)\n' +
        ': (in file/uri /run/x.body): While executing ParallelParsingBlockInputFormat: ' +
        'While executing File: data for INSERT was parsed from file. (CANNOT_PARSE) (version 26.7). (CANNOT_PARSE)',
    ),
  );
  assert.equal(wrapped.number, 27);
  assert.equal(wrapped.errorName, 'CANNOT_PARSE');
  assert.equal(
    wrapped.message,
    'Cannot parse input: (at row 2)\n: While executing ParallelParsingBlockInputFormat',
  );
});
