import { type Data, makeData, Utf8, Vector } from 'apache-arrow';

import type { Column } from '../columns.ts';
import { arrowType } from './arrow-schema.ts';

const ROWS_START = 64;
const encoder = new TextEncoder();

/** Counts the bytes of texts and dictionaries of all columns of one batch; an estimate, on the high side. */
export interface TextMeter {
  bytes: number;
}

/**
 * Growable storage of one column, written row after row, handed to Arrow without a copy.
 * 64-bit cells are two unsigned 32-bit halves, low first: BigInt would cost more than all the rest.
 */
export class ColumnBuffers {
  readonly #column: Column;
  readonly #index: number;
  readonly #meter: TextMeter;
  #cells: Float64Array | Int32Array | Uint32Array;
  #nulls: Uint8Array | null = null;
  #nullCount = 0;
  #text = new Uint8Array(0);
  #textBytes = 0;
  readonly #codes = new Map<string, number>();

  constructor(column: Column, index: number, meter: TextMeter) {
    this.#column = column;
    this.#index = index;
    this.#meter = meter;
    this.#cells = emptyCells(column, ROWS_START);
  }

  setNumber(row: number, value: number | null): void {
    this.#reserve(row);
    if (value === null) this.#setNull(row);
    else this.#cells[row] = value;
  }

  /** A time, a version: an integer below 2^53, or null. */
  setWide(row: number, value: number | null): void {
    if (value === null) {
      this.#reserve(row);
      this.#setNull(row);
    } else this.setHalves(row, Math.floor(value / 4_294_967_296), value >>> 0);
  }

  setHalves(row: number, high: number, low: number): void {
    this.#reserve(row);
    this.#cells[row * 2] = low;
    this.#cells[row * 2 + 1] = high;
  }

  setCode(row: number, value: string): void {
    this.#reserve(row);
    let code = this.#codes.get(value);
    if (code === undefined) {
      code = this.#codes.size;
      this.#codes.set(value, code);
      this.#meter.bytes += value.length * 3 + 4;
    }
    this.#cells[row] = code;
  }

  setText(row: number, value: string): void {
    this.#reserve(row);
    const needed = this.#textBytes + value.length * 3;
    if (needed > this.#text.length) this.#growText(needed);
    const written = writeText(this.#text, this.#textBytes, value);
    this.#textBytes += written;
    this.#meter.bytes += written + 4;
    this.#cells[row + 1] = this.#textBytes;
  }

  /** The column as Arrow data over its first `length` rows. */
  finish(length: number): Data {
    const type = arrowType(this.#column.type, this.#index);
    const common = {
      type,
      length,
      nullCount: this.#nullCount,
      ...this.#validity(length),
    };
    switch (this.#column.type) {
      case 'code':
        return makeData({
          ...common,
          data: this.#cells.slice(0, length),
          dictionary: textVector([...this.#codes.keys()]),
        } as never);
      case 'text':
        return makeData({
          ...common,
          valueOffsets: this.#cells.slice(0, length + 1),
          data: this.#text.slice(0, this.#textBytes),
        } as never);
      case 'number':
      case 'count':
        return makeData({
          ...common,
          data: this.#cells.slice(0, length),
        } as never);
      case 'time': {
        const halves = this.#cells.slice(0, length * 2);
        return makeData({
          ...common,
          data: new BigInt64Array(halves.buffer as ArrayBuffer),
        } as never);
      }
      default: {
        const halves = this.#cells.slice(0, length * 2);
        return makeData({
          ...common,
          data: new BigUint64Array(halves.buffer as ArrayBuffer),
        } as never);
      }
    }
  }

  #validity(length: number): { nullBitmap?: Uint8Array } {
    if (this.#nulls === null) return {};
    const bitmap = new Uint8Array(Math.ceil(length / 8));
    for (let row = 0; row < length; row++) {
      if (this.#nulls[row] !== 1) bitmap[row >> 3]! |= 1 << (row & 7);
    }
    return { nullBitmap: bitmap };
  }

  #setNull(row: number): void {
    this.#nulls ??= new Uint8Array(this.#cells.length);
    if (row >= this.#nulls.length) {
      const grown = new Uint8Array(this.#cells.length);
      grown.set(this.#nulls);
      this.#nulls = grown;
    }
    this.#nulls[row] = 1;
    this.#nullCount += 1;
  }

  #reserve(row: number): void {
    const width = cellsPerRow(this.#column);
    const needed = (row + 1) * width + 1;
    if (needed <= this.#cells.length) return;
    const grown = emptyCells(this.#column, Math.ceil((needed * 2) / width));
    grown.set(this.#cells as never);
    this.#cells = grown;
  }

  #growText(needed: number): void {
    const grown = new Uint8Array(Math.max(needed * 2, 1_024));
    grown.set(this.#text);
    this.#text = grown;
  }
}

/** A vector of strings, for dictionaries. */
export function textVector(values: readonly string[]): Vector<Utf8> {
  const parts = values.map((value) => encoder.encode(value));
  const offsets = new Int32Array(values.length + 1);
  parts.forEach((part, index) => (offsets[index + 1] = offsets[index]! + part.length));
  const data = new Uint8Array(offsets[values.length]!);
  parts.forEach((part, index) => data.set(part, offsets[index]!));
  return new Vector([
    makeData({
      type: new Utf8(),
      length: values.length,
      valueOffsets: offsets,
      data,
    }),
  ]);
}

function cellsPerRow(column: Column): number {
  return column.type === 'time' || column.type === 'version' || column.type === 'hash64' ? 2 : 1;
}

function emptyCells(column: Column, rows: number): Float64Array | Int32Array | Uint32Array {
  const length = rows * cellsPerRow(column) + 1 + (cellsPerRow(column) - 1);
  if (column.type === 'number') return new Float64Array(length);
  if (column.type === 'code' || column.type === 'text') return new Int32Array(length);
  return new Uint32Array(length);
}

/** Plain ASCII is copied byte by byte, which beats the encoder on the short strings that ids are. */
function writeText(target: Uint8Array, at: number, value: string): number {
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit >= 128) return encoder.encodeInto(value, target.subarray(at)).written;
    target[at + index] = unit;
  }
  return value.length;
}
