import { InvalidArgumentError, Option, type Command } from 'commander';

import {
  addToken,
  createTokens,
  loadTokens,
  tokenRoles,
  visibilityCeilings,
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
}

const ceilingOfRole = {
  admin: 'restricted',
  analyst: 'internal',
  ingest: 'public',
  wall: 'public',
} as const satisfies Record<TokenRole, VisibilityCeiling>;

/** Adds `haidang token`. */
export function addTokenCommand(program: Command): void {
  const token = program.command('token').description('who may push, ask and watch');
  token
    .command('list')
    .description('every token by name; the tokens themselves are kept nowhere')
    .action(() => {
      const { home } = readLocalSettings(process.env);
      createTokens(home);
      const rows = loadTokens(home).map(({ name, role, feeds, ceiling }) => [
        name,
        role,
        feeds.join(' '),
        ceiling,
      ]);
      process.stdout.write(`${formatTable({ columns: ['name', 'role', 'feeds', 'ceiling'], rows })}\n`);
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
    .action(createOne);
}

function createOne(options: CreateOptions): void {
  const { home } = readLocalSettings(process.env);
  createTokens(home);
  const { role } = options;
  const feeds = options.feed.length === 0 ? ['*'] : options.feed;
  const name = options.name ?? [role, ...options.feed].join('-');
  const outcome = addToken(home, { name, role, feeds, ceiling: options.ceiling ?? ceilingOfRole[role] });
  if (outcome.kind === 'name-taken') {
    throw new CommandFailure(`a token named "${name}" exists already; choose another --name`);
  }
  process.stdout.write(`${outcome.plain}\n`);
}

function addFeed(text: string, feeds: readonly string[]): string[] {
  if (/^[a-z0-9-]{1,64}$/.test(text)) return [...feeds, text];
  throw new InvalidArgumentError('a feed id is 1 to 64 of a-z, 0-9 and -');
}
