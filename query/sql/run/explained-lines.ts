import { sqlLiteral } from '../../../pipeline/store/clickhouse/sql-tokens.ts';

const behindTheViews = /`?\bhaidang_(?:public|internal|restricted)`?\.|\braw_/g;

/**
 * The statement that answers with the lines of an EXPLAIN, in any format, without the names behind the views.
 * The engine has `SELECT … FROM (EXPLAIN …)`, but counts it as a temporary table: the lanes of readers refuse it.
 */
export function explainedLines(text: string): string {
  const lines = text.replace(/\n$/, '').replaceAll(behindTheViews, '');
  return `SELECT arrayJoin(splitByChar('\\n', ${sqlLiteral(lines)})) AS explain`;
}
