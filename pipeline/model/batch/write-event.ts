import type { AlertEvent, CaseEvent, Event, MeasurementEvent, PostEvent } from '../event.ts';
import type { ColumnBuffers } from './column-buffers.ts';

const ENVELOPE_COLUMNS = 12;

/** Writes one event into the row `row` of its kind's columns, in the order of `COLUMNS`. */
export function writeEvent(columns: readonly ColumnBuffers[], row: number, event: Event): void {
  const at = (index: number): ColumnBuffers => columns[index]!;
  at(0).setText(row, event.id);
  at(1).setHalves(row, event.idHashHigh, event.idHashLow);
  at(2).setNumber(row, event.contentHash);
  at(3).setNumber(row, event.idGiven);
  at(4).setCode(row, event.feed);
  at(5).setCode(row, event.entity);
  at(6).setCode(row, event.area);
  at(7).setWide(row, event.eventTime);
  at(8).setWide(row, event.receivedAt);
  at(9).setNumber(row, event.latitude);
  at(10).setNumber(row, event.longitude);
  at(11).setText(row, event.extra);
  switch (event.kind) {
    case 'measurement':
      return writeMeasurement(columns, row, event);
    case 'case':
      return writeCase(columns, row, event);
    case 'post':
      return writePost(columns, row, event);
    case 'alert':
      return writeAlert(columns, row, event);
  }
}

function writeMeasurement(columns: readonly ColumnBuffers[], row: number, event: MeasurementEvent): void {
  let index = ENVELOPE_COLUMNS;
  columns[index++]!.setCode(row, event.property);
  columns[index++]!.setNumber(row, event.value);
  columns[index++]!.setCode(row, event.unit);
  columns[index++]!.setCode(row, event.quality);
  columns[index++]!.setWide(row, event.version);
  columns[index++]!.setCode(row, event.period);
}

function writeCase(columns: readonly ColumnBuffers[], row: number, event: CaseEvent): void {
  let index = ENVELOPE_COLUMNS;
  columns[index++]!.setText(row, event.caseId);
  columns[index++]!.setCode(row, event.caseType);
  columns[index++]!.setCode(row, event.status);
  columns[index++]!.setWide(row, event.openedAt);
  columns[index++]!.setWide(row, event.dueAt);
  columns[index++]!.setWide(row, event.newDueAt);
  columns[index++]!.setWide(row, event.respondedAt);
  columns[index++]!.setWide(row, event.completedAt);
  columns[index++]!.setWide(row, event.closedAt);
  columns[index++]!.setText(row, event.pauses);
  columns[index++]!.setCode(row, event.channel);
  columns[index++]!.setCode(row, event.agency);
  columns[index++]!.setCode(row, event.procedure);
  columns[index++]!.setNumber(row, event.rating);
  columns[index++]!.setText(row, event.attributes);
  columns[index++]!.setWide(row, event.version);
}

function writePost(columns: readonly ColumnBuffers[], row: number, event: PostEvent): void {
  let index = ENVELOPE_COLUMNS;
  columns[index++]!.setCode(row, event.platform);
  columns[index++]!.setText(row, event.postId);
  columns[index++]!.setCode(row, event.action);
  columns[index++]!.setText(row, event.text);
  columns[index++]!.setCode(row, event.language);
  columns[index++]!.setText(row, event.topics);
  columns[index++]!.setNumber(row, event.sentiment);
  columns[index++]!.setNumber(row, event.reach);
  columns[index++]!.setText(row, event.author);
  columns[index++]!.setWide(row, event.version);
}

function writeAlert(columns: readonly ColumnBuffers[], row: number, event: AlertEvent): void {
  let index = ENVELOPE_COLUMNS;
  columns[index++]!.setCode(row, event.category);
  columns[index++]!.setText(row, event.signature);
  columns[index++]!.setNumber(row, event.severity);
  columns[index++]!.setText(row, event.source);
  columns[index++]!.setText(row, event.target);
  columns[index++]!.setNumber(row, event.count);
}
