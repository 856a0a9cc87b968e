import { InvalidArgumentError, Option, type Command } from 'commander';

import {
  addToken,
  createTokens,
  loadTokens,
  revokeToken,
  tokenRoles,
  visibilityCeilings,
  type PushQuota,
  type TokenRole,
  type VisibilityCeiling,
} from '../../pipeline/runtime/access/tokens.ts';
import { readLocalSettings } from '../../pipeline/runtime/settings.ts';
import { CommandFailure } from './command-failure.ts';
import { formatTable } from './format-table.ts';

interface CreateOptions {
  readonly role: TokenRole;
  readonly feed: string[];
  readonly name?: string;
  readonly ceiling?: VisibilityCeiling;
  readonly rowsPerSecond?: Bound;
  readonly bytesPerSecond?: Bound;
  readonly burstSeconds?: number;
}

/** A rate, or none. */
type Bound = number | 'unlimited';

const ceilingOfRole = {
  admin: 'restricted',
  analyst: 'internal',
  ingest: 'public',
  wall: 'public',
} as const satisfies Record<TokenRole, VisibilityCeiling>;

/**
 * What a new ingest token may push unless it is said otherwise: more than a province's sensors send, less than what
 * would leave nothing for others on one machine.
 */
const ingestQuota = { rowsPerSecond: 50_000, bytesPerSecond: 32 * 1024 * 1024 } as const;

/** Adds `haidang token`. */
export function addTokenCommand(program: Command): void {
  const token = program.command('token').description('who may push, ask and watch');
  token
    .command('list')
    .description('every token by name; the tokens themselves are kept nowhere')
    .action(() => {
      const { home } = readLocalSettings(process.env);
      createTokens(home);
      const rows = loadTokens(home).map(({ name, role, feeds, ceiling, quota }) => [
        ...[name, role, feeds.join(' '), ceiling],
        quotaText(quota),
      ]);
      const columns = ['name', 'role', 'feeds', 'ceiling', 'quota'];
      process.stdout.write(`${formatTable({ columns, rows })}\n`);
    });
  token
    .command('create')
    .description('make a token and print it, once; running services know it within a second')
    .addOption(new Option('-r, --role <role>', 'what it may do').choices(tokenRoles).makeOptionMandatory())
    .option('--feed <feed>', 'feed it may push to; repeat for more, any feed without', addFeed, [])
    .option('-n, --name <name>', 'name in the list; role and feeds without')
    .addOption(
      new Option('--ceiling <ceiling>', 'most confidential data it sees').choices(visibilityCeilings),
    )
    .option('--rows-per-second <n>', "rows it may push in the long run, or 'unlimited'", readBound)
    .option('--bytes-per-second <n>', "bytes of bodies it may push, or 'unlimited'", readBound)
    .option('--burst-seconds <n>', "seconds' worth of it that may come at once (10)", readPositive)
    .action(createOne);
  token
    .command('revoke <name>')
    .description('take a token out of force; services refuse it and close its connections within seconds')
    .action((name: string) => {
      const { home } = readLocalSettings(process.env);
      if (!revokeToken(home, name)) throw new CommandFailure(`no token is named "${name}"`);
    });
}

function createOne(options: CreateOptions): void {
  const { home } = readLocalSettings(process.env);
  createTokens(home);
  const { role } = options;
  const feeds = options.feed.length === 0 ? ['*'] : options.feed;
  const name = options.name ?? [role, ...options.feed].join('-');
  const ceiling = options.ceiling ?? ceilingOfRole[role];
  const quota = quotaOf(options);
  const bounded = quota === undefined ? {} : { quota };
  const outcome = addToken(home, { name, role, feeds, ceiling, ...bounded });
  if (outcome.kind === 'name-taken') {
    throw new CommandFailure(`a token named "${name}" exists already; choose another --name`);
  }
  process.stdout.write(`${outcome.plain}\n`);
}

function addFeed(text: string, feeds: readonly string[]): string[] {
  if (/^[a-z0-9-]{1,64}$/.test(text)) return [...feeds, text];
  throw new InvalidArgumentError('a feed id is 1 to 64 of a-z, 0-9 and -');
}

/** An ingest token has a quota of its own accord; another one when it is told to. */
function quotaOf(options: CreateOptions): PushQuota | undefined {
  const usual = options.role === 'ingest' ? ingestQuota : undefined;
  const rows = options.rowsPerSecond ?? usual?.rowsPerSecond ?? 'unlimited';
  const bytes = options.bytesPerSecond ?? usual?.bytesPerSecond ?? 'unlimited';
  if (rows === 'unlimited' && bytes === 'unlimited') return undefined;
  return {
    ...(rows === 'unlimited' ? {} : { rowsPerSecond: rows }),
    ...(bytes === 'unlimited' ? {} : { bytesPerSecond: bytes }),
    ...(options.burstSeconds === undefined ? {} : { burstSeconds: options.burstSeconds }),
  };
}

function quotaText(quota: PushQuota | undefined): string {
  if (quota === undefined) return 'unlimited';
  const { rowsPerSecond: rows, bytesPerSecond: bytes, burstSeconds: burst } = quota;
  const parts = [
    rows === undefined ? [] : [`${rows} rows/s`],
    bytes === undefined ? [] : [`${bytes} bytes/s`],
    burst === undefined ? [] : [`burst ${burst} s`],
  ];
  return parts.flat().join(', ');
}

function readBound(text: string): Bound {
  return text === 'unlimited' ? text : readPositive(text);
}

function readPositive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('a number above 0');
}
