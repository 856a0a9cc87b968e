import type { Command } from 'commander';

import { formatTable } from './format-table.ts';
import { notBuilt } from './not-built.ts';
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
  notBuilt(feed, 'exclude', 'take a span of readings out of every KPI');
}
