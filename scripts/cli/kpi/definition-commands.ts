import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';

import { loadDefinitions } from '../../../pipeline/kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../../pipeline/kpi/registry/load-registry.ts';
import { installedPacks, type GivenPack } from '../../../pipeline/runtime/definitions/applied-packs.ts';
import { type DefinitionChange, isChange } from '../../../pipeline/runtime/definitions/definitions-diff.ts';
import { readLocalSettings } from '../../../pipeline/runtime/settings.ts';
import { registryFolders } from '../../start/registry-folders.ts';
import { CommandFailure } from '../command-failure.ts';
import { followBackfills } from './backfill-progress.ts';
import { definitionClient, type DefinitionClient } from './definition-client.ts';
import { changeTable, definitionTable } from './definition-table.ts';

interface WaitOptions {
  readonly wait: boolean;
}

interface BackfillOptions extends WaitOptions {
  readonly from?: number;
  readonly to?: number;
}

/** Adds what changes the definitions of a running product to `haidang kpi`. */
export function addDefinitionCommands(kpi: Command): void {
  kpi
    .command('list')
    .description('every definition: version, window, state (live, backfilling 43 %, dropped), since when')
    .action(async () => {
      process.stdout.write(`${definitionTable(await definitionClient(process.env).list())}\n`);
    });
  kpi
    .command('diff')
    .description('what applying would change; without files: what the packs on disk say against what runs')
    .argument('[files...]', 'packs')
    .action(async (files: readonly string[]) => {
      const packs = readPacks(files);
      const changes = await definitionClient(process.env).change({ packs, drop: [], mode: 'compare' });
      process.stdout.write(`${changeTable(changes)}\n`);
      if (changes.some(({ kind }) => kind === 'refused')) process.exitCode = 1;
    });
  kpi
    .command('apply')
    .description('put definitions in force while everything runs; without files: what the packs on disk say')
    .argument('[files...]', 'packs')
    .option('--no-wait', 'do not wait for the histories')
    .action(async (files: readonly string[], { wait }: WaitOptions) => {
      const client = definitionClient(process.env);
      await applyPacks(client, readPacks(files), wait ? 'wait' : 'leave');
    });
  kpi
    .command('drop')
    .description('give no more values of definitions; what was published stays, and applying takes it back')
    .argument('<ids...>')
    .action(async (ids: readonly string[]) => {
      const client = definitionClient(process.env);
      const changes = await client.change({ packs: [], drop: ids, mode: 'apply' });
      process.stdout.write(`${changeTable(changes)}\n`);
    });
  kpi
    .command('backfill')
    .description('compute windows of a definition again from the raw events')
    .argument('<id>', 'such as environment.pm25_mean_1h')
    .option('--from <time>', 'windows that start at or after: a date, or a time with its offset', readTime)
    .option('--to <time>', 'windows that start before', readTime)
    .option('--no-wait', 'do not wait for the end')
    .action(async (id: string, { from, to, wait }: BackfillOptions) => {
      const client = definitionClient(process.env);
      const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      await client.backfill({ kpi: id, ...span });
      if (wait) await followBackfills(client, [id], { output: process.stderr });
    });
}

async function applyPacks(
  client: DefinitionClient,
  packs: readonly GivenPack[],
  then: 'wait' | 'leave',
): Promise<void> {
  const request = { packs, drop: [] };
  const planned = await client.change({ ...request, mode: 'compare' });
  process.stdout.write(`${changeTable(planned)}\n`);
  if (planned.some(({ kind }) => kind === 'refused')) {
    throw new CommandFailure('nothing was applied: what is refused needs a new version');
  }
  if (!planned.some(isChange)) return;
  const changes = await client.change({ ...request, mode: 'apply' });
  const ids = changes.filter(needsHistory).map(({ id }) => id);
  if (then === 'wait' && ids.length > 0) await followBackfills(client, ids, { output: process.stderr });
}

function needsHistory({ kind }: DefinitionChange): boolean {
  return kind === 'new' || kind === 'changed';
}

/**
 * Reads packs and checks them as they would run, before anything is asked of the pipeline.
 *
 * @throws CommandFailure, ConfigurationError with one line per mistake: file, line, column, what to do
 */
function readPacks(files: readonly string[]): GivenPack[] {
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new CommandFailure(`no such file: ${missing.join(', ')}`);
  const settings = readLocalSettings(process.env);
  const registry = loadRegistry([defaultRegistryFolder(), ...registryFolders(settings, process.env)]);
  const installed = installedPacks(settings.home);
  loadDefinitions(registry, { ...installed, layers: [...installed.layers, files] });
  return files.map((file) => ({ name: resolve(file), text: readFileSync(file, 'utf8') }));
}

function readTime(text: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00+07:00` : text;
  const ms = /(Z|[+-]\d{2}:\d{2})$/.test(day) ? Date.parse(day) : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError('a date, or a time with its offset');
}
