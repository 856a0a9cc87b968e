import type { DefinitionState } from '../../../pipeline/runtime/definitions/definition-keeper.ts';
import type { DefinitionClient } from './definition-client.ts';
import { percentOf } from './definition-table.ts';

/** Where progress is shown. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const BAR_CELLS = 30;
/** How often it is asked, milliseconds. */
const ASK_EVERY_MS = 300;

/**
 * Shows how the histories of these definitions come along until they are done: bars that are drawn anew on a terminal,
 * elsewhere one line for each tenth.
 */
export async function followBackfills(
  client: Pick<DefinitionClient, 'list'>,
  ids: readonly string[],
  { output, pause = wait }: { readonly output: ProgressOutput; readonly pause?: () => Promise<void> },
): Promise<void> {
  let drawn = 0;
  const told = new Map<string, number>();
  for (;;) {
    const states = (await client.list()).filter(({ id }) => ids.includes(id));
    if (output.isTTY === true) {
      const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
      output.write(`${up}${states.map((state) => `\u001b[2K${barOf(state)}\n`).join('')}`);
      drawn = states.length;
    } else {
      for (const state of states) {
        const tenth = state.backfill === null ? 10 : Math.floor(percentOf(state.backfill) / 10);
        if (told.get(state.id) !== tenth) output.write(`${barOf(state)}\n`);
        told.set(state.id, tenth);
      }
    }
    if (states.every(({ backfill }) => backfill === null)) return;
    await pause();
  }
}

/** `[##########----------]  50 % 1200/2400 slices  id`. */
export function barOf({ id, backfill }: Pick<DefinitionState, 'id' | 'backfill'>): string {
  const share = backfill === null ? 1 : backfill.total === 0 ? 0 : backfill.done / backfill.total;
  const full = Math.floor(share * BAR_CELLS);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_CELLS - full)}]`;
  const percent = String(Math.floor(share * 100)).padStart(3);
  const slices = backfill === null ? 'done' : backfill.total === 0 ? 'counting' : slicesText(backfill);
  return `${bar} ${percent} %  ${id}  ${slices}`;
}

function slicesText({ done, total }: { readonly done: number; readonly total: number }): string {
  return `${done} of ${total} slices`;
}

function wait(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
}
