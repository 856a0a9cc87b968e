import { StatementRefusedError } from '../../errors.ts';

/** Deepest value of a parameter: an array of maps of arrays, and no more. */
const depthMax = 8;

/**
 * A JSON value as the HTTP interface writes the value of `{name:Type}`: text with the escapes of TabSeparated,
 * arrays and maps as literals with quoted strings.
 *
 * @throws StatementRefusedError PARAMETER_NOT_ALLOWED for what no type can hold
 */
export function parameterText(value: unknown): string {
  if (value === null) return '\\N';
  if (typeof value === 'string') return escape(value);
  return nested(value, 0);
}

function nested(value: unknown, depth: number): string {
  if (depth > depthMax)
    throw new StatementRefusedError('PARAMETER_NOT_ALLOWED', 'a parameter nests too deep');
  if (value === null) return 'NULL';
  switch (typeof value) {
    case 'string':
      return `'${escape(value).replaceAll("'", "\\'")}'`;
    case 'number':
    case 'boolean':
      return String(value);
    case 'object':
      break;
    default:
      throw new StatementRefusedError('PARAMETER_NOT_ALLOWED', 'a parameter is a JSON value');
  }
  if (Array.isArray(value)) return `[${value.map((item) => nested(item, depth + 1)).join(',')}]`;
  const pairs = Object.entries(value).map(
    ([key, item]) => `${nested(key, depth)}:${nested(item, depth + 1)}`,
  );
  return `{${pairs.join(',')}}`;
}

function escape(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\0', '\\0');
}
