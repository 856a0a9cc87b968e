import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';

import { askSql, sqlFormats } from './sql-client.ts';

/** Adds `haidang query`. */
export function addQueryCommand(program: Command): void {
  program
    .command('query')
    .description('ask the running service in SQL; the answer goes to stdout')
    .argument('<sql>', 'one SELECT, EXPLAIN of a SELECT, or DESCRIBE of a view')
    .addOption(
      new Option('-f, --format <format>', 'format of the answer')
        .choices(sqlFormats)
        .default('TabSeparatedWithNames'),
    )
    .action(async (sql: string, options: { format: string }) => {
      const response = await askSql(process.env, { sql, format: options.format });
      if (response.body !== null)
        await pipeline(Readable.from(response.body), process.stdout, { end: false });
    });
}
