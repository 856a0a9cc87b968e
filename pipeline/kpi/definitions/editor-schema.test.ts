import { readdirSync, readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editorSchema } from './editor-schema.ts';

const packs = new URL('../../packs/', import.meta.url);

describe('the schema for editors', () => {
  it('stands beside the packs as `haidang kpi schema` prints it', () => {
    const file: unknown = JSON.parse(readFileSync(new URL('pack.schema.json', packs), 'utf8'));
    const printed: unknown = JSON.parse(JSON.stringify(editorSchema()));
    expect(file, 'run: npx haidang kpi schema > pipeline/packs/pack.schema.json').toEqual(printed);
  });

  it('is named by every pack, and takes it', () => {
    const check = Compile(editorSchema());
    for (const name of readdirSync(packs).filter((file) => file.endsWith('.yaml'))) {
      const text = readFileSync(new URL(name, packs), 'utf8');
      expect(text.split('\n')[0], name).toBe('# yaml-language-server: $schema=pack.schema.json');
      expect([...check.Errors(parse(text))].slice(0, 3), name).toEqual([]);
    }
  });

  it('refuses a key of a kind that has no such field, and an unknown word', () => {
    const check = Compile(editorSchema());
    const [first] = parse(readFileSync(new URL('environment.yaml', packs), 'utf8')) as object[];
    expect(check.Check([first])).toBe(true);
    expect(check.Check([{ ...first, by: ['agency'] }])).toBe(false);
    expect(check.Check([{ ...first, from: 'case', by: ['agency'] }])).toBe(true);
    expect(check.Check([{ ...first, unti: '%' }])).toBe(false);
    expect(check.Check({ kpis: [first] })).toBe(true);
  });

  it('tells a definition over other KPIs by its own form', () => {
    const check = Compile(editorSchema());
    const pack = parse(readFileSync(new URL('tourism.yaml', packs), 'utf8')) as { from: string }[];
    const derived = pack.find(({ from }) => from === 'kpi');
    expect(check.Check([derived])).toBe(true);
    expect(check.Check([{ ...derived, measures: { a: { count: {} } } }])).toBe(false);
    expect(check.Check([{ ...derived, from: 'case' }])).toBe(false);
  });
});
