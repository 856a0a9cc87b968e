import type { AuthenticateError, Client } from 'aedes';

import type { Token } from '../../pipeline/runtime/access/tokens.ts';
import { refusalOf } from '../errors.ts';
import { authorisePush, type FeedAccess } from './feed-access.ts';

/** What a connection may do. */
export interface Login {
  readonly client: Client;
  readonly feed: string;
  /** Tells token and feed of this login from those of others. */
  readonly key: string;
  /** As the tokens' file has it; renewed by `review`, so that another quota needs no new connection. */
  token: Token;
  /** Messages of this connection that wait for their acknowledgement. */
  messagesInFlight: number;
}

/** Return codes of CONNACK (MQTT 3.1.1, table 3.1). */
const badUserOrPassword = 4;
const notAuthorised = 5;

/** Who is connected, and whether they still may be. */
export class MqttLogins {
  readonly #access: FeedAccess;
  readonly #logins = new Map<Client, { readonly login: Login; readonly plain: string }>();

  constructor(access: FeedAccess) {
    this.#access = access;
  }

  of(client: Client | null): Login | undefined {
    return client === null ? undefined : this.#logins.get(client)?.login;
  }

  /** @returns null when the client may push to the feed that it named as its user */
  open(client: Client, user: string | undefined, password: Buffer | undefined): AuthenticateError | null {
    const [feed, plain] = [user ?? '', password?.toString('utf8') ?? ''];
    try {
      const token = authorisePush(this.#access, plain, feed);
      const login: Login = { client, feed, token, key: `${token.sha256}/${feed}`, messagesInFlight: 0 };
      this.#logins.set(client, { login, plain });
      return null;
    } catch (error) {
      const refusal = refusalOf(error);
      const returnCode = refusal.code === 'TOKEN_UNKNOWN' ? badUserOrPassword : notAuthorised;
      return Object.assign(new Error(refusal.message), { returnCode });
    }
  }

  close(client: Client): void {
    this.#logins.delete(client);
  }

  /** Closes every connection whose token was revoked or may not push to its feed any more. @returns how many */
  review(): number {
    let closed = 0;
    for (const [client, { login, plain }] of this.#logins) {
      // One that ended before it was connected is told of by no event.
      if (client.closed) {
        this.#logins.delete(client);
        continue;
      }
      try {
        login.token = authorisePush(this.#access, plain, login.feed);
      } catch (error) {
        if (refusalOf(error).code === 'INTERNAL') throw error;
        this.#logins.delete(client);
        client.close();
        closed += 1;
      }
    }
    return closed;
  }
}
