import type { FeedConfig } from '../../pipeline/model/registry.ts';
import type { Lookups } from './lookups.ts';
import type { WireRow } from './schema-check.ts';
import type { TimeReader } from './times.ts';

/** What normalising a row of any kind needs beside its envelope. */
export interface RowContext {
  readonly row: WireRow;
  readonly lookups: Lookups;
  readonly feed: FeedConfig;
  readonly times: TimeReader;
}
