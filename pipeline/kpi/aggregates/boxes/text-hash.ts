const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/** Hashes are below this: 53 bits, all integers of a double. */
export const TEXT_HASH_END = 9_007_199_254_740_992; // 2^53

const SECOND_BITS = 2_097_152; // 2^21: bits of the second hash that are used
const SECOND_SHIFT = 11;
const MARK = '#';

const BYTES_START = 256;
let bytes = new Uint8Array(BYTES_START);

/**
 * 53 bits of a text's UTF-8 form: xxHash32 of the text, then 21 bits of xxHash32 of `#` + text.
 * The engine has the same function, which it does not have for any good 64-bit hash that is fast without BigInt.
 */
export function textHash(text: string): number {
  const end = encode(text);
  return xxHash32(1, end) * SECOND_BITS + (xxHash32(0, end) >>> SECOND_SHIFT);
}

/** SQL of `textHash`: UInt64. @param text SQL, String */
export function textHashSql(text: string): string {
  const second = `bitShiftRight(xxHash32(concat('${MARK}', ${text})), ${String(SECOND_SHIFT)})`;
  return `toUInt64(xxHash32(${text})) * ${String(SECOND_BITS)} + ${second}`;
}

/** Writes the mark and the text into `bytes`; returns where they end. A lone surrogate becomes U+FFFD, as everywhere. */
function encode(text: string): number {
  if (bytes.length < 3 * text.length + 1) bytes = new Uint8Array(6 * text.length + 1);
  bytes[0] = MARK.charCodeAt(0);
  let end = 1;
  for (let i = 0; i < text.length; i += 1) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      bytes[end++] = code;
      continue;
    }
    if (code >= 0xd800 && code < 0xe000) {
      const whole = text.codePointAt(i)!;
      if (whole > 0xffff) i += 1;
      code = whole > 0xffff ? whole : 0xfffd;
    }
    end = encodeCode(code, end);
  }
  return end;
}

/** Writes a code point from U+0080 on; returns where it ends. */
function encodeCode(code: number, at: number): number {
  let end = at;
  if (code < 0x800) {
    bytes[end++] = 0xc0 | (code >> 6);
  } else {
    if (code > 0xffff) bytes[end++] = 0xf0 | (code >> 18);
    bytes[end++] = code > 0xffff ? 0x80 | ((code >> 12) & 63) : 0xe0 | (code >> 12);
    bytes[end++] = 0x80 | ((code >> 6) & 63);
  }
  bytes[end++] = 0x80 | (code & 63);
  return end;
}

/** xxHash32 with seed 0 of `bytes[start] … bytes[end - 1]`, unsigned. Source: the xxHash specification, version 0.1.1. */
function xxHash32(start: number, end: number): number {
  let at = start;
  let hash = PRIME_5;
  if (end - start >= 16) {
    let [a, b, c, d] = [PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1];
    for (; at + 16 <= end; at += 16) {
      a = round(a, at);
      b = round(b, at + 4);
      c = round(c, at + 8);
      d = round(d, at + 12);
    }
    hash = rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18);
  }
  hash = (hash + end - start) | 0;
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(rotated((hash + Math.imul(lane(at), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < end; at += 1) {
    hash = Math.imul(rotated((hash + Math.imul(bytes[at]!, PRIME_5)) | 0, 11), PRIME_1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(sum: number, at: number): number {
  return Math.imul(rotated((sum + Math.imul(lane(at), PRIME_2)) | 0, 13), PRIME_1);
}

function rotated(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** Four bytes, the lowest first. */
function lane(at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
