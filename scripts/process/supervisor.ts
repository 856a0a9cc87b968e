import { SupervisedService, type ServiceEvents, type ServiceSpec, type StartOutcome } from './supervised.ts';

/** All processes are gone after this long, whatever they do. Milliseconds. */
export const stopAllMs = 8_000;

/** Time kept back for each process that still has to be stopped, milliseconds. */
const stopReserveMs = 250;

/** Starts processes one after the other and stops them in reverse. */
export class Supervisor {
  readonly #started: SupervisedService[] = [];
  readonly #events: ServiceEvents;
  #stopped: Promise<void> | undefined;

  constructor(events: ServiceEvents) {
    this.#events = events;
  }

  /** Starts a process and keeps it running until `stop`. After a failed start only `stop` may follow. */
  async start(spec: ServiceSpec): Promise<StartOutcome> {
    if (this.#stopped !== undefined) return { kind: 'failed', reason: 'stopped while starting' };
    const service = new SupervisedService(spec, this.#events);
    this.#started.push(service);
    return service.start();
  }

  /** Stops everything, the newest first, each once the one before it is gone. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    const endMs = performance.now() + stopAllMs;
    for (let index = this.#started.length - 1; index >= 0; index -= 1) {
      const withinMs = endMs - performance.now() - index * stopReserveMs;
      await this.#started[index]?.stop(withinMs);
    }
  }
}
