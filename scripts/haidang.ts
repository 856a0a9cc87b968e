#!/usr/bin/env node
import { Command, CommanderError } from 'commander';

import { HaidangError } from '../pipeline/errors.ts';
import { addCalendarCommand } from './cli/calendar-command.ts';
import { CommandFailure } from './cli/command-failure.ts';
import { addDoctorCommand } from './cli/doctor-command.ts';
import { addFeedCommand } from './cli/feed-command.ts';
import { addKpiCommand } from './cli/kpi-command.ts';
import { addOptionalCommand } from './cli/optional-command.ts';
import { addQueryCommand } from './cli/query-command.ts';
import { addTokenCommand } from './cli/token-command.ts';
import { addStartCommand } from './start/start-command.ts';

// `haidang query … | head` closes our output early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.exitCode = await main(process.argv);

/** Runs one command; 0 when it did its work, 1 when it failed, 2 when it was called wrongly. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    await (await buildProgram()).parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof CommandFailure || error instanceof HaidangError) {
      process.stderr.write(`haidang: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

async function buildProgram(): Promise<Command> {
  const program = new Command('haidang')
    .description('Hải Đăng: every number is live or says that it is not')
    .exitOverride()
    .showHelpAfterError('(--help shows what is possible)');
  addStartCommand(program);
  await addOptionalCommand(program, {
    name: 'replay',
    description: 'send a file of events',
    module: new URL('./replay/replay-command.js', import.meta.url),
    adder: 'addReplayCommand',
  });
  addQueryCommand(program);
  await addOptionalCommand(program, {
    name: 'verify',
    description: 'recompute every KPI by SQL and compare',
    module: new URL('./verify/verify-command.js', import.meta.url),
    adder: 'addVerifyCommand',
  });
  addKpiCommand(program);
  addFeedCommand(program);
  addCalendarCommand(program);
  addTokenCommand(program);
  addDoctorCommand(program);
  return program;
}
