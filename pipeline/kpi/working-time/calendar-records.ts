import { officeHoursMax } from '../../model/registry.ts';
import { CALENDAR_DAYS, type WorkingCalendar } from './working-calendar.ts';

/** Bytes of one record; record `i` holds entry `i` of every array of a calendar. */
export const RECORD_BYTES = 64;

/** Records of one calendar; the last one stands behind the end. */
export const CALENDAR_RECORDS = CALENDAR_DAYS + 1;

/** Where a field begins in a record, bytes from 0; little-endian, 64 bits for `before` and `throughOpenDay`. */
export const RECORD_FIELDS = {
  before: 0,
  throughOpenDay: 8,
  opens: [16, 24, 32],
  closes: [20, 28, 36],
  workingThrough: 40,
  closing: 44,
  openDay: 48,
  quantumOpenDay: 52,
  workingDay: 56,
  quantum: 60,
} as const;

/** Greater than any working time: a comparison with an open day that does not exist says "not yet". */
const never = 2n ** 62n;

/**
 * Writes a calendar as a text of fixed records, the form in which SQL looks things up: a piece of a constant
 * String costs the engine nothing per row, an element of a constant Array copies the array for every row.
 */
export function recordsOf(calendar: WorkingCalendar): Buffer {
  const bytes = Buffer.alloc(CALENDAR_RECORDS * RECORD_BYTES);
  for (let index = 0; index < CALENDAR_RECORDS; index += 1) {
    const at = index * RECORD_BYTES;
    const put = (field: number, value: number): void => void bytes.writeInt32LE(value, at + field);
    const through = calendar.throughOpenDay[index];
    bytes.writeBigInt64LE(BigInt(calendar.before[index] ?? 0), at + RECORD_FIELDS.before);
    bytes.writeBigInt64LE(through === undefined ? never : BigInt(through), at + RECORD_FIELDS.throughOpenDay);
    for (let span = 0; span < officeHoursMax; span += 1) {
      put(RECORD_FIELDS.opens[span] ?? 0, calendar.opens[index * officeHoursMax + span] ?? 0);
      put(RECORD_FIELDS.closes[span] ?? 0, calendar.closes[index * officeHoursMax + span] ?? 0);
    }
    put(RECORD_FIELDS.workingThrough, calendar.workingThrough[index] ?? calendar.workingDay.length);
    put(RECORD_FIELDS.closing, calendar.closing[index] ?? -1);
    put(RECORD_FIELDS.openDay, calendar.openDay[index] ?? -1);
    put(RECORD_FIELDS.quantumOpenDay, calendar.quantumOpenDay[index] ?? CALENDAR_DAYS);
    put(RECORD_FIELDS.workingDay, calendar.workingDay[index] ?? -1);
    put(RECORD_FIELDS.quantum, calendar.quantum);
  }
  return bytes;
}
