import type { Area, Registry } from '../../model/registry.ts';
import { PROVINCE_AREA } from '../../model/subsystem.ts';
import { sqlText } from '../sql/literal.ts';
import { codedText } from './column-programs.ts';
import type { CodedText } from './column-programs.ts';

/** A level of the hierarchy of areas. */
export type AreaLevel = Area['level'];

/** `area.` and one of these, or `area` alone. */
export const AREA_LEVELS: readonly AreaLevel[] = ['commune', 'district', 'province'];

/**
 * Where a row belongs: the registered area of its entity, else the area of the event, else the province.
 * With a level: that area or the one above it that has the level; '' when there is none, such as the
 * commune of a row that is known by its district only, or any level of an area that is not registered.
 *
 * The registry's hierarchy is the one that counts, whatever the time of the row.
 */
export function areaText(registry: Pick<Registry, 'areas' | 'entities'>, level: AreaLevel | null): CodedText {
  const place = (area: string): string => {
    const known = area === '' ? PROVINCE_AREA : area;
    return level === null ? known : ancestorAt(registry.areas, known, level);
  };
  const ofEntity = new Map([...registry.entities.values()].map(({ id, area }) => [id, place(area)]));
  return codedText(['entity', 'area'], areaSql(registry, ofEntity, level), (batch) => {
    const entities = batch.codes('entity');
    const areas = batch.codes('area');
    const registered = Uint8Array.from(entities.values, (id) => (ofEntity.has(id) ? 1 : 0));
    const values = [...entities.values.map((id) => ofEntity.get(id) ?? ''), ...areas.values.map(place)];
    const first = entities.values.length;
    return {
      values,
      at(row) {
        const entity = entities.codes[row]!;
        return registered[entity] === 1 ? entity : first + areas.codes[row]!;
      },
    };
  });
}

/** The area itself or the nearest above it that has the level, or ''. */
export function ancestorAt(areas: Registry['areas'], id: string, level: AreaLevel): string {
  let area = areas.get(id);
  // A hierarchy has three levels; a loop in a hand-made one ends here too.
  for (let steps = 0; area !== undefined && steps <= AREA_LEVELS.length; steps++) {
    if (area.level === level) return area.id;
    area = areas.get(area.parent);
  }
  return '';
}

function areaSql(
  { areas }: Pick<Registry, 'areas'>,
  ofEntity: ReadonlyMap<string, string>,
  level: AreaLevel | null,
): string {
  const own = `if(area = '', ${sqlText(PROVINCE_AREA)}, area)`;
  const known = [...areas.keys()].map(
    (id) => [id, level === null ? id : ancestorAt(areas, id, level)] as const,
  );
  const placed = level === null ? own : transformSql(own, known, `''`);
  return transformSql('entity', [...ofEntity], placed);
}

function transformSql(of: string, pairs: readonly (readonly [string, string])[], otherwise: string): string {
  if (pairs.length === 0) return otherwise;
  const list = (at: 0 | 1): string => `[${pairs.map((pair) => sqlText(pair[at])).join(', ')}]`;
  return `transform(${of}, ${list(0)}, ${list(1)}, ${otherwise})`;
}
