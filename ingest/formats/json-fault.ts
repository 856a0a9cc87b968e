/**
 * Where a text stops being JSON: the UTF-16 index of the first character that cannot stand there (the length of the
 * text when it ends too early), or -1 when the text is one JSON value. Slow, and without recursion: it is only asked
 * about a text that `JSON.parse` refused, whose own message names no place when the text is cut short.
 */
export function jsonFaultIndex(text: string): number {
  const scan = new Scan(text);
  return scan.run();
}

const LITERALS = ['true', 'false', 'null'] as const;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NUMBER_START = /-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?)?)?/y;

class Scan {
  readonly #text: string;
  readonly #open: ('{' | '[')[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): number {
    if (!this.#value()) return this.#at;
    while (this.#open.length > 0) {
      this.#space();
      const inside = this.#open.at(-1);
      const next = this.#text[this.#at];
      if (next === (inside === '{' ? '}' : ']')) {
        this.#open.pop();
        this.#at += 1;
      } else if (next === ',') {
        this.#at += 1;
        if (inside === '{' ? !this.#member() : !this.#value()) return this.#at;
      } else return this.#at;
    }
    this.#space();
    return this.#at === this.#text.length ? -1 : this.#at;
  }

  /** Reads a value as far as its first opening bracket; the loop of `run` goes on from there. */
  #value(): boolean {
    for (;;) {
      this.#space();
      const next = this.#text[this.#at];
      if (next === '"') return this.#string();
      if (next !== '{' && next !== '[') return this.#scalar();
      this.#at += 1;
      this.#space();
      if (this.#text[this.#at] === (next === '{' ? '}' : ']')) {
        this.#at += 1;
        return true;
      }
      this.#open.push(next);
      if (next === '{' && !this.#key()) return false;
    }
  }

  #member(): boolean {
    return this.#key() && this.#value();
  }

  #key(): boolean {
    this.#space();
    if (this.#text[this.#at] !== '"' || !this.#string()) return false;
    this.#space();
    if (this.#text[this.#at] !== ':') return false;
    this.#at += 1;
    return true;
  }

  #scalar(): boolean {
    for (const literal of LITERALS) {
      if (this.#text[this.#at] !== literal[0]) continue;
      for (const letter of literal) {
        if (this.#text[this.#at] !== letter) return false;
        this.#at += 1;
      }
      return true;
    }
    NUMBER.lastIndex = this.#at;
    if (NUMBER.test(this.#text) && !'.eE'.includes(this.#text[NUMBER.lastIndex] ?? ' ')) {
      this.#at = NUMBER.lastIndex;
      return true;
    }
    NUMBER_START.lastIndex = this.#at;
    if (NUMBER_START.test(this.#text)) this.#at = NUMBER_START.lastIndex;
    return false;
  }

  #string(): boolean {
    this.#at += 1;
    for (; this.#at < this.#text.length; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit === 34) {
        this.#at += 1;
        return true;
      }
      if (unit < 32) return false;
      if (unit === 92 && !this.#escape()) return false;
    }
    return false;
  }

  #escape(): boolean {
    this.#at += 1;
    const letter = this.#text[this.#at] ?? '';
    if (letter !== 'u') return letter !== '' && '"\\/bfnrt'.includes(letter);
    for (let digit = 0; digit < 4; digit++) {
      this.#at += 1;
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) return false;
    }
    return true;
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 32 && unit !== 10 && unit !== 13 && unit !== 9) return;
    }
  }
}
