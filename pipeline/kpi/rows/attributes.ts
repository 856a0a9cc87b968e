import type { Batch } from '../../model/batch/batch.ts';
import type { RowNumber, RowTest, RowText } from '../../window/group/row-program.ts';
import { sqlText } from '../sql/literal.ts';
import { jsonCells } from './json-cells.ts';

/**
 * Attributes of a case, read by their JSON type and by nothing else: a text is a JSON string, a number a
 * JSON number, a flag true or false. Null, a missing attribute and a value of another type are absent:
 * `"5"` is no number, `1` no flag. (The engine's own JSONExtract would turn each into the other.)
 */
type Attributes = Readonly<Record<string, unknown>>;

const COLUMN = 'attributes';

/** The text of an attribute, '' when absent. */
export function attributeText(name: string): RowText {
  const key = sqlText(name);
  return {
    codes: null,
    sql: `if(JSONType(${COLUMN}, ${key}) = 'String', JSONExtractString(${COLUMN}, ${key}), '')`,
    bind(batch) {
      const value = bindAttribute(batch, name);
      return (row) => {
        const found = value(row);
        return typeof found === 'string' ? found : '';
      };
    },
  };
}

/** The number of an attribute. */
export function attributeNumber(name: string): RowNumber {
  const key = sqlText(name);
  const isNumber = `JSONType(${COLUMN}, ${key}) IN ('Int64', 'UInt64', 'Double')`;
  return {
    codes: null,
    sql: `if(${isNumber}, JSONExtractFloat(${COLUMN}, ${key}), NULL)`,
    bind(batch) {
      const value = bindAttribute(batch, name);
      return (row) => {
        const found = value(row);
        return typeof found === 'number' ? found : NaN;
      };
    },
  };
}

/** A flag as 1 or 0; SQL: Nullable(UInt8). */
export function attributeFlag(name: string): RowNumber {
  const key = sqlText(name);
  return {
    codes: null,
    sql: `if(JSONType(${COLUMN}, ${key}) = 'Bool', toUInt8(JSONExtractBool(${COLUMN}, ${key})), NULL)`,
    bind(batch) {
      const value = bindAttribute(batch, name);
      return (row) => {
        const found = value(row);
        return typeof found === 'boolean' ? Number(found) : NaN;
      };
    },
  };
}

/** Whether an attribute of any type is there: not null, and no empty text. */
export function attributeExists(name: string): RowTest {
  const key = sqlText(name);
  const type = `JSONType(${COLUMN}, ${key})`;
  const isText = `(${type} = 'String' AND JSONExtractString(${COLUMN}, ${key}) != '')`;
  return {
    codes: null,
    sql: `(${type} IN ('Int64', 'UInt64', 'Double', 'Bool') OR ${isText})`,
    bind(batch) {
      const value = bindAttribute(batch, name);
      return (row) => {
        const found = value(row);
        return found !== '' && ['string', 'number', 'boolean'].includes(typeof found);
      };
    },
  };
}

function bindAttribute(batch: Batch, name: string): (row: number) => unknown {
  const cells = jsonCells<Attributes>(batch, COLUMN, (json) =>
    typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Attributes) : null,
  );
  return (row) => {
    const attributes = cells(row);
    // `constructor` is no attribute, and `__proto__` may be one.
    return attributes !== null && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  };
}
