/** A rectangle in the map's units. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A name that wants a place beside its mark. */
export interface LabelRequest {
  readonly id: string;
  readonly mark: { readonly x: number; readonly y: number; readonly radius: number };
  readonly width: number;
  readonly height: number;
}

/** Where a label goes; `anchor` is the side on which its text starts. */
export interface PlacedLabel {
  readonly box: Box;
  readonly anchor: 'start' | 'middle' | 'end';
}

interface Candidate {
  readonly label: PlacedLabel;
  /** What the place costs whatever the other labels do. */
  readonly cost: number;
}

const gap = 10;
/**
 * Beginnings that are tried: some always, more while something is still covered; and rounds of improvement
 * in each.
 */
const startsMin = 40;
const startsMax = 400;
const clear = 100;
const roundsMax = 12;

/**
 * Finds a place for each label so that none covers another, a mark or an obstacle; where that cannot be, the
 * places that
 * cover least. The same input always gives the same places, so that names do not wander on the wall.
 */
export function placeLabels(
  requests: readonly LabelRequest[],
  obstacles: readonly Box[],
  bounds: Box,
): Map<string, PlacedLabel> {
  const fixed = [...obstacles, ...requests.map(({ mark }) => square(mark))];
  const places = requests.map((request) => {
    const own = square(request.mark);
    const taken = fixed.filter((box) => box.x !== own.x || box.y !== own.y);
    return candidates(request).map((label, order): Candidate => {
      const covered = taken.reduce((sum, box) => sum + overlap(label.box, box), 0);
      // The order breaks ties: a name beside its mark is read more easily than one in a corner.
      return { label, cost: order + 100 * (covered + outside(label.box, bounds)) };
    });
  });
  const chosen = search(places);
  return new Map(
    requests.flatMap(({ id }, index) => {
      const label = chosen[index]?.label;
      return label === undefined ? [] : [[id, label] as const];
    }),
  );
}

// Many beginnings, each improved until nothing improves: one alone ends in a corner from which no single
// move leads out.
function search(places: readonly (readonly Candidate[])[]): readonly Candidate[] {
  let best: readonly Candidate[] = [];
  let costBest = Number.POSITIVE_INFINITY;
  let seed = 1;
  for (
    let start = 0;
    start < startsMax && (start < startsMin || costBest >= clear * places.length);
    start += 1
  ) {
    const chosen = places.flatMap((list) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return list[start === 0 ? 0 : (seed >>> 8) % list.length] ?? [];
    });
    improve(places, chosen);
    const cost = chosen.reduce((sum, candidate, index) => sum + costAt(candidate, chosen, index), 0);
    if (cost >= costBest) continue;
    best = chosen;
    costBest = cost;
  }
  return best;
}

function improve(places: readonly (readonly Candidate[])[], chosen: Candidate[]): void {
  for (let round = 0; round < roundsMax; round += 1) {
    let moved = 0;
    for (const [index, list] of places.entries()) {
      const known = chosen[index];
      if (known === undefined) continue;
      let found = known;
      let costFound = costAt(known, chosen, index);
      for (const candidate of list) {
        const cost = costAt(candidate, chosen, index);
        if (cost >= costFound) continue;
        found = candidate;
        costFound = cost;
      }
      if (found === known) continue;
      chosen[index] = found;
      moved += 1;
    }
    if (moved === 0) return;
  }
}

function costAt(candidate: Candidate, chosen: readonly Candidate[], index: number): number {
  let cost = candidate.cost;
  for (const [other, { label }] of chosen.entries()) {
    if (other !== index) cost += 100 * overlap(candidate.label.box, label.box);
  }
  return cost;
}

// Beside the mark first, as in a line of text; then above and below.
function candidates({ mark, width, height }: LabelRequest): PlacedLabel[] {
  const { x, y, radius } = mark;
  const right = x + radius + gap;
  const left = x - radius - gap - width;
  const middle = y - height / 2;
  const [above, below] = [y - radius - gap - height, y + radius + gap];
  const at = (anchor: PlacedLabel['anchor'], bx: number, by: number): PlacedLabel => ({
    anchor,
    box: { x: bx, y: by, width, height },
  });
  const beside = [0, -0.3, 0.3, -0.5, 0.5, -0.8, 0.8].flatMap((shift) => [
    at('start', right, middle + shift * height),
    at('end', left, middle + shift * height),
  ]);
  const slides = [0.5, 0.25, 0.75, 0, 1].flatMap((part) => [
    at('middle', x - part * width, above),
    at('middle', x - part * width, below),
  ]);
  return [...beside, ...slides];
}

function square({ x, y, radius }: LabelRequest['mark']): Box {
  return { x: x - radius - 2, y: y - radius - 2, width: 2 * radius + 4, height: 2 * radius + 4 };
}

function overlap(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return width > 0 && height > 0 ? width * height : 0;
}

function outside(box: Box, bounds: Box): number {
  return box.width * box.height - overlap(box, bounds);
}
