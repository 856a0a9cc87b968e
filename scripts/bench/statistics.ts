/**
 * The value below which a share of the values lies (nearest rank).
 *
 * Empty: NaN, which prints as "-".
 *
 * @param share in (0, 1]: 0.5 is the median
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Events a second, from a count and the milliseconds that it took. */
export function perSecond(count: number, elapsedMs: number): number {
  return (count * 1_000) / elapsedMs;
}
