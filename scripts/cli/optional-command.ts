import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';

import { notBuilt } from './not-built.ts';

/** A command whose module is loaded only when it is there. */
export interface OptionalCommand {
  readonly name: string;
  readonly description: string;
  /** The compiled module, and the function in it that adds the command. */
  readonly module: URL;
  readonly adder: string;
}

/** Adds the command of a module; without the module, one that says that it is not built. */
export async function addOptionalCommand(program: Command, optional: OptionalCommand): Promise<void> {
  if (existsSync(fileURLToPath(optional.module))) {
    const loaded = (await import(optional.module.href)) as Record<string, unknown>;
    const add = loaded[optional.adder];
    if (typeof add === 'function') {
      add(program);
      return;
    }
  }
  notBuilt(program, optional.name, optional.description);
}
