import { signal } from '@preact/signals';

import type { SocketLike } from '../../query/client/socket-like.ts';
import { LiveClient } from '../../query/client/live-client.ts';
import type { ConnectionState } from '../../query/client/connection-state.ts';
import type { RegistryDocument } from '../../query/protocol/documents/registry-document.ts';
import type { LiveValue } from '../../query/protocol/live-value.ts';
import { ValueMap } from '../../query/protocol/value-map.ts';
import { fetchRegistry, fetchSession, forgetToken, rememberToken } from './session.ts';

/** The browser's timers, clock and chance, handed in by the entry. */
export interface BrowserPorts {
  after(delayMs: number, run: () => void): () => void;
  every(periodMs: number, run: () => void): () => void;
  monotonicMs(): number;
  random(): number;
  /** Loads the page again, at most once a minute. */
  reload(): void;
}

/** Windows that ended longer ago are let go, milliseconds: the strip shows 25 hours. */
const keepMs = 26 * 3_600_000;

/** Most series that a page holds of registered entities; far more than a province has. */
const seriesMax = 20_000;

/** Most series of entities that only send: however many there are, they push nothing registered out. */
const unknownSeriesMax = 2_000;

/** What stands in the way of showing data. */
export type AccessState = 'open' | 'ask' | 'wrong';

/**
 * The page's line to its server: token, registry, values. Everything else reads `changed` and the getters.
 */
export class WallConnection {
  readonly state = signal<ConnectionState>('idle');
  readonly access = signal<AccessState>('open');
  readonly source = signal<'reading' | 'interrupted'>('reading');
  readonly registry = signal<RegistryDocument | undefined>(undefined);
  /** Counts what came; a change of it means that there is something new to draw. */
  readonly changed = signal(0);
  /** Counts whole answers: after a pause everything is drawn at once. */
  readonly answers = signal(0);
  readonly #registered = new ValueMap(seriesMax);
  readonly #unknown = new ValueMap(unknownSeriesMax);
  #registeredIds: ReadonlySet<string> = new Set();
  /** Server time when the line was lost, milliseconds since 1970. */
  lostAtMs: number | undefined;
  readonly #client: LiveClient;
  readonly #ports: BrowserPorts;
  #build: string | undefined;

  constructor(ports: BrowserPorts) {
    this.#ports = ports;
    const { protocol, host } = location;
    this.#client = new LiveClient({
      url: `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/v1/live`,
      token: () => this.#token(),
      // A browser's socket hands its handlers more than they ask for.
      open: (url, protocols) => new WebSocket(url, [...protocols]) as unknown as SocketLike,
      timers: ports,
      random: ports.random,
      monotonicMs: ports.monotonicMs,
      events: {
        onState: (state) => this.#onState(state),
        onSnapshot: (_id, values) => {
          this.#registered.clear();
          this.#unknown.clear();
          this.#take(values);
          this.answers.value += 1;
        },
        onDelta: (_id, values) => this.#take(values),
        onHeartbeat: ({ build, source }) => this.#onHeartbeat(build, source),
      },
    });
    this.#client.subscribe({ id: 'wall', kpis: ['environment.*'], history: '26h', maxRateMs: 1_000 });
  }

  start(): void {
    this.#client.start();
  }

  /** Gives the line up and opens a new one at once: something happened that may have cut it unnoticed. */
  suspect(detail: string): void {
    this.#client.suspect(detail);
  }

  /** The server's time, milliseconds since 1970, or undefined before its first heartbeat. */
  nowMs(): number | undefined {
    return this.#client.clock.now();
  }

  /** Tries a token that somebody typed. */
  useToken(token: string): void {
    rememberToken(token);
    this.access.value = 'open';
    this.#client.start();
  }

  /** Every series that is held, each oldest window first. */
  *series(): Generator<readonly [LiveValue, ...LiveValue[]]> {
    yield* this.#registered.series();
    yield* this.#unknown.series();
  }

  #mapOf({ entity }: LiveValue): ValueMap {
    return entity === '' || this.#registeredIds.has(entity) ? this.#registered : this.#unknown;
  }

  async #token(): Promise<string> {
    const answer = await fetchSession();
    if (answer.kind === 'ask') {
      if (this.access.value === 'open') this.access.value = 'ask';
      throw new Error('no token yet');
    }
    try {
      this.#setRegistry(await fetchRegistry(answer.token));
    } catch (error) {
      // Without the list of stations an old one is better than a dark wall; without any there is nothing to
      // draw.
      if (this.registry.value === undefined) {
        if (error instanceof Error && error.message.endsWith('401')) this.#refused();
        throw error;
      }
    }
    return answer.token;
  }

  // An entity that was registered since then moves: what is held of it goes to its new place.
  #setRegistry(registry: RegistryDocument): void {
    this.registry.value = registry;
    this.#registeredIds = new Set(registry.entities.map(({ id }) => id));
    const held = [...this.series()].flat();
    this.#registered.clear();
    this.#unknown.clear();
    this.#take(held);
  }

  #take(values: readonly LiveValue[]): void {
    const nowMs = this.nowMs() ?? 0;
    const keepFrom = new Date(Math.max(0, nowMs - keepMs)).toISOString();
    for (const value of values) this.#mapOf(value).put(value, keepFrom);
    this.#registered.prune(keepFrom);
    this.#unknown.prune(keepFrom);
    this.changed.value += 1;
  }

  #onState(state: ConnectionState): void {
    if (state === 'live') this.lostAtMs = undefined;
    else if (this.state.value === 'live') this.lostAtMs = this.#client.clock.heardMs;
    if (state === 'refused') this.#refused();
    this.state.value = state;
  }

  // A typed token that is wrong is asked for again; the wall's own may have been renewed, so it is fetched
  // anew.
  #refused(): void {
    if (sessionStorage.getItem('haidang.token') !== null) {
      forgetToken();
      this.access.value = 'wrong';
      return;
    }
    this.#ports.after(5_000, () => this.#client.start());
  }

  #onHeartbeat(build: string, source: 'reading' | 'interrupted'): void {
    this.source.value = source;
    if (this.#build !== undefined && build !== this.#build) this.#ports.reload();
    this.#build = build;
  }
}
