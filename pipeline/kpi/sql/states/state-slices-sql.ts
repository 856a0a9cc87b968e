import { type Family, NOW_SQL } from '../../../window/group/group-plan.ts';
import { groupRowsSql, keyNames, partialsSql, sliceSql } from '../group-rows-sql.ts';

/** Where the rows of states come from. */
export interface StandingRows {
  /** See `standingSql`; a name, or a subquery in parentheses. */
  readonly standing: string;
  /** See `registeredSql`; asked where a measure counts entities. */
  readonly registered: string;
  readonly where?: readonly string[];
}

/** Whether a measure counts registered entities: then these give keys too. */
export function countsEntities({ slots }: Pick<Family, 'slots'>): boolean {
  return slots.some(({ entities }) => entities !== undefined);
}

/**
 * The rows that count for a family of states, as `groupRowsSql` gives them: standing rows, placed just before the
 * instant that they are told of, and registered entities.
 */
export function stateRowsSql(family: Family, { standing, registered, where }: StandingRows): string {
  const placed = { ...family, at: { ...family.at, sql: `(${NOW_SQL} - 1)` } };
  const rows = groupRowsSql(placed, { events: standing, ...(where === undefined ? {} : { where }) });
  return countsEntities(family)
    ? `${rows}\n    UNION ALL\n    ${entityRowsSql(family, registered, where ?? [])}`
    : rows;
}

/** Partial states at each point, with the columns of `groupSlicesSql`. */
export function stateSlicesSql(family: Family, source: StandingRows): string {
  const names = [...keyNames(family), 'slice'];
  const columns = [...names, 'count() AS rows', 'max(at_ms) AS as_of', ...partialsSql(family.slots)];
  return `SELECT
  ${columns.join(',\n  ')}
FROM (
  SELECT *, ${sliceSql(family)} AS slice
  FROM (
    ${stateRowsSql(family, source)}
  )
)
GROUP BY ${names.join(', ')}`;
}

/** An entity counts for the measures that ask for it and for no other. */
function entityRowsSql(family: Family, registered: string, where: readonly string[]): string {
  const names = keyNames(family);
  const keys = family.by.map(({ value }, index) => `${value.sql} AS ${names[index] ?? ''}`);
  const slots = family.slots.flatMap(({ entities, of, aggregate }, index) => {
    const counts = `toUInt8(${entities ?? '0'}) AS t${index}`;
    if (of === null) return [counts];
    return [`${aggregate.sample === 'text' ? `''` : 'nan'} AS v${index}`, counts];
  });
  const asked = family.slots.flatMap(({ entities }) => (entities === undefined ? [] : [`(${entities})`]));
  const conditions = [...where, `(${asked.join(' OR ')})`, ...names.map((name) => `${name} != ''`)];
  return `SELECT ${[...keys, `${NOW_SQL} - 1 AS at_ms`, 'toUInt64(0) AS id_hash', ...slots].join(', ')}
    FROM ${registered}
    WHERE ${conditions.join(' AND ')}`;
}
