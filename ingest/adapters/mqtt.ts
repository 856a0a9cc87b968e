import { createServer, type AddressInfo, type Socket } from 'node:net';

import { Aedes, type Client } from 'aedes';

import type { Logger } from '../../pipeline/runtime/logger.ts';
import type { Timers } from '../../pipeline/time/clock.ts';
import { RequestRefusedError } from '../errors.ts';
import { bodyBytesMax } from '../formats/body-text.ts';
import type { Intake } from '../intake.ts';
import type { FeedAccess } from './feed-access.ts';
import { MessageGatherer } from './message-gatherer.ts';
import { MqttLogins } from './mqtt-logins.ts';

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
/** How often it is looked whether the tokens of open connections are still in force, milliseconds. */
const reviewMs = 2_000;

/**
 * Opens the MQTT door: MQTT 3.1.1, publish on `feeds/{feed}/events` only, and the own `feeds/{feed}/status` to read.
 *
 * The acknowledgement is withheld by not calling back from `authorizePublish`: aedes writes PUBACK (QoS 1) or PUBREC
 * (QoS 2) after it, and reads the next piece of a socket only when every message of the last one was called back. So
 * a full or absent log holds the senders back instead of closing on them. QoS 0 is taken without a promise.
 */
export async function openMqttDoor(options: MqttDoorOptions): Promise<MqttDoor> {
  const { intake, access, timers, logger } = options;
  const logins = new MqttLogins(access);
  const gatherer = new MessageGatherer({
    ...{ intake, timers, quotas: access.quotas },
    onVerdict: (feed, verdict) => {
      const payload = Buffer.from(JSON.stringify(verdict));
      const packet = { cmd: 'publish', topic: `feeds/${feed}/status`, payload, qos: 0 } as const;
      broker.publish({ ...packet, dup: false, retain: false }, () => {});
    },
    onFailure: (error, feed) => logger.error({ err: error, feed }, 'a message failed'),
  });
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
      const refused = logins.open(client, user, password);
      if (refused === null) done(null, true);
      else done(refused, null);
    },
    authorizePublish: (client, packet, done) => {
      const login = logins.of(client);
      if (login === undefined || packet.topic !== `feeds/${login.feed}/events`) {
        intake.countRefusal('FEED_FORBIDDEN');
        return done(
          new RequestRefusedError('FEED_FORBIDDEN', 'only feeds/{feed}/events of the own feed is taken'),
        );
      }
      // A retained message would be kept in memory for ever.
      packet.retain = false;
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
      gatherer.add({
        ...{ login, payload, qos: packet.qos },
        done: (outcome) => done(outcome === 'stored' ? null : outcome),
      });
    },
    authorizeSubscribe: (client, subscription, done) => {
      done(null, subscription.topic === `feeds/${logins.of(client)?.feed}/status` ? subscription : null);
    },
  });
  broker.on('clientDisconnect', (client) => logins.close(client));
  broker.on('clientError', (_client, error) => logger.debug({ err: error }, 'an MQTT client was closed'));
  broker.on('connectionError', (_client, error) => logger.debug({ err: error }, 'no MQTT client'));
  const stopReview = timers.every(reviewMs, () => {
    const closed = logins.review();
    if (closed > 0)
      logger.info({ closed }, 'MQTT connections were closed: their tokens are no longer in force');
  });
  return listen({
    ...{ broker, options, stopReview },
    stopAccepting: () => gatherer.stopAccepting(),
    mayReadAhead: (client) => {
      const login = logins.of(client);
      return login !== undefined && gatherer.mayReadAhead(login);
    },
  });
}

function listen(parts: {
  readonly broker: Aedes;
  readonly options: MqttDoorOptions;
  readonly stopAccepting: () => void;
  readonly stopReview: () => void;
  readonly mayReadAhead: (client: Client) => boolean;
}): Promise<MqttDoor> {
  const { broker, options } = parts;
  const server = createServer({ noDelay: true }, (socket) => {
    // Before aedes: its own listener parses what is here.
    const held: { client?: Client } = {};
    socket.on('readable', () => {
      boundPacket(socket, held.client);
      if (held.client !== undefined && parts.mayReadAhead(held.client)) readOn(held.client);
    });
    held.client = broker.handle(socket);
  });
  server.maxConnections = connectionsMax;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        stopAccepting() {
          parts.stopAccepting();
          server.close();
        },
        close: () => {
          parts.stopReview();
          return new Promise((closed) => broker.close(closed));
        },
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

/**
 * aedes reads a socket again when every message of its last piece was called back, and keeps their number here. A
 * small first piece would hold up what comes behind it for a whole publish. Without this field it is only slower.
 */
function readOn(client: Client): void {
  const counting = client as { _parsingBatch?: number };
  if (counting._parsingBatch !== undefined) counting._parsingBatch = 0;
}
