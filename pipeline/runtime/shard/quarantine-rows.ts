import { HaidangError } from '../../errors.ts';
import type { QuarantinedRow } from '../../log/event-log.ts';
import { sleep } from '../../time/clock.ts';
import type { ShardPorts } from './shard-state.ts';

const RETRY_MS = 500;

/**
 * Sets rows of a batch aside. Waits until the broker has them: a row that is neither stored nor quarantined
 * would be lost. The same rows again, after a restart, have the same place and count once in the table.
 */
export async function quarantineRows(
  ports: Pick<ShardPorts, 'quarantine' | 'timers' | 'logger'>,
  position: number,
  rows: readonly Omit<QuarantinedRow, 'position'>[],
): Promise<void> {
  const placed = rows.map((row) => ({ ...row, position }));
  for (;;) {
    try {
      await ports.quarantine.append(placed, `shard-${position}-${rows[0]?.row ?? 0}-${rows.length}`);
      return;
    } catch (error) {
      if (!(error instanceof HaidangError) || error.disposition !== 'retry') throw error;
      ports.logger.warn({ err: error, position }, 'quarantined rows wait for the broker');
      await sleep(ports.timers, RETRY_MS);
    }
  }
}
