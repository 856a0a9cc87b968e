import type { ClickHouseClient } from '@clickhouse/client';
import { InvalidArgumentError, type Command } from 'commander';

import type { Kpi } from '../../pipeline/kpi/kpi.ts';
import { loadDefinitions } from '../../pipeline/kpi/definitions/load-definitions.ts';
import { defaultRegistryFolder, loadRegistry } from '../../pipeline/kpi/registry/load-registry.ts';
import { installedPacks } from '../../pipeline/runtime/definitions/applied-packs.ts';
import { readLocalSettings, type Environment } from '../../pipeline/runtime/settings.ts';
import { connectStore, type StoreAddress } from '../../pipeline/store/connect-store.ts';
import { CommandFailure } from '../cli/command-failure.ts';
import { formatTable } from '../cli/format-table.ts';
import { registryFolders } from '../start/registry-folders.ts';
import { readServices } from '../start/services-file.ts';
import { faultsOf, verifyKpis } from './verify-kpis.ts';
import type { KpiVerdicts, VerifyQuestion } from './verify-kpis.ts';
import { exampleTable, verdictLine, verdictTable } from './verify-report.ts';

/** Most examples that each verdict of a KPI tells. */
const examplesMax = 1_000;

/** A window with a pending repair is stored a moment later: what differs is looked at again. */
const attemptsMax = 3;
const pauseMs = 2_000;

interface Options {
  readonly kpi?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly entity?: string;
  readonly limit: number;
}

/** Adds `haidang verify`. */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('recompute every KPI from the raw events by SQL and compare with what is stored')
    .option('--kpi <id...>', 'only these')
    .option(
      '--from <time>',
      'windows that start at or after, such as 2026-11-23 or 2026-11-23T06:00:00+07:00',
      readTime,
    )
    .option('--to <time>', 'windows that start before', readTime)
    .option('--entity <entity>')
    .option('--limit <examples>', `examples of each kind of difference, at most ${examplesMax}`, readLimit, 5)
    .addHelpText(
      'after',
      '\nExit code 0: all equal. 1: something differs, or nothing could be compared with.',
    )
    .action(async (options: Options) => {
      const client = connectStore(storeAddress(process.env), 'analyst');
      try {
        const results = await verifyPatiently(client, questionOf(options));
        process.stdout.write(`${report(results)}\n`);
        if (results.some((result) => faultsOf(result) > 0)) process.exitCode = 1;
      } finally {
        await client.close();
      }
    });
}

/** Compares, and looks again at the definitions that differ: only a difference that stays is one. */
async function verifyPatiently(client: ClickHouseClient, question: VerifyQuestion): Promise<KpiVerdicts[]> {
  let results = await verifyKpis(client, question);
  if (results.length === 0) throw new CommandFailure('nothing is stored yet: no log position to compare at');
  for (let attempt = 1; attempt < attemptsMax; attempt += 1) {
    const doubtful = question.kpis.filter((kpi) =>
      results.some((one) => one.kpi === kpi.id && faultsOf(one) > 0),
    );
    if (doubtful.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const again = await verifyKpis(client, { ...question, kpis: doubtful });
    results = results.map((one) => again.find((newer) => newer.kpi === one.kpi) ?? one);
  }
  return results;
}

function report(results: readonly KpiVerdicts[]): string {
  const examples = exampleTable(results);
  const blocks = [formatTable(verdictTable(results))];
  if (examples.rows.length > 0) {
    blocks.push(`stored and recomputed are: value numerator denominator samples\n${formatTable(examples)}`);
  }
  return [...blocks, verdictLine(results)].join('\n\n');
}

function questionOf(options: Options): VerifyQuestion {
  const folders = [defaultRegistryFolder(), ...registryFolders(readLocalSettings(process.env), process.env)];
  return {
    kpis: chosen(
      loadDefinitions(loadRegistry(folders), installedPacks(readLocalSettings(process.env).home)).all,
      options.kpi,
    ),
    from: options.from,
    to: options.to,
    entity: options.entity,
    examplesMax: options.limit,
  };
}

function chosen(all: readonly Kpi[], ids: readonly string[] | undefined): readonly Kpi[] {
  if (ids === undefined) return all;
  return ids.map((id) => {
    const kpi = all.find((one) => one.id === id);
    if (kpi !== undefined) return kpi;
    throw new CommandFailure(`no KPI ${id}; there are ${all.map((one) => one.id).join(', ')}`);
  });
}

/** What runs on the state folder; a ClickHouse of one's own where `CLICKHOUSE_URL` names it. */
function storeAddress(env: Environment): StoreAddress {
  const services = readServices(readLocalSettings(env).home);
  if (services !== undefined) {
    return {
      url: services.clickhouseUrl,
      user: services.clickhouseUser,
      password: services.clickhousePassword,
      database: services.clickhouseDatabase,
    };
  }
  const url = env['CLICKHOUSE_URL'];
  if (url === undefined) throw new CommandFailure('nothing runs on this HAIDANG_HOME (npx haidang start)');
  return {
    url,
    user: env['CLICKHOUSE_USER'] ?? 'default',
    password: env['CLICKHOUSE_PASSWORD'] ?? '',
    database: env['CLICKHOUSE_DATABASE'] ?? 'haidang',
  };
}

function readTime(text: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00+07:00` : text;
  const ms = /(Z|[+-]\d{2}:\d{2})$/.test(day) ? Date.parse(day) : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError('a date, or a time with its offset');
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= examplesMax) return limit;
  throw new InvalidArgumentError(`a number from 1 to ${examplesMax}`);
}
