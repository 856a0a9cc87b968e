import type { Durability } from '../../pipeline/runtime/settings.ts';

/** A nats-server version, compared number by number. */
export type Version = readonly [major: number, minor: number, patch: number];

/** The first version that knows `sync_interval: always`. */
export const strictSince: Version = [2, 10, 0];

/** The first version of 2.10 that is not known to forget a stream on a crash. */
export const streamSafeSince: Version = [2, 10, 23];

/** Reads `nats-server: v2.10.27` and `2.10.27-1+b3` alike; undefined when there is no version in the text. */
export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** The version as people write it. */
export function formatVersion(version: Version): string {
  return version.join('.');
}

/** Whether `version` is `least` or newer. */
export function isAtLeast(version: Version, least: Version): boolean {
  for (const [index, part] of version.entries()) {
    const other = least[index] ?? 0;
    if (part !== other) return part > other;
  }
  return true;
}

/** The mode in which we run, or why we must not. `warning` stays visible at every start. */
export type DurabilityDecision =
  | { readonly kind: 'run'; readonly durability: Durability; readonly warning: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Decides the durability mode from the broker's version and from what was asked for, if anything was.
 *
 *     version        nothing asked        strict asked        relaxed asked
 *     < 2.10         relaxed + warning    refused             relaxed
 *     2.10.0-22      strict + warning     strict + warning    relaxed + warning
 *     >= 2.10.23     strict               strict              relaxed
 */
export function decideDurability(version: Version, asked: Durability | undefined): DurabilityDecision {
  const found = `nats-server ${formatVersion(version)}`;
  if (!isAtLeast(version, strictSince)) {
    if (asked === 'strict') {
      return {
        kind: 'refused',
        reason: `HAIDANG_DURABILITY=strict needs nats-server >= 2.10, found ${formatVersion(version)}; install a newer one, or set HAIDANG_DURABILITY=relaxed`,
      };
    }
    const warning = asked === 'relaxed' ? undefined : `${found} cannot sync every write: relaxed mode`;
    return { kind: 'run', durability: 'relaxed', warning };
  }
  const warning = isAtLeast(version, streamSafeSince)
    ? undefined
    : `${found} can forget a stream when it crashes; install >= ${formatVersion(streamSafeSince)}`;
  return { kind: 'run', durability: asked ?? 'strict', warning };
}
