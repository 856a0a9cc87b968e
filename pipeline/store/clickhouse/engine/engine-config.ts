import { writeFileSync } from 'node:fs';

/** How long an acknowledged write lasts: `strict` survives a power cut, `relaxed` a killed process. */
export type Durability = 'strict' | 'relaxed';

/**
 * Settings of MergeTree tables that make an acknowledged insert survive a power cut. The embedded engine takes
 * them as the server's defaults; a ClickHouse that is not ours needs them in each table's SETTINGS clause.
 * Without `old_parts_lifetime` the sources of a merge go while the merged part is not yet on disk.
 */
export const STRICT_TABLE_SETTINGS: Readonly<Record<string, number>> = {
  fsync_after_insert: 1,
  fsync_part_directory: 1,
  min_rows_to_fsync_after_merge: 1,
  min_compressed_bytes_to_fsync_after_merge: 1,
  old_parts_lifetime: 480,
};

/** Share of the machine's memory that the engine may use for all statements together. */
export const memoryRatioMax = 0.6;

/**
 * Writes the engine's server configuration and returns the arguments that each connection is opened with.
 * `implicit_select` is switched off because with it the engine takes a bare expression for a statement.
 */
export function writeEngineConfig(path: string, durability: Durability): readonly string[] {
  const settings = durability === 'strict' ? Object.entries(STRICT_TABLE_SETTINGS) : [];
  const mergeTree = settings.map(([name, value]) => `    <${name}>${value}</${name}>\n`).join('');
  const xml =
    '<clickhouse>\n' +
    `  <max_server_memory_usage_to_ram_ratio>${memoryRatioMax}</max_server_memory_usage_to_ram_ratio>\n` +
    `  <merge_tree>\n${mergeTree}  </merge_tree>\n` +
    '</clickhouse>\n';
  writeFileSync(path, xml, { mode: 0o600 });
  return [`--config-file=${path}`, '--implicit_select=0'];
}
