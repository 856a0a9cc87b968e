import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { Readable } from 'node:stream';

import { type HaidangError, StoreRefusedError, StoreUnavailableError } from '../errors.ts';

/** Where ClickHouse is; the same for the embedded one and for a cluster. */
export interface StoreAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Who asks: statements of one lane never wait for those of another. */
export type Lane = 'write' | 'live' | 'analyst';

const REQUEST_TIMEOUT_MS = 120_000;

/** A client of ClickHouse's HTTP interface for one lane. */
export function connectStore(address: StoreAddress, lane: Lane): ClickHouseClient {
  return createClient({
    url: address.url,
    username: address.user,
    password: address.password,
    database: address.database,
    request_timeout: REQUEST_TIMEOUT_MS,
    http_headers: { 'X-Haidang-Lane': lane },
    max_open_connections: 8,
    log: { level: ClickHouseLogLevel.OFF },
    keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
  });
}

/**
 * Inserts one Arrow IPC stream. Resolves when the rows are stored in the stated durability mode.
 * @throws StoreUnavailableError, StoreRefusedError; inserting the same rows again is safe: tables keep one row a key.
 */
export async function insertArrow(
  client: ClickHouseClient,
  into: { readonly table: string; readonly columns: readonly string[] },
  bytes: Uint8Array,
): Promise<void> {
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${into.table} (${into.columns.join(', ')}) FORMAT ArrowStream`,
      values: Readable.from([bytes], { objectMode: false }),
    });
    stream.resume();
  } catch (error) {
    throw storeError(`rows could not be written to ${into.table}`, error);
  }
}

/**
 * Inserts a few rows by the names of their columns. Resolves when they are stored in the stated durability mode.
 * @throws StoreUnavailableError, StoreRefusedError
 */
export async function insertJson(
  client: ClickHouseClient,
  table: string,
  rows: readonly Readonly<Record<string, string | number | null | readonly string[]>>[],
): Promise<void> {
  try {
    await client.insert({ table, values: rows, format: 'JSONEachRow' });
  } catch (error) {
    throw storeError(`rows could not be written to ${table}`, error);
  }
}

/**
 * Rows of a statement as arrays, 64-bit integers as numbers (all of ours lie below 2^53, hashes come as text).
 * @throws StoreUnavailableError, StoreRefusedError
 */
export async function selectRows<Row>(
  client: ClickHouseClient,
  query: string,
  settings: ClickHouseSettings = {},
): Promise<Row[]> {
  try {
    const result = await client.query({
      query,
      format: 'JSONCompactEachRow',
      clickhouse_settings: {
        output_format_json_quote_64bit_integers: 0,
        max_query_size: '16777216',
        max_ast_elements: '2000000',
        max_expanded_ast_elements: '4000000',
        ...settings,
      },
    });
    return await result.json<Row>();
  } catch (error) {
    throw storeError('a statement of the pipeline failed', error);
  }
}

/** `2026-11-23 06:00:00.000`, UTC, as JSON inserts take it; before 1970 is not known yet and shown as 1970. */
export function tableTime(ms: number): string {
  return new Date(Math.max(0, ms)).toISOString().replace('T', ' ').slice(0, 23);
}

/** Codes of an answer that another try may change: timeouts, too many queries, memory, too many parts, disk full. */
const PASSING_CODES = new Set(['159', '202', '203', '209', '210', '236', '241', '243', '252', '394']);

function storeError(text: string, cause: unknown): HaidangError {
  const refused = cause instanceof ClickHouseError && !PASSING_CODES.has(cause.code);
  return refused ? new StoreRefusedError(text, { cause }) : new StoreUnavailableError(text, { cause });
}
