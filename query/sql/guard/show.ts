import { publicDatabase, viewNames } from './views.ts';

/** A statement of ours that answers a SHOW, and the name of the format that was asked for. */
export interface Shown {
  readonly sql: string;
  readonly format: string | undefined;
}

const ending = String.raw`(?:\s+FORMAT\s+(\w+))?[\s;]*$`;
const tables = new RegExp(
  String.raw`^\s*SHOW\s+TABLES(?:\s+(?:FROM|IN)\s+(?:haidang|"haidang"|${'`'}haidang${'`'}))?${ending}`,
  'i',
);
const databases = new RegExp(String.raw`^\s*SHOW\s+DATABASES${ending}`, 'i');

/**
 * What answers `SHOW TABLES` and `SHOW DATABASES`, with which tools begin: constants. The engine's own answer would
 * name what is behind the views, so nothing of the text but the format reaches it. Undefined for any other text.
 */
export function shownInstead(text: string): Shown | undefined {
  const ofTables = tables.exec(text);
  if (ofTables !== null) {
    const names = [...viewNames].sort().map((name) => `'${name}'`);
    return { sql: `SELECT arrayJoin([${names.join(', ')}]) AS name`, format: ofTables[1] };
  }
  const ofDatabases = databases.exec(text);
  if (ofDatabases === null) return undefined;
  return { sql: `SELECT '${publicDatabase}' AS name`, format: ofDatabases[1] };
}
