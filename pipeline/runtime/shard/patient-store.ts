import type { Logger } from 'pino';

import type { Timers } from '../../time/clock.ts';
import { patience } from '../patience.ts';
import type { ShardStore } from './shard-store.ts';

/** The same store, waiting out a ClickHouse that is away or overloaded: a shard has nothing better to do. */
export function patientStore(
  store: ShardStore,
  waiting: { readonly timers: Timers; readonly logger: Logger },
): ShardStore {
  const patient = patience('a shard waits', waiting);
  return {
    known: (table, ids) => patient(() => store.known(table, ids)),
    slices: (position, days) => patient(() => store.slices(position, days)),
    slicesSince: (position, from, entities) => patient(() => store.slicesSince(position, from, entities)),
    windows: (wanted) => patient(() => store.windows(wanted)),
    entities: (position) => patient(() => store.entities(position)),
    hours: (position) => patient(() => store.hours(position)),
    hotIds: (bounds) => patient(() => store.hotIds(bounds)),
    givenIds: (position) => patient(() => store.givenIds(position)),
    groupSlices: (family, question) => patient(() => store.groupSlices(family, question)),
    changedSlices: (family, rows) => patient(() => store.changedSlices(family, rows)),
    states: (family, when) => patient(() => store.states(family, when)),
    firstChange: (family, rows) => patient(() => store.firstChange(family, rows)),
    exclusions: (position) => patient(() => store.exclusions(position)),
    exclude: (change) => patient(() => store.exclude(change)),
    hoursInSpan: (change) => patient(() => store.hoursInSpan(change)),
    slicesInSpan: (family, change) => patient(() => store.slicesInSpan(family, change)),
    firstInSpan: (family, change) => patient(() => store.firstInSpan(family, change)),
    corrections: (bounds) => patient(() => store.corrections(bounds)),
    openings: (feed, cases) => patient(() => store.openings(feed, cases)),
    groupWindows: (wanted) => patient(() => store.groupWindows(wanted)),
  };
}
