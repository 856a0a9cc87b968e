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
 * @throws RequestRefusedError CONTENT_TYPE_UNSUPPORTED
 */
export function rowFormat(header: string | undefined): RowFormat {
  const [type = '', ...parameters] = (header ?? '').split(';').map((part) => part.trim().toLowerCase());
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
