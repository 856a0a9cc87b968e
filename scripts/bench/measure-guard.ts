import { storeAddress } from './measure-storing.ts';
import type { BenchStack } from './bench-stack.ts';
import { percentile } from './statistics.ts';

/** Median times of one statement at each door, ms. */
export interface GuardTimes {
  readonly name: string;
  /** The engine's own interface, the same view. */
  readonly bare: number;
  /** `POST /v1/sql` and `/` with a text that the guard has judged before, and with one that it has not. */
  readonly sqlWarm: number;
  readonly sqlCold: number;
  readonly doorWarm: number;
  readonly doorCold: number;
  /** `POST /v1/sql` with a new text that the engine's formatter must make plain before its parser sees it. */
  readonly sqlFormatted: number;
}

const warmUpRounds = 10;

/** What analysts ask: something that costs nothing, a look, an aggregate. */
const statements = [
  ['count', 'SELECT count() FROM kpis'],
  ['latest', "SELECT * FROM kpi_latest WHERE kpi = 'environment.pm25_mean_1h' ORDER BY entity LIMIT 20"],
  ['means', 'SELECT kpi, avg(value) AS mean FROM kpi_values GROUP BY kpi ORDER BY mean DESC'],
] as const;

/** Times every statement `rounds` times at each door, one after another, the doors taking turns. */
export async function measureGuard(stack: BenchStack, rounds: number): Promise<readonly GuardTimes[]> {
  const times: GuardTimes[] = [];
  for (const [name, statement] of statements) {
    times.push({ name, ...(await timeStatement(stack, statement, rounds)) });
  }
  return times;
}

async function timeStatement(
  stack: BenchStack,
  statement: string,
  rounds: number,
): Promise<Omit<GuardTimes, 'name'>> {
  const { queryUrl } = stack.services;
  const token = { authorization: `Bearer ${stack.analystToken}` };
  const { url, user, password, database } = storeAddress(stack.services);
  const engine = `${url}/?database=${database}_internal&default_format=JSON`;
  const engineHeaders = {
    'x-clickhouse-user': user,
    'x-clickhouse-key': password,
    'x-haidang-lane': 'analyst',
  };
  const sql = `${queryUrl}/v1/sql`;
  const door = `${queryUrl}/?default_format=JSON`;
  const took: Record<string, number[]> = {};
  for (let round = 0; round < rounds + warmUpRounds; round++) {
    // A comment makes a text that the guard has not seen; of this kind it drops them itself.
    const cold = (name: string): string => `${statement} /* ${name} ${round} */`;
    const calls: readonly [string, () => Promise<number>][] = [
      ['bare', () => ask(engine, engineHeaders, statement)],
      ['sqlWarm', () => ask(sql, token, statement)],
      ['doorWarm', () => ask(door, token, statement)],
      ['sqlCold', () => ask(sql, token, cold('sql'))],
      ['doorCold', () => ask(door, token, cold('door'))],
      ['sqlFormatted', () => ask(sql, token, `${statement} # ${round}`)],
    ];
    for (const [name, call] of calls) {
      const tookMs = await call();
      if (round >= warmUpRounds) (took[name] ??= []).push(tookMs);
    }
  }
  const median = (name: string): number => percentile(took[name] ?? [], 0.5);
  return {
    bare: median('bare'),
    sqlWarm: median('sqlWarm'),
    sqlCold: median('sqlCold'),
    doorWarm: median('doorWarm'),
    doorCold: median('doorCold'),
    sqlFormatted: median('sqlFormatted'),
  };
}

async function ask(url: string, headers: Record<string, string>, statement: string): Promise<number> {
  const startMs = performance.now();
  const response = await fetch(url, { method: 'POST', headers, body: statement });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text.slice(0, 300)}`);
  return performance.now() - startMs;
}
