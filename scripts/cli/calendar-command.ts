import type { Command } from 'commander';

import { TET_YEAR_MAX, TET_YEAR_MIN } from '../../pipeline/kpi/working-time/lunar-calendar.ts';
import { bridgesOf, proposeHolidays } from '../../pipeline/kpi/working-time/propose-holidays.ts';
import { CommandFailure } from './command-failure.ts';

/** Adds `haidang calendar`. */
export function addCalendarCommand(program: Command): void {
  const calendar = program.command('calendar').description('days off and days worked instead');
  calendar
    .command('propose')
    .argument('<year>', 'the year to propose')
    .description(
      'print the days off of a year as the law and the lunar calendar give them, for holidays.yaml',
    )
    .action((text: string) => {
      const year = Number(text);
      if (!Number.isInteger(year) || year <= TET_YEAR_MIN || year >= TET_YEAR_MAX) {
        throw new CommandFailure(`"${text}" is not a year from ${TET_YEAR_MIN + 1} to ${TET_YEAR_MAX - 1}`);
      }
      process.stdout.write(proposalYaml(year));
    });
}

/** `holidays.yaml` with one year in it. */
export function proposalYaml(year: number): string {
  const lines = [
    `# ${year}, proposed: take out \`proposed\` when the decision is there, and add its swaps.`,
    'holidays:',
  ];
  for (const { id, name, days, isFixed } of proposeHolidays(year)) {
    lines.push(`  - id: ${id}`, `    name: { vi: ${name.vi}, en: ${name.en} }`);
    lines.push(`    days: [${days.map((day) => `'${day}'`).join(', ')}]`);
    if (!isFixed) lines.push('    proposed: true');
  }
  for (const day of bridgesOf(year)) {
    lines.push(`# ${day} stands alone between days off: swaps: [{ off: '${day}', work: '…' }]?`);
  }
  return `${lines.join('\n')}\n`;
}
