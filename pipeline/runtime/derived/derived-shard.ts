import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import type { Definitions } from '../../kpi/definitions/load-definitions.ts';
import type { DerivedPorts } from './derived-ports.ts';
import { type DerivedReport, DerivedRunner } from './derived-runner.ts';
import type { DerivedDefinitions } from './derived-state.ts';

/** The runner of derived definitions for as long as the process lives; a change of definitions starts it anew. */
export class DerivedShard {
  readonly #ports: DerivedPorts;
  #definitions: Definitions;
  #runner: DerivedRunner;
  #change = new AbortController();

  constructor(ports: DerivedPorts, definitions: Definitions) {
    this.#ports = ports;
    this.#definitions = definitions;
    this.#runner = this.#newRunner();
  }

  /** Whether the state is restored and values are followed. */
  get live(): boolean {
    return this.#runner.live;
  }

  report(): DerivedReport {
    return this.#runner.report();
  }

  /** Ends when `signal` fires. @throws what must end the process */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const change = new AbortController();
      this.#change = change;
      // Every pull and every timer listens: that is no leak.
      setMaxListeners(0, change.signal);
      const stop = (): void => change.abort();
      signal.addEventListener('abort', stop, { once: true });
      await this.#runner.run(change.signal);
      signal.removeEventListener('abort', stop);
      if (!signal.aborted) this.#runner = this.#newRunner();
    }
  }

  /** Goes on with other definitions; what changed is computed again. */
  adopt(definitions: Definitions): void {
    if (configurationOf(derivedOf(definitions)) === configurationOf(derivedOf(this.#definitions))) return;
    this.#definitions = definitions;
    this.#change.abort();
  }

  #newRunner(): DerivedRunner {
    const definitions = derivedOf(this.#definitions);
    return new DerivedRunner(this.#ports, definitions, configurationOf(definitions));
  }
}

function derivedOf({ derived, identities, all }: Definitions): DerivedDefinitions {
  return { derived, identities, versions: new Map(all.map(({ id, version }) => [id, version])) };
}

/** Hash of everything that can change a derived value: definitions, identities, and versions of what they read. */
function configurationOf({ derived, identities, versions }: DerivedDefinitions): string {
  const hash = createHash('sha256');
  for (const { id, version, hash: own, derived: plan } of derived) {
    const inputs = plan.inputs.map(({ kpi }) => `${kpi} ${versions.get(kpi) ?? 0}`);
    hash.update(`${id} ${version} ${own} ${inputs.join()}\n`);
  }
  for (const identity of identities) {
    const inputs = identity.kpis.map((kpi) => `${kpi} ${versions.get(kpi) ?? 0}`);
    hash.update(`${JSON.stringify(identity)} ${inputs.join()}\n`);
  }
  return hash.digest('hex');
}
