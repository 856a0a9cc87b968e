/** A position in one incarnation of the `KPI` stream. */
export interface Cursor {
  readonly epoch: string;
  readonly sequence: number;
}

/** The wire form, `epoch.sequence`. */
export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}.${cursor.sequence}`;
}

/** Reads the wire form; undefined when it is not one. */
export function parseCursor(text: string): Cursor | undefined {
  const at = text.lastIndexOf('.');
  const digits = text.slice(at + 1);
  if (at <= 0 || !/^[0-9]{1,15}$/.test(digits)) return undefined;
  return { epoch: text.slice(0, at), sequence: Number(digits) };
}
