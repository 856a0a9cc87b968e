import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';

import { InvalidArgumentError, Option, type Command } from 'commander';

import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../pipeline/model/time.ts';
import { readLocalSettings, type Environment } from '../../pipeline/runtime/settings.ts';
import { plainToken } from '../cli/sql-client.ts';
import { roleUrls } from '../start/roles.ts';
import { readServices } from '../start/services-file.ts';
import { detectKind } from './read-file.ts';
import { replayFiles, type ReplayPlan, type ReplayResult } from './replay-files.ts';
import { openPosition } from './replay-position.ts';
import type { ProgressOutput } from './replay-progress.ts';
import type { Disorder } from './row-order.ts';

/** What the command line says; times in milliseconds. */
export interface ReplayOptions {
  readonly feed?: string;
  readonly entity?: string;
  readonly area?: string;
  readonly speed: number | 'max';
  readonly batch: number;
  readonly inFlight: number;
  readonly giveUp: number;
  readonly resume?: true;
  readonly shuffle?: number;
  readonly shuffleWithin?: number;
  readonly duplicate: number;
  readonly url?: string;
  readonly token?: string;
}

/** What a replay gets from its process. */
export interface ReplaySurroundings {
  readonly env: Environment;
  readonly output: ProgressOutput;
  /** Ends the replay; what was acknowledged is kept for `--resume`. */
  readonly signal: AbortSignal;
}

/** Adds `haidang replay`. */
export function addReplayCommand(program: Command): void {
  program
    .command('replay')
    .description(
      'send files of events: NDJSON, or the hourly PM2.5 CSV of the US missions; also packed (.gz)',
    )
    .argument('<files...>', 'read one after the other')
    .option('--feed <id>', 'feed to push to (default: from the name of the first file)', readFeed)
    .option('--entity <id>', 'CSV: whose readings they are (default: the feed)')
    .option('--area <id>', 'CSV: area of the readings (default: that of the entity or the feed)')
    .option('--speed <times>', '1 is real time, 60 an hour a minute, or max', readSpeed, 'max')
    .option('--batch <rows>', 'rows in one request, 1 to 5000', whole(1, 5_000), 1_000)
    .option('--in-flight <requests>', 'requests at once, 1 to 32', whole(1, 32), 4)
    .addOption(
      new Option('--give-up <span>', 'how long one batch is tried, such as 30s')
        .argParser(readSpan)
        .default(10 * MINUTE_MS, '10m'),
    )
    .option('--resume', 'leave out what an earlier run of the same files had acknowledged')
    .option('--shuffle <seed>', 'for tests: rows in another order', whole(0, 2 ** 32 - 1))
    .option('--shuffle-within <span>', 'for tests: a row falls behind by at most this, such as 6h', readSpan)
    .option('--duplicate <share>', 'for tests: this share of the rows twice, such as 0.25', readShare, 0)
    .option('--url <url>', 'address of ingest (default: the running one)')
    .option('--token <token>', 'default: HAIDANG_INGEST_TOKEN, or the one in dev-tokens.env')
    .addHelpText(
      'after',
      '\nExit code 1 when a row was not stored as an event (quarantined, unreadable, not sent).',
    )
    .action(async (files: string[], options: ReplayOptions, command: Command) => {
      const wrong = misuse(files, options);
      if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: 2 });
      const output: ProgressOutput = {
        isTerminal: process.stderr.isTTY === true,
        write: (text) => void process.stderr.write(text),
      };
      const stop = new AbortController();
      const onSignal = (): void => stop.abort();
      process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
      process.exitCode = await runReplay(files, options, { env: process.env, output, signal: stop.signal });
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    });
}

/**
 * Replays and reports.
 *
 * @returns the exit code: 0 when every row is stored or was before, else 1
 * @throws CommandFailure when there is no token
 */
export async function runReplay(
  files: readonly string[],
  options: ReplayOptions,
  { env, output, signal }: ReplaySurroundings,
): Promise<number> {
  const settings = readLocalSettings(env);
  const feed = options.feed ?? feedOf(files[0] ?? '');
  const url = options.url ?? readServices(settings.home)?.ingestUrl ?? roleUrls(settings).ingestUrl;
  const token = options.token ?? plainToken(env, 'HAIDANG_INGEST_TOKEN');
  const place = { entity: options.entity ?? feed, area: options.area ?? '' };
  const disorder = disorderOf(options);
  const position = await openPosition(settings.home, files, [url, feed, place, disorder ?? 'file order']);
  const skipRows = options.resume === true ? position.read() : 0;
  const plan: ReplayPlan = {
    paths: files,
    door: { url: url.replace(/\/+$/, ''), token, feed },
    place,
    speed: options.speed,
    batchRows: options.batch,
    inFlightMax: options.inFlight,
    giveUpMs: options.giveUp,
    disorder,
    skipRows,
  };
  const result = await replayFiles(plan, position, output, signal);
  output.write(summary(result, feed));
  const { receipt, counts, stopped } = result;
  return stopped === '' && receipt.quarantined === 0 && counts.unreadable === 0 ? 0 : 1;
}

/** What is wrong with the call itself; undefined when nothing is. */
function misuse(files: readonly string[], options: ReplayOptions): string | undefined {
  for (const file of files) {
    if (!existsSync(file)) return `${file}: no such file`;
    if (!statSync(file).isFile()) return `${file}: not a file`;
    const kind = detectKind(file);
    if (kind === 'unknown')
      return `${file}: neither NDJSON nor a CSV with "Date (LT)", "Raw Conc." and "QC Name"`;
    if (kind === 'ndjson' && (options.entity !== undefined || options.area !== undefined)) {
      return `${file}: --entity and --area are for CSV files; NDJSON rows say it themselves`;
    }
  }
  return undefined;
}

function summary({ receipt, counts, skipped, elapsedMs, stopped }: ReplayResult, feed: string): string {
  const { accepted, duplicate, quarantined } = receipt;
  const sent = accepted + duplicate + quarantined;
  const rate = Math.round((sent * 1_000) / Math.max(1, elapsedMs));
  const lines = [
    `${feed}: sent ${sent}: accepted ${accepted}, duplicate ${duplicate}, quarantined ${quarantined}` +
      ` (${(elapsedMs / 1_000).toFixed(1)} s, ${rate} rows a second)`,
  ];
  for (const [code, count] of Object.entries(receipt.codes)) lines.push(`  quarantined as ${code}: ${count}`);
  if (skipped > 0) lines.push(`  acknowledged before and not sent again: ${skipped}`);
  if (counts.missing > 0) lines.push(`  hours that the file itself reports as missing: ${counts.missing}`);
  if (counts.unreadable > 0) lines.push(`  lines that are no row: ${counts.unreadable}`);
  for (const told of counts.unreadableTold) lines.push(`    ${told}`);
  if (stopped !== '') lines.push(`  not finished: ${stopped}`);
  return `${lines.join('\n')}\n`;
}

function disorderOf(options: ReplayOptions): Disorder | undefined {
  const { shuffle, shuffleWithin, duplicate } = options;
  if (shuffle === undefined && shuffleWithin === undefined && duplicate === 0) return undefined;
  const within = shuffleWithin === undefined ? undefined : { withinMs: shuffleWithin };
  const order = within ?? (shuffle === undefined ? 'none' : 'everything');
  return { seed: shuffle ?? 1, shuffle: order, repeatShare: duplicate };
}

/** `hanoi_us_embassy_pm25_2016.csv.gz` gives `hanoi-us-embassy-pm25-2016`. */
function feedOf(file: string): string {
  const stem = basename(file).replace(/(\.(gz|csv|ndjson|jsonl|json))+$/i, '');
  const feed = stem
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return feed.slice(0, 64) || 'replay';
}

function readFeed(text: string): string {
  if (/^[a-z0-9-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('a feed is 1 to 64 of a-z, 0-9 and -');
}

function readSpeed(text: string): number | 'max' {
  const speed = Number(text);
  if (text === 'max') return 'max';
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new InvalidArgumentError('a number above 0, or max');
}

function readShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('a share from 0 to 1');
}

function readSpan(text: string): number {
  const parts = /^(\d+)(s|m|h)$/.exec(text);
  if (parts === null) throw new InvalidArgumentError('a span such as 30s, 10m or 6h');
  const unit = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS }[parts[2] as 's' | 'm' | 'h'];
  return Number(parts[1]) * unit;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}`);
  };
}
