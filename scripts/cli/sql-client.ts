import { existsSync, readFileSync } from 'node:fs';

import { devTokensPath } from '../../pipeline/runtime/access/tokens.ts';
import { readLocalSettings, type Environment } from '../../pipeline/runtime/settings.ts';
import { roleUrls } from '../start/roles.ts';
import { readServices } from '../start/services-file.ts';
import { CommandFailure } from './command-failure.ts';

/** A statement and the format of its answer. */
export interface Question {
  readonly sql: string;
  readonly format: string;
  readonly params?: Readonly<Record<string, string>>;
}

/** The formats of `/v1/sql`. */
export const sqlFormats = [
  'JSON',
  'JSONCompact',
  'JSONEachRow',
  'CSVWithNames',
  'TabSeparatedWithNames',
  'Arrow',
  'ArrowStream',
  'Parquet',
] as const;

/** The first tokens that a plain one may come from, the analyst's by default. */
export type TokenVariable = 'HAIDANG_ANALYST_TOKEN' | 'HAIDANG_INGEST_TOKEN' | 'HAIDANG_ADMIN_TOKEN';

/**
 * Asks the running query service.
 *
 * @throws CommandFailure when it does not run, or refuses the statement (with code and position)
 */
export async function askSql(env: Environment, question: Question): Promise<Response> {
  const settings = readLocalSettings(env);
  const url = readServices(settings.home)?.queryUrl ?? roleUrls(settings).queryUrl;
  const headers = {
    authorization: `Bearer ${plainToken(env, 'HAIDANG_ANALYST_TOKEN')}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify(question);
  let response: Response;
  try {
    response = await fetch(`${url}/v1/sql`, { method: 'POST', headers, body });
  } catch (cause) {
    throw new CommandFailure(`nothing answers at ${url}: is it running? (npx haidang start)`, { cause });
  }
  if (response.ok) return response;
  throw new CommandFailure(problemText(response.status, await response.text()));
}

/** Columns and rows of an answer, all as text. */
export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Asks, and reads the answer as a table of text. */
export async function askTable(env: Environment, question: Omit<Question, 'format'>): Promise<TextTable> {
  const response = await askSql(env, { ...question, format: 'JSONCompact' });
  const answer = (await response.json()) as { meta: { name: string }[]; data: unknown[][] };
  const columns = answer.meta.map(({ name }) => name);
  return { columns, rows: answer.data.map((row) => row.map(cellText)) };
}

/** A plain token from the environment or from `dev-tokens.env` of the state folder. */
export function plainToken(env: Environment, variable: TokenVariable): string {
  const given = env[variable]?.trim();
  if (given !== undefined && given !== '') return given;
  const path = devTokensPath(readLocalSettings(env).home);
  const content = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const found = new RegExp(`^${variable}=(\\S+)$`, 'm').exec(content)?.[1];
  if (found !== undefined) return found;
  throw new CommandFailure(`no token: set ${variable}, or HAIDANG_HOME to the folder with dev-tokens.env`);
}

/** A refusal in one line, from its problem document. */
export function problemText(status: number, body: string): string {
  try {
    const problem = JSON.parse(body) as Record<string, unknown>;
    const { code, title, detail, line, column } = problem;
    const place = line === undefined ? '' : ` (line ${String(line)}, column ${String(column)})`;
    return `${String(code ?? status)}: ${String(detail ?? title ?? body)}${place}`;
  } catch (error) {
    if (error instanceof SyntaxError) return `status ${status}: ${body.slice(0, 500)}`;
    throw error;
  }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
