import { randomUUID } from 'node:crypto';

import { type Environment, readLocalSettings } from '../../pipeline/runtime/settings.ts';
import { roleUrls } from '../start/roles.ts';
import { readServices } from '../start/services-file.ts';
import { CommandFailure } from './command-failure.ts';
import { askTable, plainToken, problemText } from './sql-client.ts';

/** What `haidang feed exclude` is told. */
export interface ExcludeOptions {
  readonly entity?: string;
  readonly property?: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly id?: string;
}

/** Exclusions as people read them, the newest first. */
export const EXCLUSIONS_SQL = `SELECT id, feed, entity, property, from_time, to_time, reason, active, excluded_by, excluded_at,
  included_by, included_at
FROM exclusions ORDER BY excluded_at DESC`;

/**
 * Takes a span of a feed out of every KPI. @returns the id that undoes it
 *
 * @throws CommandFailure when the feed is not known, nothing answers, or the span is refused
 */
export async function excludeSpan(env: Environment, feed: string, options: ExcludeOptions): Promise<string> {
  const known = await askTable(env, {
    sql: 'SELECT feed FROM feeds WHERE feed = {feed:String}',
    params: { feed },
  });
  if (known.rows.length === 0)
    throw new CommandFailure(`no feed is called ${feed}: see npx haidang feed list`);
  // Named here, so that a request whose answer was lost can be sent again.
  const { id = randomUUID(), ...span } = options;
  await askDoor(env, {
    method: 'POST',
    path: `${feed}/exclusions`,
    body: { id, ...span },
    again: `--id ${id}`,
  });
  return id;
}

/** Undoes an exclusion. @throws CommandFailure when there is none, or it is undone already */
export async function includeSpan(env: Environment, id: string): Promise<void> {
  const sql = 'SELECT feed, active FROM exclusions WHERE id = {id:String}';
  const [found] = (await askTable(env, { sql, params: { id } })).rows;
  if (found === undefined)
    throw new CommandFailure(`no exclusion has the id ${id}: see npx haidang feed exclusions`);
  const [feed, active] = found;
  if (active !== '1' && active !== 'true') throw new CommandFailure(`${id} is undone already`);
  await askDoor(env, { method: 'DELETE', path: `${feed ?? ''}/exclusions/${id}`, again: '' });
}

interface DoorQuestion {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** What to add to the same command when its answer was lost. */
  readonly again: string;
}

async function askDoor(env: Environment, { method, path, body, again }: DoorQuestion): Promise<void> {
  const settings = readLocalSettings(env);
  const url = readServices(settings.home)?.ingestUrl ?? roleUrls(settings).ingestUrl;
  const authorization = `Bearer ${plainToken(env, 'HAIDANG_ADMIN_TOKEN')}`;
  let response: Response;
  try {
    response = await fetch(`${url}/v1/feeds/${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    const hint = again === '' ? '' : `; if it was sent, send it again with ${again}`;
    throw new CommandFailure(`nothing answers at ${url}: is it running? (npx haidang start)${hint}`, {
      cause,
    });
  }
  if (!response.ok) throw new CommandFailure(problemText(response.status, await response.text()));
}
