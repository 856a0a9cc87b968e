import { RequestRefusedError } from '../errors.ts';
import type { RowFormat } from '../formats/rows.ts';

const FORMATS: Readonly<Record<string, RowFormat>> = {
  '': 'json',
  'application/json': 'json',
  'text/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/x-jsonlines': 'ndjson',
};

/**
 * How a body is to be read. Without a `Content-Type` it is JSON; the only charset is UTF-8.
 *
 * @param rawHeaders names and values in turn, as they were sent: two content types are refused, not merged
 * @throws RequestRefusedError CONTENT_TYPE_UNSUPPORTED, REQUEST_MALFORMED
 */
export function rowFormat(rawHeaders: readonly string[]): RowFormat {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'content-type',
  );
  if (values.length > 1) throw new RequestRefusedError('REQUEST_MALFORMED', 'two Content-Type headers');
  const [type = '', ...parameters] = (values[0] ?? '').split(';').map((part) => part.trim().toLowerCase());
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (format === undefined) {
    const wanted = 'application/json or application/x-ndjson';
    throw new RequestRefusedError('CONTENT_TYPE_UNSUPPORTED', `send ${wanted}, not ${type.slice(0, 60)}`);
  }
  for (const parameter of parameters) {
    const charset = /^charset="?([^"]*)"?$/.exec(parameter)?.[1];
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
      throw new RequestRefusedError(
        'CONTENT_TYPE_UNSUPPORTED',
        `charset ${charset.slice(0, 40)}: only utf-8 is`,
      );
    }
  }
  return format;
}
