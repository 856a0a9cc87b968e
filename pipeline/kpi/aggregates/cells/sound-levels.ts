/** A table's unit: 2^-20 of the energy of 0 dB. */
export const ENERGY_UNIT = 1_048_576; // 2^20

/** Decades of energy, 10 dB each: levels run from 0.0 to 189.9 dB. */
export const DECADES = 19;

/** Parts of a decade: a tenth of a decibel each. */
export const TENTHS = 100;

/** Unit of the table that tells hundredths within a tenth. */
export const HUNDREDTH_UNIT = 1_099_511_627_776; // 2^40

/** round(2^20 * 10^(i / 100)), i = 0 … 99: energy of i tenths of a decibel. */
export const ENERGY_OF_TENTH: readonly number[] = Array.from({ length: TENTHS }, (_, i) =>
  nearestPower({ power: i, root: 100, bits: 20 }),
);

/** round(2^40 * 10^((2j - 1) / 2000)), j = 1 … 10: from here on a ratio is nearer to j hundredths than to j - 1. */
export const RATIO_OF_HUNDREDTH: readonly number[] = Array.from({ length: 10 }, (_, i) =>
  nearestPower({ power: 2 * i + 1, root: 2_000, bits: 40 }),
);

/**
 * The integer nearest to 2^bits * 10^(power / root), found in integers: `Math.pow` only says where to look, for its
 * last bits differ between machines.
 */
function nearestPower(of: { readonly power: number; readonly root: number; readonly bits: number }): number {
  const exponent = BigInt(of.root);
  const target = (10n ** BigInt(of.power)) << (BigInt(of.bits + 1) * exponent);
  // n is nearest when (2n - 1)^root <= 2^root * (2^bits)^root * 10^power < (2n + 1)^root.
  let nearest = BigInt(Math.round(2 ** of.bits * 10 ** (of.power / of.root)));
  while ((2n * nearest - 1n) ** exponent > target) nearest -= 1n;
  while ((2n * nearest + 1n) ** exponent <= target) nearest += 1n;
  return Number(nearest);
}
