/** A text and the size at which it fits, in px at 1080 lines. */
export interface FittedText {
  readonly text: string;
  readonly size: number;
}

const family = '"Hai Dang So", "Be Vietnam Pro", sans-serif';
const knownMax = 2_000;
const known = new Map<string, FittedText>();
let canvas: CanvasRenderingContext2D | null | undefined;

/** Width of a text in px at 1080 lines. */
export function textWidth(text: string, size: number, weight: number): number {
  canvas ??= document.createElement('canvas').getContext('2d');
  if (canvas === null) return text.length * size * 0.6;
  canvas.font = `${weight} ${size}px ${family}`;
  return canvas.measureText(text).width;
}

/**
 * The largest of `sizes` at which the text fits into `width`; a text that fits at none of them is shortened
 * in its middle,
 * where ids differ least. Registered names are short; this is for ids that only arrived with their data.
 */
export function fitText(text: string, width: number, weight: number, sizes: readonly number[]): FittedText {
  const key = `${width}|${weight}|${sizes.join()}|${text}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const fitted = measure(text, width, weight, sizes);
  if (known.size >= knownMax) known.clear();
  known.set(key, fitted);
  return fitted;
}

/** Forgets what was measured before the fonts had come. */
export function forgetWidths(): void {
  known.clear();
}

function measure(text: string, width: number, weight: number, sizes: readonly number[]): FittedText {
  const size = sizes.find((one) => textWidth(text, one, weight) <= width);
  if (size !== undefined) return { text, size };
  const smallest = sizes.at(-1) ?? 24;
  const letters = [...text];
  for (let kept = letters.length - 1; kept > 2; kept -= 1) {
    const head = Math.ceil(kept / 2);
    const tail = letters.slice(letters.length - (kept - head)).join('');
    const short = `${letters.slice(0, head).join('')}…${tail}`;
    if (textWidth(short, smallest, weight) <= width) return { text: short, size: smallest };
  }
  return { text: letters.slice(0, 2).join(''), size: smallest };
}

/** The first of some texts that fits; the last where none does. */
export function firstThatFits(texts: readonly string[], width: number, size: number): string {
  return texts.find((text) => textWidth(text, size, 400) <= width) ?? texts.at(-1) ?? '';
}

/** Breaks a sentence into lines of at most `width`. */
export function wrapText(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, size, 400) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}
