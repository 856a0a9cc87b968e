import type { ClickHouseClient } from '@clickhouse/client';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { packageFile } from './package-file.ts';

/** What the numbered files leave open: one place decides it for the embedded engine and for a cluster. */
export interface MigrationOptions {
  readonly durability: 'strict' | 'relaxed';
  /** Name of the cluster whose tables are replicated; undefined on one machine. */
  readonly cluster: string | undefined;
}

const STRICT_SETTINGS = [
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'min_rows_to_fsync_after_merge = 1',
  'min_compressed_bytes_to_fsync_after_merge = 1',
  'old_parts_lifetime = 480',
];

/**
 * Applies the numbered SQL files that are not recorded yet, in order.
 *
 * Safe to run by two processes at once: every statement may run twice, and a file is recorded after its last.
 * @returns the names of the files applied now
 */
export async function migrate(client: ClickHouseClient, options: MigrationOptions): Promise<string[]> {
  await client.command({ query: fill(RECORD_TABLE, options) });
  const recorded = await client.query({
    query: 'SELECT DISTINCT name FROM raw_migrations',
    format: 'JSONEachRow',
  });
  const known = new Set((await recorded.json<{ name: string }>()).map((row) => row.name));
  const folder = packageFile('pipeline/store/migrations');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const applied: string[] = [];
  for (const name of files) {
    if (known.has(name)) continue;
    for (const statement of statementsOf(await readFile(join(folder, name), 'utf8'))) {
      await client.command({ query: fill(statement, options) });
    }
    await client.insert({ table: 'raw_migrations', values: [{ name }], format: 'JSONEachRow' });
    applied.push(name);
  }
  return applied;
}

const RECORD_TABLE = `CREATE TABLE IF NOT EXISTS raw_migrations \${ON_CLUSTER}
(name String, applied_at DateTime DEFAULT now()) ENGINE = \${REPLACING()} ORDER BY name \${SETTINGS}`;

function statementsOf(text: string): string[] {
  return text
    .replace(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

function fill(statement: string, { durability, cluster }: MigrationOptions): string {
  const prefix = cluster === undefined ? 'ReplacingMergeTree' : 'ReplicatedReplacingMergeTree';
  return statement
    .replace(/\$\{REPLACING\((\w*)\)\}/g, `${prefix}($1)`)
    .replaceAll('${ON_CLUSTER}', cluster === undefined ? '' : `ON CLUSTER '${cluster}'`)
    .replaceAll('${SETTINGS}', durability === 'strict' ? `SETTINGS ${STRICT_SETTINGS.join(', ')}` : '');
}
