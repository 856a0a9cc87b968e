/** Bands of VN_AQI, the best first: Decision 1459/QĐ-TCMT, table 1. Texts are in `texts.ts`, by index. */
export type AqiBand = 1 | 2 | 3 | 4 | 5 | 6;

/** Highest index of each band; the colours belong to them by law. */
const upper: readonly (readonly [AqiBand, number])[] = [
  [1, 50],
  [2, 100],
  [3, 150],
  [4, 200],
  [5, 300],
];

/** The band of an index. */
export function aqiBand(index: number): AqiBand {
  return upper.find(([, bound]) => index <= bound)?.[0] ?? 6;
}

/**
 * Up to 100 a mark is a ring in the band's colour, above it a filled disc: the form tells them apart without
 * colour.
 */
export function aqiMark(band: AqiBand): 'ring' | 'disc' {
  return band <= 2 ? 'ring' : 'disc';
}

/** Name of the text colour that is readable on the band's colour. */
export function onBand(band: AqiBand): 'ink' | 't1' {
  return band <= 4 ? 'ink' : 't1';
}
