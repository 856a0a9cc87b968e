import type { Identity } from '../../kpi/definitions/identities.ts';
import type { IdentityRow, StoredFault } from '../../store/derived/derived-identities.ts';
import type { DerivedPorts } from './derived-ports.ts';
import { chunksOf, type MarkedWindows } from './marks.ts';

/** Checks marked windows of an identity: writes what became a fault or none, and tells those who publish. */
export async function checkIdentity(
  identity: Identity,
  marked: MarkedWindows,
  {
    ports,
    versions,
    revision,
  }: {
    readonly ports: DerivedPorts;
    readonly versions: ReadonlyMap<string, number>;
    readonly revision: number;
  },
): Promise<number> {
  let changed = 0;
  for (const { windows, places } of chunksOf(marked)) {
    const scope = { versions, windows, ...(places === undefined ? {} : { places }) };
    const rows = await ports.store.identity(identity, scope);
    const news = rows.filter((row) => row.isFault !== isKnown(identity, row, ports));
    if (news.length === 0) continue;
    await ports.store.writeIdentity(identity, { rows: news, revision, now: ports.clock.now() });
    for (const row of news) tell(identity, row, ports);
    changed += news.length;
  }
  return changed;
}

/** Tells those who publish of the faults that stand since before. */
export function tellFaults(faults: readonly StoredFault[], { doubts }: DerivedPorts): void {
  for (const { identity, kpis, place, dims, start } of faults) {
    for (const kpi of kpis) doubts.break({ kpi, place, dims, start }, identity);
  }
}

function isKnown(
  { id, kpis }: Identity,
  { place, dims, start }: IdentityRow,
  { doubts }: DerivedPorts,
): boolean {
  return kpis.some((kpi) => doubts.isBroken({ kpi, place, dims, start }, id));
}

function tell(identity: Identity, row: IdentityRow, { doubts, logger }: DerivedPorts): void {
  const { place, dims, start, left, right, isFault } = row;
  for (const kpi of identity.kpis) {
    if (isFault) doubts.break({ kpi, place, dims, start }, identity.id);
    else doubts.mend({ kpi, place, dims, start }, identity.id);
  }
  if (!isFault) return;
  const window = new Date(start).toISOString();
  logger.warn({ identity: identity.id, place, dims, window, left, right }, 'an identity does not hold');
}
