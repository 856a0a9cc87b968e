import { existsSync, readFileSync } from 'node:fs';

/** CPU time by process, seconds. */
export type CpuSeconds = Readonly<Record<string, number>>;

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100;

/** CPU time of each process since its start, or since `before`. Empty where there is no /proc. */
export function cpuSecondsOf(pids: Readonly<Record<string, number>>, before: CpuSeconds = {}): CpuSeconds {
  const seconds: Record<string, number> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const path = `/proc/${pid}/stat`;
    if (existsSync(path)) seconds[name] = cpuSecondsOfStat(readFileSync(path, 'utf8')) - (before[name] ?? 0);
  }
  return seconds;
}

/** User and system time in a line of /proc/PID/stat. */
export function cpuSecondsOfStat(stat: string): number {
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
