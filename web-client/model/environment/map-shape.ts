import type { RegistryDocument } from '../../../query/protocol/documents/registry-document.ts';

type Area = RegistryDocument['areas'][number];

/** A place on the scheme, in kilometres. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What the map draws of the province, in kilometres. */
export interface MapShape {
  /** The mainland's districts of one generation. */
  readonly districts: readonly Area[];
  /** Coast and border of the mainland, or nothing when no file gives it. */
  readonly coast: Area | undefined;
  /** An area far out at sea that is drawn apart, not to scale. */
  readonly inset: Area | undefined;
}

/** Côn Đảo lies 180 km from the coast. */
const insetArea = 'con-dao';

/**
 * Chooses one generation of districts: that of which most entities speak; of equals the latest. Areas of
 * different
 * generations overlap and must not be drawn together.
 */
export function mapShape(registry: RegistryDocument): MapShape {
  const drawn = registry.areas.filter((area) => area.level === 'district' && area.outline.length > 2);
  const dates = [...new Set(drawn.map((area) => area.validFrom))].sort();
  const used = new Set(registry.entities.map((entity) => entity.area));
  let generation: Area[] = [];
  let usedBest = -1;
  for (const date of dates) {
    const valid = drawn.filter(
      (area) => area.validFrom <= date && (area.validTo === '' || area.validTo > date),
    );
    const usedHere = valid.filter((area) => used.has(area.id)).length;
    if (usedHere < usedBest) continue;
    generation = valid;
    usedBest = usedHere;
  }
  return {
    districts: generation.filter((area) => area.id !== insetArea),
    coast: registry.areas.find((area) => area.level === 'province' && area.outline.length > 2),
    inset: generation.find((area) => area.id === insetArea),
  };
}

/** How much more one direction may be stretched than the other: a scheme may, a map may not. */
const stretchMax = 1.15;

/** Scales kilometres of some outlines into a box, in its middle, nearly in proportion. */
export function fitInto(
  points: readonly (readonly [number, number])[],
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): (point: Point) => Point {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const [wide, tall] = [box.width / (right - left || 1), box.height / (bottom - top || 1)];
  const scaleX = Math.min(wide, tall * stretchMax);
  const scaleY = Math.min(tall, wide * stretchMax);
  const dx = box.x + (box.width - (right - left) * scaleX) / 2 - left * scaleX;
  const dy = box.y + (box.height - (bottom - top) * scaleY) / 2 - top * scaleY;
  return ({ x, y }) => ({ x: x * scaleX + dx, y: y * scaleY + dy });
}

/** Outline as an SVG path. */
export function pathOf(
  outline: readonly (readonly [number, number])[],
  place: (point: Point) => Point,
): string {
  const corners = outline.map(([x, y]) => place({ x, y }));
  return `M${corners.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
}
