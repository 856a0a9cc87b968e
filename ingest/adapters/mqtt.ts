import { createServer, type AddressInfo, type Socket } from 'node:net';

import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';

import type { Logger } from '../../pipeline/runtime/logger.ts';
import { sleep, type Timers } from '../../pipeline/time/clock.ts';
import { refusalOf, RequestRefusedError } from '../errors.ts';
import { bodyBytesMax } from '../formats/body-text.ts';
import { readRows } from '../formats/rows.ts';
import type { Intake, Verdict } from '../intake.ts';
import { authorisePush, type FeedAccess } from './feed-access.ts';

/** What the MQTT door needs. */
export interface MqttDoorOptions {
  readonly intake: Intake;
  readonly access: FeedAccess;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}

/** A listening MQTT door. */
export interface MqttDoor {
  readonly port: number;
  /** Takes no more connections and no more messages; what was taken is still acknowledged when stored. */
  stopAccepting(): void;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** Connections that are held at most. */
const connectionsMax = 2_000;
/** Messages that wait for their acknowledgement at most, over all connections; the one beyond closes its own. */
const messagesInFlightMax = 50_000;
/** How long a message waits before it is offered to a full or absent log again, milliseconds. */
const retryMs = 500;
/** Return codes of CONNACK (MQTT 3.1.1, table 3.1). */
const badUserOrPassword = 4;
const notAuthorised = 5;

/**
 * Opens the MQTT door: MQTT 3.1.1, publish on `feeds/{feed}/events` only, and the own `feeds/{feed}/status` to read.
 *
 * The acknowledgement is withheld by not calling back from `authorizePublish`: aedes writes PUBACK (QoS 1) or PUBREC
 * (QoS 2) after it, and reads the next piece of a socket only when every message of the last one was called back. So
 * a full or absent log holds the senders back instead of closing on them. QoS 0 is taken without a promise.
 */
export async function openMqttDoor(options: MqttDoorOptions): Promise<MqttDoor> {
  const door = new Door(options);
  const broker = await Aedes.createBroker({
    maxClientsIdLength: 1_024,
    preConnect: (_client, packet, done) => {
      // Nothing is kept for who is away: senders keep what was not acknowledged, and a will is no reading.
      packet.clean = true;
      delete packet.will;
      // A client id must not push another feed's client off.
      if (packet.clientId !== '') packet.clientId = `${packet.username ?? ''}/${packet.clientId}`;
      done(null, true);
    },
    authenticate: (client, user, password, done) => {
      const refused = door.login(client, user, password);
      if (refused === null) done(null, true);
      else done(refused, null);
    },
    authorizePublish: (client, packet, done) => {
      void door.publish(client, packet).then((outcome) => {
        if (outcome === 'stored') done(null);
        else if (outcome !== 'unanswered') done(outcome);
      });
    },
    authorizeSubscribe: (client, subscription, done) => {
      done(null, subscription.topic === `feeds/${door.feedOf(client)}/status` ? subscription : null);
    },
  });
  broker.on('clientError', (_client, error) =>
    options.logger.debug({ err: error }, 'an MQTT client was closed'),
  );
  broker.on('connectionError', (_client, error) => options.logger.debug({ err: error }, 'no MQTT client'));
  door.onVerdict = (feed, verdict) => {
    const payload = Buffer.from(JSON.stringify(verdict));
    const packet = { cmd: 'publish', topic: `feeds/${feed}/status`, payload, qos: 0 } as const;
    broker.publish({ ...packet, dup: false, retain: false }, () => {});
  };
  return listen(broker, door, options);
}

function listen(broker: Aedes, door: Door, options: MqttDoorOptions): Promise<MqttDoor> {
  const server = createServer((socket) => {
    // Before aedes: its own listener parses what is here.
    const held: { client?: Client } = {};
    socket.on('readable', () => boundPacket(socket, held.client));
    held.client = broker.handle(socket);
  });
  server.maxConnections = connectionsMax;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        stopAccepting() {
          door.isClosing = true;
          server.close();
        },
        close: () => new Promise((closed) => broker.close(closed)),
      });
    });
  });
}

/**
 * aedes has no bound for a packet: MQTT allows 256 MB, which its parser would collect. The parser knows the length as
 * soon as the first bytes are there.
 */
function boundPacket(socket: Socket, client: Client | undefined): void {
  const parser = (client as { _parser?: { packet?: { length?: number } } } | undefined)?._parser;
  if ((parser?.packet?.length ?? 0) > bodyBytesMax) socket.destroy(new Error('packet too large'));
}

/** What became of a message: 'unanswered' is for one that came while closing, or whose client left. */
type Outcome = 'stored' | 'unanswered' | RequestRefusedError;

class Door {
  readonly #options: MqttDoorOptions;
  readonly #feeds = new WeakMap<Client, string>();
  #inFlight = 0;
  isClosing = false;
  /** Told about every message with a quarantined row. */
  onVerdict: (feed: string, verdict: Verdict) => void = () => {};

  constructor(options: MqttDoorOptions) {
    this.#options = options;
  }

  feedOf(client: Client): string | undefined {
    return this.#feeds.get(client);
  }

  /** @returns null when the client may push to the feed that it named as its user */
  login(client: Client, user: string | undefined, password: Buffer | undefined): AuthenticateError | null {
    try {
      authorisePush(this.#options.access, password?.toString('utf8'), user ?? '');
      this.#feeds.set(client, user ?? '');
      return null;
    } catch (error) {
      const refusal = refusalOf(error);
      const returnCode = refusal.code === 'TOKEN_UNKNOWN' ? badUserOrPassword : notAuthorised;
      return Object.assign(new Error(refusal.message), { returnCode });
    }
  }

  /** Resolves when the message's rows are stored or quarantined. */
  async publish(client: Client | null, packet: PublishPacket): Promise<Outcome> {
    const feed = client === null ? undefined : this.#feeds.get(client);
    if (client === null || feed === undefined || packet.topic !== `feeds/${feed}/events`) {
      return new RequestRefusedError('FEED_FORBIDDEN', 'only feeds/{feed}/events of the own feed is taken');
    }
    if (this.isClosing) return 'unanswered';
    if (this.#inFlight >= messagesInFlightMax) {
      return new RequestRefusedError('QUEUE_FULL', 'too many messages wait to be stored');
    }
    // A retained message would be kept in memory for ever.
    packet.retain = false;
    this.#inFlight += 1;
    try {
      return await this.#untilStored(client, feed, packet);
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #untilStored(client: Client, feed: string, packet: PublishPacket): Promise<Outcome> {
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    for (;;) {
      try {
        const verdict = await this.#accept(feed, payload);
        if (verdict.quarantined > 0) this.onVerdict(feed, verdict);
        return 'stored';
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal.code === 'INTERNAL') {
          this.#options.logger.error({ err: error, feed }, 'a message failed');
          return refusal;
        }
      }
      // QoS 0 is not held back: there is nobody to be told, and nothing was promised.
      if (packet.qos === 0) return 'stored';
      await sleep(this.#options.timers, retryMs);
      if (client.closed || this.isClosing) return 'unanswered';
    }
  }

  /** A payload that cannot be cut into rows is one bad row: who sent it must not send it for ever. */
  async #accept(feed: string, payload: Buffer): Promise<Verdict> {
    try {
      return await this.#options.intake.accept(feed, readRows(payload, 'json'), payload.length);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.disposition === 'retry' || refusal.code === 'INTERNAL') throw refusal;
      return this.#options.intake.setAside(feed, payload, refusal);
    }
  }
}
