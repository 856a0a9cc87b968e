import type { TextTable } from './sql-client.ts';

/** Widest column; what is longer is cut with an ellipsis. */
export const columnWidthMax = 60;

/** A table for a terminal: columns padded to their widest cell, two spaces between them. */
export function formatTable(table: TextTable): string {
  const lines = [table.columns, ...table.rows].map((row) => row.map(cut));
  const widths = table.columns.map((_, index) =>
    Math.max(...lines.map((line) => [...(line[index] ?? '')].length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, index) => pad(cell, widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cut(text: string): string {
  const flat = text.replaceAll(/\s+/g, ' ');
  const letters = [...flat];
  return letters.length <= columnWidthMax ? flat : `${letters.slice(0, columnWidthMax - 1).join('')}…`;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}
