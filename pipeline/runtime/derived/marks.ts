/** Windows of one definition that are to be evaluated: of these places, or of all. */
export type MarkedWindows = ReadonlyMap<number, ReadonlySet<string> | 'all'>;

/** What one statement evaluates. */
export interface MarkedChunk {
  readonly windows: readonly number[];
  /** undefined: all. */
  readonly places: readonly string[] | undefined;
}

/** Windows and places that one statement names. */
const WINDOWS_MAX = 500;
const PLACES_MAX = 1_000;

/** Windows to evaluate, by the id of a definition or an identity; each window stands once, however often it is marked. */
export class Marks {
  #ids = new Map<string, Map<number, Set<string> | 'all'>>();
  #count = 0;

  /** Windows and places that are marked: what bounds memory. */
  get count(): number {
    return this.#count;
  }

  /** @param place `e:<entity>` or `a:<area>`; 'all': every place that has a value */
  add(id: string, window: number, place: string): void {
    let windows = this.#ids.get(id);
    if (windows === undefined) this.#ids.set(id, (windows = new Map()));
    const places = windows.get(window);
    if (places === 'all') return;
    if (place === 'all') {
      windows.set(window, 'all');
      this.#count += 1 - (places?.size ?? 0);
      return;
    }
    if (places === undefined) windows.set(window, new Set([place]));
    else if (places.has(place)) return;
    else places.add(place);
    this.#count += 1;
  }

  /** Takes out what is marked of an id. */
  take(id: string): MarkedWindows {
    const windows = this.#ids.get(id) ?? new Map<number, Set<string> | 'all'>();
    this.#ids.delete(id);
    for (const places of windows.values()) this.#count -= places === 'all' ? 1 : places.size;
    return windows;
  }
}

/** Cuts windows into what one statement each evaluates, in the order of time. */
export function chunksOf(marked: MarkedWindows): MarkedChunk[] {
  const starts = [...marked.keys()].sort((a, b) => a - b);
  const chunks: MarkedChunk[] = [];
  let windows: number[] = [];
  let places = new Set<string>();
  let isAll = false;
  const close = (): void => {
    if (windows.length > 0) chunks.push({ windows, places: isAll ? undefined : [...places] });
    windows = [];
    places = new Set();
    isAll = false;
  };
  for (const start of starts) {
    if (windows.length === WINDOWS_MAX) close();
    windows.push(start);
    const of = marked.get(start) ?? 'all';
    if (of === 'all') isAll = true;
    else for (const place of of) places.add(place);
    // More places than a statement may name: all of them, which changes nothing but the work.
    if (places.size > PLACES_MAX) isAll = true;
  }
  close();
  return chunks;
}
