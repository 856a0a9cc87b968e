import type { PlainEvent } from './fold-input.ts';
import { endOfKey, isCounted, type PlainState, TEN_PLAIN, windowKeyOf } from './plain-map.ts';

/** The part of RxJS that is used: it is a peer to be measured, and no part of the product. */
interface Rxjs {
  readonly Subject: new <Of>() => Subject<Of>;
  filter<Of>(test: (one: Of) => boolean): unknown;
  groupBy<Of>(
    key: (one: Of) => string,
    options: { duration: (group: { readonly key: string }) => unknown },
  ): unknown;
  mergeMap(project: (group: Pipeable) => unknown): unknown;
  scan<State, Of>(accumulate: (state: State, one: Of) => State, seed: State): unknown;
  last(): unknown;
}

interface Pipeable {
  pipe(...operators: readonly unknown[]): Pipeable;
  subscribe(next: (state: PlainState) => void): unknown;
}

interface Subject<Of> extends Pipeable {
  next(one: Of): void;
}

/** RxJS, or null where it is not installed. */
export async function loadRxjs(): Promise<Rxjs | null> {
  const name = 'rxjs';
  try {
    return (await import(name)) as Rxjs;
  } catch {
    return null;
  }
}

/** The ten definitions as streams: grouped by key and window, scanned, each window's last state its value. */
export class RxjsStreams {
  readonly #events: Subject<PlainEvent>;
  readonly #watermarks: Subject<number>;
  emitted = 0;

  constructor(rxjs: Rxjs, sizeMs: number) {
    const { Subject, filter, groupBy, mergeMap, scan, last } = rxjs;
    this.#events = new Subject();
    this.#watermarks = new Subject();
    for (const kpi of TEN_PLAIN) {
      const add = (state: PlainState, event: PlainEvent): PlainState => {
        kpi.add(state, event);
        return state;
      };
      const duration = ({ key }: { readonly key: string }): unknown => {
        const end = endOfKey(key, sizeMs);
        return this.#watermarks.pipe(filter((watermark: number) => watermark >= end));
      };
      this.#events
        .pipe(
          filter(isCounted),
          groupBy((event: PlainEvent) => windowKeyOf(event, sizeMs), { duration }),
          mergeMap((window) => window.pipe(scan(add, kpi.create()), last())),
        )
        .subscribe((state) => {
          this.emitted += Number.isNaN(kpi.value(state)) ? 0 : 1;
        });
    }
  }

  /** Takes the events of one batch, one by one. */
  fold(events: readonly PlainEvent[]): void {
    for (const event of events) this.#events.next(event);
  }

  /** Ends the windows that are over. */
  emit(watermark: number): void {
    this.#watermarks.next(watermark);
  }
}
