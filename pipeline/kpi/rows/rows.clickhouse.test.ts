import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import type { TestClickhouse } from '../../../fixtures/servers/clickhouse.ts';
import { decodeBatch } from '../../model/batch/batch.ts';
import type { Batch } from '../../model/batch/batch.ts';
import { BatchBuilder } from '../../model/batch/batch-builder.ts';
import { reframe } from '../../model/batch/reframe.ts';
import { EVENT_KINDS } from '../../model/subsystem.ts';
import type { EventKind } from '../../model/subsystem.ts';
import { insertArrow, selectRows } from '../../store/connect-store.ts';
import { insertColumns, TABLE_OF_KIND } from '../../store/event-tables.ts';
import { migrate } from '../../store/migrate.ts';
import type { RowNumber, RowText, RowTexts } from '../../window/group/row-program.ts';
import { RULES } from '../windows/windows-testing.ts';
import { ROW_FIELDS } from './fields.ts';
import { readKey, readText } from './read/read-key.ts';
import { readNumber } from './read/read-number.ts';
import { readTest } from './read/read-test.ts';
import { readTime } from './read/read-time.ts';
import { rowScope } from './row-scope.ts';
import type { RowScope } from './row-scope.ts';
import { drawsOf, INSTANTS, ODD_ATTRIBUTES, ODD_NUMBERS, ODD_TEXTS } from './rows-testing.ts';
import { randomEvents, TEST_REGISTRY } from './rows-testing.ts';
import type { Draw } from './rows-testing.ts';
import { periodNests } from './statistic-period.ts';

const rowsPerKind = 700;
const testsPerKind = 150;
const columnsPerQuery = 50;
/** Versions, so that no row is left out because another is newer or says that it was deleted. */
const VIEWS = { measurement: 'measurements', case: 'case_versions', post: 'post_versions', alert: 'alerts' };

let engine: TestClickhouse;
const batches = new Map<EventKind, Batch>();

beforeAll(async () => {
  engine = await startClickhouse();
  await migrate(engine.client, { durability: 'relaxed', cluster: undefined });
  for (const kind of EVENT_KINDS) {
    const builder = new BatchBuilder(kind);
    for (const event of randomEvents(kind, rowsPerKind, drawsOf(766))) builder.add(event);
    const batch = decodeBatch(kind, builder.finish());
    batches.set(kind, batch);
    const table = TABLE_OF_KIND[kind];
    const bytes = reframe(kind, [{ batch, subsystem: 'environment', position: 1, rows: null }]);
    await insertArrow(engine.client, { table, columns: insertColumns(table) }, bytes);
  }
});
afterAll(async () => {
  await engine.stop();
});

/** A program of a test: how it is written, its SQL, and what the batch says of a row. */
interface Compared {
  readonly written: string;
  readonly sql: string;
  of(row: number): unknown;
}

function batchOf(kind: EventKind): Batch {
  return batches.get(kind)!;
}

function strictScope(kind: EventKind): RowScope {
  return rowScope({
    kind,
    registry: TEST_REGISTRY,
    complain: (path, reason, hint) => {
      throw new Error(`${path.join('.')}: ${reason} (${hint})`);
    },
  });
}

async function compare(kind: EventKind, programs: readonly Compared[]): Promise<void> {
  for (let first = 0; first < programs.length; first += columnsPerQuery) {
    const some = programs.slice(first, first + columnsPerQuery);
    const columns = some.map(({ sql }, index) => `${sql} AS c${String(index)}`);
    const rows = await selectRows<unknown[]>(
      engine.client,
      `SELECT ${columns.join(',\n')} FROM ${VIEWS[kind]} ORDER BY event_id`,
    );
    expect(rows).toHaveLength(rowsPerKind);
    for (const [column, { written, of }] of some.entries()) {
      const differing = rows.flatMap((cells, row) => {
        const mine = of(row);
        return JSON.stringify(mine) === JSON.stringify(cells[column])
          ? []
          : [{ row, mine, sql: cells[column] }];
      });
      expect({ written, differing: differing.slice(0, 3) }).toEqual({ written, differing: [] });
    }
  }
}

/** Numbers as the bits of a double: no printing of decimals stands between. */
function number(written: unknown, { sql, bind }: RowNumber, kind: EventKind): Compared {
  const of = bind(batchOf(kind));
  return {
    written: JSON.stringify(written),
    sql: `toString(reinterpretAsUInt64(toFloat64(${sql})))`,
    of(row) {
      const value = of(row);
      return Number.isNaN(value) ? null : new BigUint64Array(Float64Array.of(value).buffer)[0]?.toString();
    },
  };
}

function text(written: string, { sql, bind }: RowText | RowTexts, kind: EventKind): Compared {
  return { written, sql, of: bind(batchOf(kind)) };
}

const TIMES: readonly unknown[] = [
  'openedAt',
  { earliest: ['completedAt', 'dueAt'] },
  { latest: ['completedAt', 'dueAt', { field: 'respondedAt', minus: '2h' }] },
  { earliest: ['completedAt', { latest: ['dueAt', 'newDueAt'] }, 'closedAt'] },
  { field: { earliest: ['dueAt', 'newDueAt'] }, plus: '15m' },
];

const NUMBERS: readonly string[] = [
  'attributes.n',
  'minutesBetween(openedAt, respondedAt)',
  'hoursBetween(dueAt, completedAt) / daysBetween(openedAt, dueAt)',
  'rating * rating * rating',
  '1 / (1 / (rating - rating))',
  '-rating + 0.1 * latitude / attributes.n',
  '5000000000 * 5000000000 * 5000000000 - rating',
];

/** A condition that reads well, of any shape. */
function randomTest(kind: EventKind, draw: Draw, depth: number): unknown {
  if (depth > 0 && draw.below(3) === 0) {
    const parts = Array.from({ length: 1 + draw.below(3) }, () => randomTest(kind, draw, depth - 1));
    return draw.of([{ any: parts }, { all: parts }, { not: parts[0] }]);
  }
  const said = Array.from({ length: 1 + draw.below(2) }, () => randomEntry(kind, draw));
  return Object.fromEntries(said);
}

function randomEntry(kind: EventKind, draw: Draw): [string, unknown] {
  const { of } = draw;
  const listed = (items: readonly unknown[]): unknown =>
    of([of(items), [of(items), of(items), of(items)], { not: of(items) }, { not: [of(items), of(items)] }]);
  if (draw.below(6) === 0) {
    const level = of(['area', 'area.commune', 'area.district', 'area.province']);
    const areas = [...TEST_REGISTRY.areas.values()].filter(
      (area) => level === 'area' || level.endsWith(area.level),
    );
    return [level, of([listed(areas.map(({ id }) => id)), { exists: of([true, false]) }])];
  }
  if (kind === 'case' && draw.below(3) === 0) {
    const name = `attributes.${of(ODD_ATTRIBUTES)}`;
    const pool = of<readonly unknown[]>([ODD_TEXTS, ODD_NUMBERS, [true, false]]);
    const one = of([of(pool), { not: of(pool) }, { exists: of([true, false]) }, { gte: of(ODD_NUMBERS) }]);
    return [name, one];
  }
  const field = of([...ROW_FIELDS[kind].values()].filter(({ name }) => name !== 'area'));
  const others = [...ROW_FIELDS[kind].values()].filter(({ type }) => type === field.type);
  if (draw.below(5) === 0) return [field.name, { exists: of([true, false]) }];
  const sign = of(['is', 'not', 'lt', 'lte', 'gt', 'gte']);
  switch (field.type) {
    case 'text': {
      const start = of(ODD_TEXTS).slice(0, 1);
      if (field.choices === null && /^\P{Surrogate}/u.test(start) && draw.below(4) === 0) {
        return [field.name, { startsWith: start }];
      }
      return [field.name, listed(field.choices ?? [...ODD_TEXTS, 'e1', 'f1', 'vi', '2026-11', '000005'])];
    }
    case 'texts':
      return [
        field.name,
        of([of(ODD_TEXTS), { contains: [of(ODD_TEXTS), of(ODD_TEXTS)] }, { not: of(ODD_TEXTS) }]),
      ];
    case 'number':
      return [
        field.name,
        of([listed(ODD_NUMBERS), { [sign]: of(ODD_NUMBERS) }, { [sign]: of(others).name }]),
      ];
    case 'time': {
      const instant = new Date(of(INSTANTS)).toISOString();
      const shifted = { field: of(others).name, plus: of(['1h', '4h', '1s']) };
      return [field.name, { [sign]: of([instant, of(others).name, shifted]) }];
    }
  }
}

describe.each(EVENT_KINDS)('of a %s, the batch and the engine say the same', (kind) => {
  it('of each of its fields', async () => {
    const scope = strictScope(kind);
    const programs = [...ROW_FIELDS[kind].values()].map(({ name, type }) => {
      if (type === 'time') return number(name, readTime(name, [], scope)!, kind);
      if (type === 'number') return number(name, readNumber(name, [], scope)!, kind);
      if (type === 'texts') return text(name, readKey(name, [], scope)!.value, kind);
      return text(name, readText(name, [], scope)!, kind);
    });
    await compare(kind, programs);
  });

  it('of its area at every level', async () => {
    const scope = strictScope(kind);
    const names = ['area', 'area.commune', 'area.district', 'area.province'];
    await compare(
      kind,
      names.map((name) => text(name, readKey(name, [], scope)!.value, kind)),
    );
  });

  it('of random conditions', async () => {
    const draw = drawsOf(2025);
    const scope = strictScope(kind);
    const seen = { yes: 0, no: 0 };
    const programs = Array.from({ length: testsPerKind }, (): Compared => {
      const yaml = randomTest(kind, draw, 2);
      const test = readTest(yaml, [], scope)!;
      const passes = test.bind(batchOf(kind));
      for (let row = 0; row < rowsPerKind; row++) seen[passes(row) ? 'yes' : 'no'] += 1;
      return { written: JSON.stringify(yaml), sql: test.sql, of: (row) => Number(passes(row)) };
    });
    await compare(kind, programs);
    const share = seen.yes / (seen.yes + seen.no);
    expect(share > 0.1 && share < 0.9, `a share of ${String(share)} holds`).toBe(true);
  });
});

describe('of a measurement, the batch and the engine say the same', () => {
  it('of the times of its period, and whether it nests in each kind of window', async () => {
    const scope = strictScope('measurement');
    const times = ['periodStart', 'periodEnd'].map((name) => {
      return number(name, readTime(name, [], scope)!, 'measurement');
    });
    const nested = RULES.map(([name, rule]): Compared => {
      const { sql, bind } = periodNests(rule);
      const passes = bind(batchOf('measurement'));
      return { written: name, sql, of: (row) => Number(passes(row)) };
    });
    await compare('measurement', [...times, ...nested]);
  });
});

describe('of a case, the batch and the engine say the same', () => {
  it('of times that are chosen, shifted and absent', async () => {
    const scope = strictScope('case');
    await compare(
      'case',
      TIMES.map((yaml) => number(yaml, readTime(yaml, [], scope)!, 'case')),
    );
  });

  it('of arithmetic, absent and infinite results among it', async () => {
    const scope = strictScope('case');
    await compare(
      'case',
      NUMBERS.map((yaml) => number(yaml, readNumber(yaml, [], scope)!, 'case')),
    );
  });

  it('of attributes as texts, numbers and flags', async () => {
    const programs = ODD_ATTRIBUTES.flatMap((name): Compared[] => {
      const full = `attributes.${name}`;
      const declared = rowScope({ ...strictScope('case'), attributes: new Map([[name, 'number']]) });
      const flag = readTest({ [full]: true }, [], strictScope('case'))!;
      const passes = flag.bind(batchOf('case'));
      return [
        text(full, readText(full, [], strictScope('case'))!, 'case'),
        number(full, readNumber(full, [], declared)!, 'case'),
        { written: full, sql: flag.sql, of: (row) => Number(passes(row)) },
      ];
    });
    await compare('case', programs);
  });
});
