import type { Command } from 'commander';

import { start } from './start.ts';

/** Adds `haidang start`. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run everything on this machine until Ctrl-C; prints the address to open')
    .action(async () => {
      process.exitCode = await start(process.env);
      // Nothing of ours is left; an idle connection of a probe must not keep us here.
      process.exit();
    });
}
