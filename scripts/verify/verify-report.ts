import type { Verdict } from '../../pipeline/kpi/sql/verify-sql.ts';
import type { TextTable } from '../cli/sql-client.ts';
import { faultsOf } from './verify-kpis.ts';
import type { KpiVerdicts } from './verify-kpis.ts';

const VERDICTS: readonly Verdict[] = ['matched', 'different', 'missing', 'surplus', 'provisional', 'newer'];

/** One row for each definition, and their totals. */
export function verdictTable(results: readonly KpiVerdicts[]): TextTable {
  const rows = results.map(({ kpi, position, windows }) => [
    kpi,
    String(position),
    ...VERDICTS.map((verdict) => String(windows[verdict])),
  ]);
  const totals = VERDICTS.map((verdict) => String(totalOf(results, verdict)));
  return { columns: ['kpi', 'position', ...VERDICTS], rows: [...rows, ['total', '', ...totals]] };
}

/** Examples of windows that do not agree: `value numerator denominator samples` of both sides. */
export function exampleTable(results: readonly KpiVerdicts[]): TextTable {
  const columns = [
    'kpi',
    'verdict',
    'entity or area',
    'window start (UTC)',
    'stored',
    'recomputed',
    'revision',
  ];
  const rows = results.flatMap(({ kpi, examples }) =>
    examples.map(({ verdict, example: [key, start, stored, recomputed, revision] }) => [
      ...[kpi, verdict, key, start, stored === '' ? '–' : stored, recomputed === '' ? '–' : recomputed],
      revision === 0 ? '–' : String(revision),
    ]),
  );
  return { columns, rows };
}

/** The last line: what a reader takes home. */
export function verdictLine(results: readonly KpiVerdicts[]): string {
  const faults = results.reduce((sum, result) => sum + faultsOf(result), 0);
  const compared = totalOf(results, 'matched') + faults;
  if (compared === 0) return 'no complete window to compare yet';
  if (faults > 0) return `${String(faults)} of ${String(compared)} windows do not agree with their SQL`;
  return `${String(compared)} windows compared, all equal to their SQL over the raw events, digit for digit`;
}

function totalOf(results: readonly KpiVerdicts[], verdict: Verdict): number {
  return results.reduce((sum, { windows }) => sum + windows[verdict], 0);
}
