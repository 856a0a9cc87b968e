/** What a figure counts. A rate is better when higher, a time when lower. */
export type FigureUnit = 'events/s' | 'ms';

/** One figure beside the limit or the peer that was measured in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: FigureUnit;
  readonly beside: { readonly name: string; readonly value: number };
  /** What the project wants, where it wants something of this figure. */
  readonly aim?: Aim;
}

/** A bound of the figure itself, or of its ratio to what stands beside it. */
export interface Aim {
  readonly of: 'value' | 'ratio';
  readonly bound: number;
}

/** The figures as a table of text. A missed aim is a word in it, never a failure. */
export function formatFigures(figures: readonly Figure[]): string {
  const head = ['figure', 'measured', 'beside', 'measured', 'ratio', 'aim', ''];
  const rows = figures.map((figure) => [
    figure.name,
    `${formatNumber(figure.value)} ${figure.unit}`,
    figure.beside.name,
    `${formatNumber(figure.beside.value)} ${figure.unit}`,
    (figure.value / figure.beside.value).toFixed(2),
    aimText(figure),
    aimVerdict(figure),
  ]);
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? '')].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => pad(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Whether a figure keeps to its aim; an empty text when it has none. */
export function aimVerdict(figure: Figure): 'reached' | 'missed' | '' {
  const { aim, unit, value, beside } = figure;
  if (aim === undefined) return '';
  const judged = aim.of === 'value' ? value : value / beside.value;
  return (unit === 'ms' ? judged < aim.bound : judged >= aim.bound) ? 'reached' : 'missed';
}

function aimText({ aim, unit }: Figure): string {
  if (aim === undefined) return '';
  const sign = unit === 'ms' ? '<' : '>=';
  return aim.of === 'value'
    ? `${sign} ${formatNumber(aim.bound)} ${unit}`
    : `ratio ${sign} ${aim.bound.toFixed(2)}`;
}

/** Thousands with commas; below 100 two digits after the point. */
function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}
