/**
 * Order of two texts by code point, which is the order of their UTF-8 bytes and so the engine's. `<` compares UTF-16
 * units and puts an emoji, whose units start at D800, before letters from U+E000 on.
 */
export function byCodePoint(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return ranked(x) - ranked(y);
  }
  return a.length - b.length;
}

/** Moves surrogates (D800 … DFFF) behind the rest. */
function ranked(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
