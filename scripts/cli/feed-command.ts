import type { Command } from 'commander';

import { EXCLUSIONS_SQL, type ExcludeOptions, excludeSpan, includeSpan } from './feed-exclusions.ts';
import { formatTable } from './format-table.ts';
import { askTable } from './sql-client.ts';

/** Adds `haidang feed`. */
export function addFeedCommand(program: Command): void {
  const feed = program.command('feed').description('where events come from');
  feed
    .command('list')
    .description('every feed with its settings')
    .action(async () => {
      process.stdout.write(`${formatTable(await askTable(process.env, { sql: 'SELECT * FROM feeds' }))}\n`);
    });
  feed
    .command('exclude')
    .description('take a span of events out of every KPI; they stay stored, and it can be undone')
    .argument('<feed>', 'a name from feed list')
    .requiredOption('--from <time>', 'first moment, such as 2026-11-23T08:00:00+07:00')
    .requiredOption('--to <time>', 'first moment that counts again')
    .requiredOption('--reason <text>', 'told in the passport of every value that it changes')
    .option('--entity <id>', 'only this one, such as a station')
    .option('--property <id>', 'only this one, such as pm25')
    .option('--id <id>', 'of an earlier try whose answer was lost')
    .action(async (name: string, options: ExcludeOptions) => {
      const id = await excludeSpan(process.env, name, options);
      process.stdout.write(`excluded as ${id}\nundo it with: npx haidang feed include ${id}\n`);
    });
  feed
    .command('include')
    .description('let an excluded span count again')
    .argument('<id>', 'from feed exclusions')
    .action(async (id: string) => {
      await includeSpan(process.env, id);
      process.stdout.write(`${id} counts again\n`);
    });
  feed
    .command('exclusions')
    .description('every excluded span: who, when and why')
    .action(async () => {
      process.stdout.write(`${formatTable(await askTable(process.env, { sql: EXCLUSIONS_SQL }))}\n`);
    });
}
