import type { ClickHouseClient } from '@clickhouse/client';

import { visibilityCeilings, type VisibilityCeiling } from '../../../pipeline/runtime/access/tokens.ts';
import { ceilingDatabase, viewNames } from '../guard/views.ts';

/** A view of the store with its columns. */
export interface StoreView {
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * Keeps one database for each ceiling, with the analysts' views and nothing else in it.
 *
 *     haidang.kpi_values ---- rows of KPIs up to public ---> haidang_public.kpi_values
 *                      \----- up to internal -------------> haidang_internal.kpi_values …
 *
 * A statement runs with its ceiling's database as the current one and the guard lets no other be named, so what
 * a token may not see is not in reach of any SQL: there is no filter to get around. A KPI that the registry does
 * not know is only in the last of them.
 */
export class CeilingViews {
  readonly #client: ClickHouseClient;
  readonly #database: string;
  readonly #cluster: string | undefined;
  #built = '';

  /** @param client may write; its database is the store's */
  constructor(
    client: ClickHouseClient,
    store: { readonly database: string; readonly cluster: string | undefined },
  ) {
    this.#client = client;
    this.#database = store.database;
    this.#cluster = store.cluster;
  }

  /** Whether every statement of an analyst finds its views. */
  get ready(): boolean {
    return this.#built !== '';
  }

  /** Builds the views that are missing or whose columns have changed. Safe to call again, and by two at once. */
  async refresh(): Promise<'built' | 'unchanged' | 'no views yet'> {
    const views = await this.#views();
    if (!views.some((view) => view.name === 'measurements')) return 'no views yet';
    const signature = JSON.stringify(views);
    if (signature === this.#built) return 'unchanged';
    const options = { database: this.#database, cluster: this.#cluster, views };
    for (const ceiling of visibilityCeilings) {
      for (const query of ceilingStatements(ceiling, options)) await this.#client.command({ query });
    }
    this.#built = signature;
    return 'built';
  }

  async #views(): Promise<StoreView[]> {
    const result = await this.#client.query({
      query: `SELECT viewed AS name, groupArray(had) AS columns
        FROM (SELECT table AS viewed, name AS had FROM system.columns
              WHERE database = {database:String} AND table IN {names:Array(String)} ORDER BY table, position)
        GROUP BY viewed ORDER BY viewed`,
      query_params: { database: this.#database, names: [...viewNames] },
      format: 'JSONEachRow',
    });
    return result.json<StoreView>();
  }
}

/** DDL of one ceiling's database, in order; each may run again. */
export function ceilingStatements(
  ceiling: VisibilityCeiling,
  store: {
    readonly database: string;
    readonly cluster: string | undefined;
    readonly views: readonly StoreView[];
  },
): readonly string[] {
  const on = store.cluster === undefined ? '' : ` ON CLUSTER \`${store.cluster}\``;
  const database = ceilingDatabase(ceiling);
  const hasKpis = store.views.some((view) => view.name === 'kpis');
  const statements = [`CREATE DATABASE IF NOT EXISTS ${database}${on} ENGINE = Atomic`];
  for (const view of store.views) {
    const where = condition(view, { ceiling, from: store.database, hasKpis });
    const columns = view.columns.map((column) => selected(view.name, column, ceiling)).join(', ');
    const select = `SELECT ${columns} FROM ${store.database}.${view.name}${where}`;
    statements.push(`CREATE OR REPLACE VIEW ${database}.${view.name}${on} AS ${select}`);
  }
  return statements;
}

// What a stranger sent and nobody understood may hold anything: not for public screens.
function selected(view: string, column: string, ceiling: VisibilityCeiling): string {
  if (view === 'quarantine' && column === 'payload' && ceiling === 'public') return `'' AS payload`;
  // Nor who works here.
  if (view === 'exclusions' && column.endsWith('_by') && ceiling === 'public') return `'' AS ${column}`;
  return `\`${column}\``;
}

function condition(
  view: StoreView,
  scope: { readonly ceiling: VisibilityCeiling; readonly from: string; readonly hasKpis: boolean },
): string {
  if (scope.ceiling === 'restricted' || !scope.hasKpis) return '';
  const key =
    view.name === 'kpis' ? 'id' : view.columns.find((column) => column === 'kpi' || column === 'kpis');
  if (key === undefined) return '';
  const seen = visibilityCeilings.slice(0, visibilityCeilings.indexOf(scope.ceiling) + 1);
  const list = seen.map((visibility) => `'${visibility}'`).join(', ');
  // The strictest version decides: what one version keeps back, an older one must not tell.
  const ids = `SELECT id FROM ${scope.from}.kpis GROUP BY id HAVING countIf(visibility NOT IN (${list})) = 0`;
  // What several KPIs are compared in tells of each of them.
  if (key === 'kpis') return ` WHERE hasAll((SELECT groupArray(id) FROM (${ids})), kpis)`;
  return ` WHERE \`${key}\` IN (${ids})`;
}
