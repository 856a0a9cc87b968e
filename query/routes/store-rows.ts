import type { ClickHouseClient } from '@clickhouse/client';

import { engineFailure } from '../sql/run/engine-failure.ts';

/** Values of `{name:Type}`. */
export type StoreParameters = Readonly<Record<string, string | number | readonly string[]>>;

/** Seconds that a route's own statement may take. */
const secondsMax = 10;

/**
 * Rows of one of our own statements, 64-bit integers as numbers: ours lie below 2^53.
 *
 * @throws StatementFailedError
 */
export async function storeRows<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: StoreParameters,
): Promise<Row[]> {
  try {
    const result = await client.query({
      query,
      query_params: { ...parameters },
      format: 'JSONEachRow',
      clickhouse_settings: {
        max_execution_time: secondsMax,
        output_format_json_quote_64bit_integers: 0,
        output_format_json_quote_denormals: 0,
        date_time_output_format: 'iso',
      },
    });
    return await result.json<Row>();
  } catch (error) {
    throw engineFailure(error);
  }
}

/** A row with its names in camel case. */
export function camelCased(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rename = (name: string): string =>
    name.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [rename(name), value]));
}
