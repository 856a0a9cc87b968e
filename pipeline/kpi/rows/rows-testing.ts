import type { Event, EventEnvelope } from '../../model/event.ts';
import { CASE_STATUSES, POST_ACTIONS, QUALITIES } from '../../model/event-schema.ts';
import type { Area, Entity, Registry } from '../../model/registry.ts';
import type { EventKind } from '../../model/subsystem.ts';

/** Chance of a test: the same seed gives the same draws. */
export interface Draw {
  below(bound: number): number;
  of<Item>(items: readonly Item[]): Item;
}

/** Draws by a seed (mulberry32). */
export function drawsOf(seed: number): Draw {
  let state = seed;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
  return { below, of: (items) => items[below(items.length)]! };
}

/** Texts that a definition may name and that a careless quoting would break. */
export const ODD_TEXTS = [
  ...['a', 'b', "it's", 'quo"te', 'back\\slash', 'trailing\\', '\\n', "\\'", "'", '\\', '%x_', '{p:String}'],
  ...[
    'Thắng Tam',
    'Bà Rịa-Vũng Tàu',
    'e\u0301',
    '😀',
    '😀 chợ',
    '𐐷',
    '\uFFFD',
    '\uFEFFbom',
    '\u00a0',
    '\uE000',
  ],
  ...['null', 'true', '5', '-- ', '/* */', '${x}', '? ', '`'],
] as const;

/** Attributes of the cases of a test; some are no plain words. */
export const ODD_ATTRIBUTES = [
  'n',
  't',
  'b',
  'phường',
  "it's",
  'a.b',
  '__proto__',
  'constructor',
  'x"y',
  'k\\',
];

/** Instants of a test; few, so that times are often equal. */
export const INSTANTS = [
  0, 1, 999, 86_399_999, 1_711_900_800_000, 1_711_904_400_000, 1_711_915_200_000,
].concat([1_711_918_800_000, 1_795_442_400_123, 4_260_211_199_999]);

const PERIODS = [
  '',
  '2026-11',
  '2026-12',
  '2024-02',
  '2026-Q1',
  '2026-Q4',
  '1970',
  '2024',
  '2105',
  '2024-02-29',
].concat(['1970-01-01', '2026-12-31', '2027-01-03']);

/** Numbers of a test. */
export const ODD_NUMBERS = [
  0,
  1,
  -1,
  4,
  5,
  0.1,
  0.3,
  1e-9,
  5e-324,
  1e21,
  2 ** 53 - 1,
  -123.456,
  1.7976931348623157e308,
];

const AREAS: readonly (readonly [string, Area['level'], string])[] = [
  ['ba-ria-vung-tau', 'province', ''],
  ['vung-tau', 'district', 'ba-ria-vung-tau'],
  ["d'2", 'district', 'ba-ria-vung-tau'],
  ['phuong-1', 'commune', 'vung-tau'],
  ['xã 2\\', 'commune', "d'2"],
  ['orphan', 'commune', 'ho-chi-minh'],
  ['loop', 'commune', 'loop'],
];

const ENTITIES: readonly (readonly [string, string])[] = [
  ['e1', 'phuong-1'],
  ["e'2", "d'2"],
  ['e3', ''],
  ['trạm 😀', 'nowhere'],
];

/** A small registry with every case of the hierarchy. */
export const TEST_REGISTRY: Pick<Registry, 'areas' | 'entities'> = {
  areas: new Map(AREAS.map(([id, level, parent]) => [id, { id, level, parent } as Area])),
  entities: new Map(ENTITIES.map(([id, area]) => [id, { id, area } as Entity])),
};

/** Events of one kind with odd and absent fields, each with its own id. */
export function randomEvents(kind: EventKind, count: number, draw: Draw): Event[] {
  return Array.from({ length: count }, (_, index) => randomEvent(kind, String(index).padStart(6, '0'), draw));
}

function randomEvent(kind: EventKind, id: string, draw: Draw): Event {
  const { of, below } = draw;
  const code = (): string => (below(4) === 0 ? '' : of(ODD_TEXTS));
  const text = (): string => of([...ODD_TEXTS, '', 'dòng 1\ndòng 2\t', '\u0000nul']);
  const time = (): number | null => (below(3) === 0 ? null : of(INSTANTS));
  const number = (): number | null => (below(3) === 0 ? null : of([...ODD_NUMBERS, below(1_000_000) / 7]));
  const version = below(2) * below(1_000_000_000_000);
  const base: EventEnvelope = {
    ...{ id, idHashHigh: below(2 ** 32), idHashLow: below(2 ** 32), contentHash: 1, idGiven: 1, extra: '' },
    ...{ feed: of(['f1', 'f2']), entity: of([...ENTITIES.map(([name]) => name), '', 'unknown']) },
    ...{ area: of([...AREAS.map(([name]) => name), '', 'unknown']), eventTime: of(INSTANTS) },
    ...{ receivedAt: of(INSTANTS), latitude: number(), longitude: number() },
  };
  switch (kind) {
    case 'measurement':
      return {
        ...{ ...base, kind, property: code(), value: number() ?? 7, unit: code(), quality: of(QUALITIES) },
        ...{ version, period: of(PERIODS) },
      };
    case 'case':
      return {
        ...{ ...base, kind, caseId: id, caseType: code(), status: of(CASE_STATUSES), openedAt: of(INSTANTS) },
        ...{ dueAt: time(), newDueAt: time(), respondedAt: time(), completedAt: time(), closedAt: time() },
        ...{ pauses: '', channel: code(), agency: code(), procedure: code(), rating: number(), version },
        attributes: attributesOf(draw, () => of([text(), of(INSTANTS), of(ODD_NUMBERS), true, false, null])),
      };
    case 'post':
      return {
        ...{ ...base, kind, platform: code(), postId: id, action: of(POST_ACTIONS), text: text(), version },
        ...{ language: of(['', 'vi', 'en']), sentiment: number(), reach: number(), author: of(['', 'Zm9v']) },
        topics: below(3) === 0 ? '' : JSON.stringify(Array.from({ length: below(5) }, () => of(ODD_TEXTS))),
      };
    case 'alert':
      return {
        ...{ ...base, kind, category: code(), signature: text(), severity: 1 + below(5), source: text() },
        ...{ target: text(), count: 1 + below(2 ** 32 - 1) },
      };
  }
}

function attributesOf(draw: Draw, value: () => unknown): string {
  if (draw.below(5) === 0) return '';
  const chosen = ODD_ATTRIBUTES.filter(() => draw.below(2) === 0);
  return JSON.stringify(Object.fromEntries(chosen.map((name) => [name, value()])));
}
