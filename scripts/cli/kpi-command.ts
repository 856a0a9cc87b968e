import { InvalidArgumentError, type Command } from 'commander';

import { editorSchema } from '../../pipeline/kpi/definitions/editor-schema.ts';
import { formatTable } from './format-table.ts';
import { addDefinitionCommands } from './kpi/definition-commands.ts';
import { askTable } from './sql-client.ts';

/** Most rows that `kpi values` prints. */
const valuesMax = 10_000;

interface ValuesOptions {
  readonly area?: string;
  readonly entity?: string;
  readonly limit: number;
}

/** Adds `haidang kpi`. */
export function addKpiCommand(program: Command): void {
  const kpi = program.command('kpi').description('the numbers that are computed');
  addDefinitionCommands(kpi);
  kpi
    .command('values')
    .description('the newest values of one KPI')
    .argument('<id>', 'such as environment.pm25_mean_1h')
    .option('--area <area>')
    .option('--entity <entity>')
    .option('--limit <rows>', `at most ${valuesMax}`, readLimit, 20)
    .action(async (id: string, options: ValuesOptions) => {
      const table = await askTable(process.env, valuesQuestion(id, options));
      process.stdout.write(`${formatTable(table)}\n`);
    });
  kpi
    .command('schema')
    .description('the JSON schema of a pack, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(editorSchema(), null, 2)}\n`);
    });
}

function valuesQuestion(id: string, options: ValuesOptions): { sql: string; params: Record<string, string> } {
  const params: Record<string, string> = { id };
  const where = ['kpi = {id:String}'];
  for (const name of ['area', 'entity'] as const) {
    const value = options[name];
    if (value === undefined) continue;
    params[name] = value;
    where.push(`${name} = {${name}:String}`);
  }
  const columns = 'window_start, area, entity, value, samples, status, revision';
  const order = `ORDER BY window_start DESC, area, entity LIMIT ${options.limit}`;
  return { sql: `SELECT ${columns} FROM kpi_values WHERE ${where.join(' AND ')} ${order}`, params };
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= valuesMax) return limit;
  throw new InvalidArgumentError(`a number from 1 to ${valuesMax}`);
}
