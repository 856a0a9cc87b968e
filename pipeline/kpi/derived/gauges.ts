import type { WindowRule } from '../../window/group/window-rule.ts';

/**
 * What the platform counts itself: a statement over the views of its own bookkeeping. To add one, write an entry here
 * and a definition with `from: platform`.
 */
export interface Gauge {
  readonly name: string;
  /** Counts up when a change of the statement can change a value; part of a definition's hash. */
  readonly revision: number;
  /** Fields of its key: `entity` or dimensions. */
  readonly by: readonly string[];
  /**
   * Statement with the columns `entity, dims Map(String, String), window Int64, value, numerator, denominator, samples,
   * as_of_ms`.
   */
  sql(rule: WindowRule): string;
}

/** Share of the windows compared by the background verification that were equal to their SQL. */
const verifiedShare: Gauge = {
  name: 'verifiedShare',
  revision: 1,
  by: [],
  sql: (rule) => `SELECT '' AS entity, CAST(map(), 'Map(String, String)') AS dims, window,
  100 * numerator / denominator AS value, toFloat64(sum(matched)) AS numerator,
  toFloat64(sum(matched + faults)) AS denominator, sum(matched + faults) AS samples, max(at_ms) AS as_of_ms
FROM (SELECT toUnixTimestamp64Milli(compared_at) AS at_ms, matched, different + missing + surplus AS faults
      FROM verifications)
ARRAY JOIN ${rule.windowsSql('at_ms')} AS window
GROUP BY window
HAVING denominator > 0`,
};

/** Faults of each identity that were found in a window and still stand. */
const identityViolations: Gauge = {
  name: 'identityViolations',
  revision: 1,
  by: ['identity'],
  sql: (rule) => `SELECT '' AS entity, map('identity', identity) AS dims, window,
  toFloat64(sum(is_fault)) AS value, CAST(NULL, 'Nullable(Float64)') AS numerator,
  CAST(NULL, 'Nullable(Float64)') AS denominator, count() AS samples, max(at_ms) AS as_of_ms
FROM (SELECT identity, toUnixTimestamp64Milli(found_at) AS at_ms, is_fault FROM identity_checks)
ARRAY JOIN ${rule.windowsSql('at_ms')} AS window
GROUP BY identity, window`,
};

/** Every gauge by name. */
export const GAUGES: ReadonlyMap<string, Gauge> = new Map(
  [verifiedShare, identityViolations].map((gauge) => [gauge.name, gauge]),
);
