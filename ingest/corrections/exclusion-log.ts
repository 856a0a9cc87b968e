import { SUBSYSTEMS } from '../../pipeline/model/subsystem.ts';
import type { EventAppender } from '../../pipeline/log/event-log.ts';
import type { Clock } from '../../pipeline/time/clock.ts';
import type { Exclusion, ExclusionMessage } from '../../pipeline/window/exclusions.ts';
import { type Connection, confirmedAppend } from '../gather/confirmed-append.ts';

/** What it writes with. */
export interface ExclusionLogOptions extends Connection {
  readonly events: EventAppender;
  readonly clock: Clock;
}

/**
 * Writes exclusions to the log of every subsystem: a feed may speak in several, and in more later. Resolves when all of them
 * are stored; when it fails in between, the same id again does the rest and repeats nothing.
 */
export class ExclusionLog {
  readonly #options: ExclusionLogOptions;

  constructor(options: ExclusionLogOptions) {
    this.#options = options;
  }

  /** @returns the highest log position. @throws LogUnavailableError, LogFullError */
  exclude(exclusion: Exclusion, author: string): Promise<number> {
    return this.#append({ type: 'exclusion', ...exclusion, author, at: this.#options.clock.now() });
  }

  /** Undoes an exclusion; one that was never made, or is undone already, stays as it is. */
  include({ id, feed }: Pick<Exclusion, 'id' | 'feed'>, author: string): Promise<number> {
    return this.#append({ type: 'inclusion', id, feed, author, at: this.#options.clock.now() });
  }

  async #append(message: ExclusionMessage): Promise<number> {
    const { events } = this.#options;
    const bytes = new TextEncoder().encode(JSON.stringify(message));
    let position = 0;
    for (const subsystem of SUBSYSTEMS) {
      const messageId = `${message.type}-${subsystem}-${message.id}`;
      const append = (): Promise<number> => events.append({ subsystem, kind: 'control', bytes, messageId });
      position = Math.max(position, await confirmedAppend(append, this.#options));
    }
    return position;
  }
}
