/** Since when a source is silent; 'never': nothing came; undefined: it keeps its promise. */
export type SilentSince = number | 'never' | undefined;

/**
 * Whether a promise of freshness is broken. What counts is the newest moment that any value rests on, whatever
 * its window: a complete hour stays true while the running one is fed.
 */
export function silentSince(asOfMs: readonly number[], promiseMs: number, nowMs: number): SilentSince {
  if (asOfMs.length === 0) return 'never';
  const newestMs = Math.max(...asOfMs);
  return nowMs - newestMs > promiseMs ? newestMs : undefined;
}

/** The latest to fall silent first, those that never spoke last. */
export function bySilence(
  one: { readonly silentSinceMs: SilentSince },
  other: { readonly silentSinceMs: SilentSince },
): number {
  return moment(other.silentSinceMs) - moment(one.silentSinceMs);
}

function moment(since: SilentSince): number {
  return typeof since === 'number' ? since : 0;
}
