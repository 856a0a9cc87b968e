import type { EventKind } from '../../../model/subsystem.ts';
import type { RowNumber } from '../../../window/group/row-program.ts';
import { ROW_FUNCTIONS } from '../../rows/row-functions.ts';
import type { RowFunction } from '../../rows/row-functions.ts';
import type { CalendarBook } from '../../working-time/calendar-book.ts';
import { WORKING_TIME_FUNCTIONS } from '../../working-time/working-time-functions.ts';
import type { WorkingTimeFunction } from '../../working-time/working-time-functions.ts';

/**
 * The functions that a row of a kind knows. Those of working time go by the calendar of the case's own agency and by
 * its pauses, so definitions name neither: `workingHours(openedAt, respondedAt)`.
 */
export function rowFunctionsOf(kind: EventKind, book: CalendarBook): ReadonlyMap<string, RowFunction> {
  if (kind !== 'case') return ROW_FUNCTIONS;
  const working = [...WORKING_TIME_FUNCTIONS.values()].map((entry) => rowFunction(entry, book));
  return new Map([...ROW_FUNCTIONS, ...working.map((entry) => [entry.name, entry] as const)]);
}

function rowFunction(entry: WorkingTimeFunction, book: CalendarBook): RowFunction {
  const { name, kinds, result, revision } = entry;
  const args = kinds.filter((kind) => kind === 'time' || kind === 'number');
  return { name, args, result, revision, build: (numbers) => program(entry, book, numbers) };
}

function program(entry: WorkingTimeFunction, book: CalendarBook, numbers: readonly RowNumber[]): RowNumber {
  const { kinds } = entry;
  let next = 0;
  const sqlArgs = kinds.map((kind) => (kind === 'agency' || kind === 'pauses' ? kind : numbers[next++]!.sql));
  return {
    codes: null,
    sql: entry.sql(book, sqlArgs),
    bind(batch) {
      const agencies = batch.codes('agency');
      const reads = numbers.map((number) => number.bind(batch));
      return (row) => {
        let read = 0;
        const given = kinds.map((kind): number | string => {
          if (kind === 'agency') return agencies.values[agencies.codes[row]!]!;
          return kind === 'pauses' ? batch.text('pauses', row) : reads[read++]!(row);
        });
        return given.includes(NaN) ? NaN : entry.compute(book, given);
      };
    },
  };
}
