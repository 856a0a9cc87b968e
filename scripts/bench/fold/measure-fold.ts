import type { GroupKpi } from '../../../pipeline/kpi/group-kpi.ts';
import { decodeBatch } from '../../../pipeline/model/batch/batch.ts';
import { SECOND_MS } from '../../../pipeline/model/time.ts';
import type { Figure } from '../bench-table.ts';
import { type Contestant, takeTurns } from '../rounds.ts';
import { perSecond } from '../statistics.ts';
import { batchRows, foldInput, type FoldInput, type InputShape } from './fold-input.ts';
import { tenAmong, tenKpis } from './fold-pack.ts';
import { GroupRunner } from './group-runner.ts';
import { PlainMaps } from './plain-map.ts';
import { loadRxjs, RxjsStreams } from './rxjs-streams.ts';

/** How much is folded. */
export interface FoldSize {
  /** Batches of one round. */
  readonly batches: number;
  readonly rounds: number;
  readonly warmUps: number;
}

const sizeMs = 60 * SECOND_MS;
const tumbling = 'tumbling: 60s';
const hopping = 'hopping: { size: 60s, advance: 1s }';

/** Batches between two emissions: what comes in a tick of the shard under full load. */
const batchesPerTick = 20;

type Work = 'fold' | 'fold and emit';

/** One core folding batches of 1,000 events with ten matching definitions, beside what one would write by hand. */
export async function measureFold(size: FoldSize, say: (line: string) => void): Promise<readonly Figure[]> {
  const shape = { entities: 100, stepMs: 10 };
  agree(tenKpis(tumbling), foldInput(shape, 0, 20));
  const rxjs = await loadRxjs();
  if (rxjs === null) say('           rxjs is not installed: nothing is measured beside it');
  const figures: Figure[] = [];
  for (const work of ['fold', 'fold and emit'] as const) {
    const contestants = [ours(tenKpis(tumbling), work), maps(work)];
    if (rxjs !== null) contestants.push(streams(new RxjsStreams(rxjs, sizeMs), work));
    const [, ...peers] = takeTurns(contestants, parts(shape, size));
    const name = work === 'fold' ? 'fold, ten KPIs, one core' : 'the same with emission, tumbling 60 s';
    peers.forEach((peer, index) => {
      const beside = ['a Map by text a KPI', 'rxjs groupBy, scan, last'][index] ?? '';
      figures.push({
        ...{ name, value: rateOf(peer.ms / peer.ratio, size), unit: 'events/s' },
        beside: { name: beside, value: rateOf(peer.ms, size) },
        ...(work === 'fold' && index === 0 ? { aim: { of: 'ratio', bound: 10 } as const } : {}),
      });
    });
  }
  return figures;
}

/** Windows that overlap sixtyfold beside windows that do not, with what they publish. */
export function measureHopping(size: FoldSize): readonly Figure[] {
  return [1, 10, 1_000].map((entities) => {
    const [plain, hopped] = takeTurns(
      [ours(tenKpis(tumbling), 'fold and emit'), ours(tenKpis(hopping), 'fold and emit')],
      parts({ entities, stepMs: 1 }, size),
    );
    const ms = plain?.ms ?? Number.NaN;
    return {
      name: `hopping 60 s by 1 s with emission, ${(1_000 / entities).toLocaleString('en-US')} events a key and second`,
      ...{ value: ms * (hopped?.ratio ?? Number.NaN), unit: 'ms' },
      beside: { name: 'tumbling 60 s with emission', value: ms },
      aim: { of: 'ratio', bound: 1.5 },
    };
  });
}

/** What an event costs when more definitions match none of the events. */
export function measureDefinitions(size: FoldSize): readonly Figure[] {
  const counts = [10, 100, 500];
  const shape = { entities: 100, stepMs: 10 };
  const contestants = counts.map((count) => ours(tenAmong(tumbling, count), 'fold and emit'));
  const standings = takeTurns(contestants, parts(shape, size));
  const events = size.batches * batchRows;
  const perEvent = (ms: number): number => (ms * 1e6) / events;
  const first = perEvent(standings[0]?.ms ?? Number.NaN);
  return standings.slice(1).map(({ ratio }, index) => ({
    name: `an event with ten matching KPIs of ${counts[index + 1]}`,
    ...{ value: first * ratio, unit: 'ns' },
    beside: { name: 'of 10', value: first },
    aim: { of: 'ratio', bound: 1.1 },
  }));
}

function rateOf(ms: number, { batches }: FoldSize): number {
  return perSecond(batches * batchRows, ms);
}

function parts(
  shape: InputShape,
  { batches, rounds, warmUps }: FoldSize,
): { rounds: number; warmUps: number; part: (round: number) => FoldInput } {
  return { rounds, warmUps, part: (round) => foldInput(shape, round * batches, batches) };
}

function ours(kpis: readonly GroupKpi[], work: Work): Contestant<FoldInput> {
  const runner = new GroupRunner(kpis);
  return {
    prepare({ bytes, plain }) {
      const batches = bytes.map((one) => decodeBatch('measurement', one));
      const newest = plain.map(newestOf);
      if (work === 'fold') {
        // What was folded before is due and gone before the next part is timed.
        runner.emit(() => undefined);
        return () => {
          for (const batch of batches) runner.fold(batch);
        };
      }
      return () => {
        batches.forEach((batch, index) => {
          runner.fold(batch);
          runner.advance(newest[index]!);
          if (index % batchesPerTick === batchesPerTick - 1) runner.emit(() => undefined);
        });
      };
    },
  };
}

function maps(work: Work): Contestant<FoldInput> {
  const runner = new GroupRunner([]);
  const held = new PlainMaps(sizeMs);
  return {
    prepare({ plain }) {
      const watermarks = plain.map((events) => runner.advance(newestOf(events)));
      if (work === 'fold') held.emit(watermarks[0]!, () => undefined);
      return () => {
        plain.forEach((events, index) => {
          held.fold(events);
          const isTick = work !== 'fold' && index % batchesPerTick === batchesPerTick - 1;
          if (isTick) held.emit(watermarks[index]!, () => undefined);
        });
      };
    },
  };
}

function streams(held: RxjsStreams, work: Work): Contestant<FoldInput> {
  const runner = new GroupRunner([]);
  return {
    prepare({ plain }) {
      const watermarks = plain.map((events) => runner.advance(newestOf(events)));
      if (work === 'fold') held.emit(watermarks[0]!);
      return () => {
        plain.forEach((events, index) => {
          held.fold(events);
          if (work !== 'fold' && index % batchesPerTick === batchesPerTick - 1) held.emit(watermarks[index]!);
        });
      };
    },
  };
}

function newestOf(events: FoldInput['plain'][number]): number {
  return events[events.length - 1]?.time ?? Number.NaN;
}

/** Contestants that compute other values cannot be compared. @throws Error where they differ */
function agree(kpis: readonly GroupKpi[], { bytes, plain }: FoldInput): void {
  const runner = new GroupRunner(kpis);
  const held = new PlainMaps(sizeMs);
  const mine = new Map<string, number>();
  let count = 0;
  bytes.forEach((one, index) => {
    runner.fold(decodeBatch('measurement', one));
    held.fold(plain[index] ?? []);
    const watermark = runner.advance(newestOf(plain[index] ?? []));
    runner.emit(({ kpi, start, group, status, content }) => {
      if (status === 'final')
        mine.set(`${kpi.id} ${start} ${group.key[0] ?? ''}`, content?.value ?? Number.NaN);
    });
    held.emit(watermark, (kpi, key, value) => {
      const own = mine.get(`environment.${kpi} ${key}`) ?? Number.NaN;
      count += 1;
      if (Math.abs(own - value) <= 1e-9 * Math.max(1, Math.abs(value))) return;
      throw new Error(`${kpi} ${key}: ${own} beside ${value} of the plain maps`);
    });
  });
  if (mine.size !== count || count === 0)
    throw new Error(`${mine.size} windows beside ${count} of the plain maps`);
}
