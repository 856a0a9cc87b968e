import { percentile } from './statistics.ts';

/** One of those that are compared. */
export interface Contestant<Part> {
  /** Prepares the next part of the work, and gives back what is timed. What it has built up stays. */
  prepare(part: Part): () => void;
}

/** How long a part took one of them in the middle round, milliseconds of CPU time, and beside the first of them. */
export interface Standing {
  readonly ms: number;
  /** Median over the rounds of (its time / the time of the first one in the same round). */
  readonly ratio: number;
}

/**
 * Lets them take turns, part after part of the same work, so that what else the machine does meets all alike. Time is
 * CPU time of this process: another process that wants the core costs none. The first rounds only warm up.
 */
export function takeTurns<Part>(
  contestants: readonly Contestant<Part>[],
  work: { readonly rounds: number; readonly warmUps: number; readonly part: (round: number) => Part },
): readonly Standing[] {
  const times = contestants.map((): number[] => []);
  for (let round = 0; round < work.rounds + work.warmUps; round++) {
    const part = work.part(round);
    contestants.forEach((contestant, index) => {
      const run = contestant.prepare(part);
      const before = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(before);
      if (round >= work.warmUps) times[index]?.push((user + system) / 1_000);
    });
  }
  const first = times[0] ?? [];
  return times.map((own) => {
    const ratios = own.map((ms, round) => ms / (first[round] ?? Number.NaN));
    return { ms: percentile(own, 0.5), ratio: percentile(ratios, 0.5) };
  });
}
