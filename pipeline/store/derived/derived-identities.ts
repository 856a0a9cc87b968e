import type { ClickHouseClient } from '@clickhouse/client';

import type { Identity } from '../../kpi/definitions/identities.ts';
import { type IdentityScope, identitySql } from '../../kpi/derived/sql/identity-sql.ts';
import { sqlText } from '../../kpi/sql/literal.ts';
import { insertJson, selectRows, tableTime } from '../connect-store.ts';

/** A window in which every KPI of an identity is final. */
export interface IdentityRow {
  readonly place: string;
  readonly area: string;
  readonly entity: string;
  /** JSON object, as `raw_kpi_values` has it. */
  readonly dims: string;
  readonly start: number;
  readonly end: number;
  readonly left: number | null;
  readonly right: number | null;
  readonly isFault: boolean;
}

type Row = [string, string, string, string, number, number, number | null, number | null, number];

/** Checks windows of an identity. @throws StoreUnavailableError */
export async function identityRows(
  client: ClickHouseClient,
  identity: Identity,
  scope: IdentityScope,
): Promise<IdentityRow[]> {
  const rows = await selectRows<Row>(client, identitySql(identity, scope));
  return rows.map(([place, area, entity, dims, start, end, left, right, isFault]) => {
    return { place, area, entity, dims, start, end, left, right, isFault: isFault === 1 };
  });
}

/** Most faults that memory is told of; views know all. */
export const faultsMax = 100_000;

/** A fault as memory knows it. */
export interface StoredFault {
  readonly identity: string;
  readonly kpis: readonly string[];
  readonly place: string;
  readonly dims: string;
  readonly start: number;
}

/** The faults that stand, the newest windows first. */
export async function storedFaults(client: ClickHouseClient): Promise<StoredFault[]> {
  const rows = await selectRows<[string, string[], string, string, number]>(
    client,
    `SELECT identity, kpis, place, dims, toUnixTimestamp64Milli(window_start)
FROM raw_identity_checks FINAL
WHERE is_fault = 1
ORDER BY window_start DESC
LIMIT ${faultsMax}`,
  );
  return rows.map(([identity, kpis, place, dims, start]) => ({ identity, kpis, place, dims, start }));
}

/** Writes faults that were found, and those that are none any more. @throws StoreUnavailableError */
export async function writeIdentityRows(
  client: ClickHouseClient,
  identity: Identity,
  {
    rows,
    revision,
    now,
  }: { readonly rows: readonly IdentityRow[]; readonly revision: number; readonly now: number },
): Promise<void> {
  if (rows.length === 0) return;
  await insertJson(
    client,
    'raw_identity_checks',
    rows.map(({ place, area, entity, dims, start, end, left, right, isFault }) => ({
      ...{ identity: identity.id, kpis: identity.kpis, place, area, entity, dims },
      ...{ window_start: tableTime(start), window_end: tableTime(end), left_value: left, right_value: right },
      ...{ tolerance: identity.tolerance, is_fault: isFault ? 1 : 0, found_at: tableTime(now), revision },
    })),
  );
}

/** Takes back the faults of identities that are defined no more. */
export async function dropOtherIdentities(
  client: ClickHouseClient,
  identities: readonly Identity[],
  revision: number,
): Promise<void> {
  const known =
    identities.length === 0 ? '1' : `identity NOT IN (${identities.map(({ id }) => sqlText(id)).join(', ')})`;
  await client.command({
    query: `INSERT INTO raw_identity_checks
SELECT * REPLACE (0 AS is_fault, toUInt64(${revision}) AS revision) FROM raw_identity_checks FINAL
WHERE is_fault = 1 AND ${known}`,
  });
}
