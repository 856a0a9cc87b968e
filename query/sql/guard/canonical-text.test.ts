import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { plainText, takeApart } from './canonical-text.ts';

const withoutComments = [
  ['SELECT 1 /* a * b ** */ + 2', 'SELECT 1   + 2'],
  ['-- first\nSELECT 1 -- last', ' SELECT 1  '],
  ['/* tool */ SELECT 1 /**/', '  SELECT 1  '],
  ["SELECT '/* no */', '-- no' -- it's", "SELECT '/* no */', '-- no'  "],
  ['SELECT "id", `id` FROM "haidang"."kpis"', 'SELECT "id", `id` FROM "haidang"."kpis"'],
] as const;
for (const [text, plain] of withoutComments) {
  test(`${JSON.stringify(text)} is read as ${JSON.stringify(plain)}`, () => {
    assert.equal(plainText(text), plain);
  });
}

const unclear = [
  'SELECT 1 /* open',
  'SELECT 1 /* a */ b */ ; c */',
  'SELECT 1 /*/ 2',
  "SELECT 'a /* \\' */ b'",
  'SELECT "a b"',
  'SELECT `a``b`',
  'SELECT "open',
  'SELECT 1 # comment',
  'SELECT $$x$$',
  'SELECT 1; SELECT 2',
  'INSERT INTO x SELECT 1',
  '/* SELECT */ DROP TABLE x',
  'SELECT * APPLY(toString) FROM kpis',
  'SELECT * "APPLY"/**/ APPLY/**/(toString) FROM kpis',
];
for (const text of unclear) {
  test(`${JSON.stringify(text)} is left to the engine's formatter`, () => {
    assert.equal(plainText(text), undefined);
  });
}

test('a long text with many comments is read at once', () => {
  const text = `SELECT 1 ${"/* * / */ + 1 -- x\n + '--' ".repeat(8_000)}`;
  assert.equal(plainText(text)?.includes('* /'), false);
});

test('the database is replaced under its quoted name, and only where a view follows', () => {
  const text = 'SELECT "haidang", "haidang"."x" FROM "haidang"."kpis", `haidang`.kpis';
  assert.equal(
    takeApart(text, 'haidang_public').sql,
    'SELECT "haidang", "haidang"."x" FROM haidang_public."kpis", haidang_public.kpis',
  );
});
