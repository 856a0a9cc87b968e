import type { Batch } from '../../model/batch/batch.ts';

/** By batch and column: what was read of each row so far. A batch takes its cells with it when it goes. */
const read = new WeakMap<Batch, Map<string, unknown[]>>();

/**
 * The cells of a column that holds JSON texts, each parsed once a batch, when first asked for, however many
 * programs ask. An empty text and a text that is no JSON give null.
 *
 * @param shape makes of the JSON what is kept; one column has one shape
 */
export function jsonCells<Cell>(
  batch: Batch,
  column: string,
  shape: (json: unknown) => Cell | null,
): (row: number) => Cell | null {
  const columns = read.get(batch) ?? new Map<string, unknown[]>();
  read.set(batch, columns);
  const cells = (columns.get(column) ?? new Array<unknown>(batch.length)) as (Cell | null | undefined)[];
  columns.set(column, cells);
  return (row) => {
    const known = cells[row];
    if (known !== undefined) return known;
    const cell = shape(parsed(batch.text(column, row)));
    cells[row] = cell;
    return cell;
  };
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // Ingest writes these texts itself; of a foreign one the engine reads nothing either.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
