import type { Command } from 'commander';

import { CommandFailure } from './command-failure.ts';

/** Adds a command that has its name already and says plainly that it does nothing yet. */
export function notBuilt(parent: Command, name: string, description: string): void {
  parent
    .command(name)
    .description(`${description} (not built yet)`)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new CommandFailure(`"${parent.name()} ${name}" is not built yet`);
    });
}
