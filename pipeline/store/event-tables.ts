import { COLUMNS } from '../model/columns.ts';
import { TABLE_COLUMNS } from '../model/batch/reframe.ts';
import type { EventKind } from '../model/subsystem.ts';

/** Tables of raw events. Versioned and periodic measurements are rows: they have a table of their own. */
export type EventTable =
  'raw_measurements' | 'raw_measurement_rows' | 'raw_cases' | 'raw_posts' | 'raw_alerts';

/** The kind of event that each table holds. */
export const EVENT_TABLES: Readonly<Record<EventTable, EventKind>> = {
  raw_measurements: 'measurement',
  raw_measurement_rows: 'measurement',
  raw_cases: 'case',
  raw_posts: 'post',
  raw_alerts: 'alert',
};

/** The table of a kind's facts and rows; measurement rows are told apart by the caller. */
export const TABLE_OF_KIND: Readonly<Record<EventKind, EventTable>> = {
  measurement: 'raw_measurements',
  case: 'raw_cases',
  post: 'raw_posts',
  alert: 'raw_alerts',
};

/** Columns of an insert, in the order in which `reframe` writes them. */
export function insertColumns(table: EventTable): string[] {
  return [...COLUMNS[EVENT_TABLES[table]].map((column) => column.name), ...TABLE_COLUMNS];
}
