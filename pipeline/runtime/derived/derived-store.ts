import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';

import type { Identity } from '../../kpi/definitions/identities.ts';
import type { DerivedInput, DerivedKpi, DerivedScope } from '../../kpi/derived/derived-kpi.ts';
import type { IdentityScope } from '../../kpi/derived/sql/identity-sql.ts';
import {
  dropOtherIdentities,
  type IdentityRow,
  identityRows,
  type StoredFault,
  storedFaults,
  writeIdentityRows,
} from '../../store/derived/derived-identities.ts';
import {
  type DerivedRow,
  derivedRows,
  highestRevision,
  openWindows,
  storedSpan,
  storedStarts,
} from '../../store/derived/derived-values.ts';
import { type StoredGroupWindow, storedGroupWindows } from '../../store/groups/group-windows.ts';
import type { Timers } from '../../time/clock.ts';
import { patience } from '../patience.ts';

/** What the runner of derived definitions asks the store; every question is waited out. */
export interface DerivedStore {
  rows(kpi: DerivedKpi, scope: DerivedScope): Promise<DerivedRow[]>;
  windows(wanted: Parameters<typeof storedGroupWindows>[1]): Promise<StoredGroupWindow[]>;
  open(kpis: readonly DerivedKpi[]): Promise<[string, number, number][]>;
  highestRevision(kpis: readonly DerivedKpi[]): Promise<number>;
  span(inputs: readonly DerivedInput[]): Promise<{ readonly from: number; readonly to: number } | null>;
  /** Starts of the stored windows of definitions. */
  starts(kpis: Parameters<typeof storedStarts>[1]): Promise<number[]>;
  identity(identity: Identity, scope: IdentityScope): Promise<IdentityRow[]>;
  faults(): Promise<StoredFault[]>;
  writeIdentity(identity: Identity, found: Parameters<typeof writeIdentityRows>[2]): Promise<void>;
  dropOthers(identities: readonly Identity[], revision: number): Promise<void>;
}

/**
 * The store on ClickHouse, waiting out one that is away or overloaded.
 * @param clients identities are written on the lane of writers, everything else is read
 */
export function clickhouseDerivedStore(
  { read, write }: { readonly read: ClickHouseClient; readonly write: ClickHouseClient },
  waiting: { readonly timers: Timers; readonly logger: Logger },
): DerivedStore {
  const patient = patience('derived values wait', waiting);
  return {
    rows: (kpi, scope) => patient(() => derivedRows(read, kpi, scope)),
    windows: (wanted) => patient(() => storedGroupWindows(read, wanted)),
    open: (kpis) => patient(() => openWindows(read, kpis)),
    highestRevision: (kpis) => patient(() => highestRevision(read, kpis)),
    span: (inputs) => patient(() => storedSpan(read, inputs)),
    starts: (kpis) => patient(() => storedStarts(read, kpis)),
    identity: (identity, scope) => patient(() => identityRows(read, identity, scope)),
    faults: () => patient(() => storedFaults(read)),
    writeIdentity: (identity, found) => patient(() => writeIdentityRows(write, identity, found)),
    dropOthers: (identities, revision) => patient(() => dropOtherIdentities(write, identities, revision)),
  };
}
