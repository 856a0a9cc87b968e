import type { Finding, SourceFile } from './finding.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly call: string;
  readonly instead: string;
}

const bans: readonly Ban[] = [
  { pattern: /\bDate\.now\(/, call: 'Date.now()', instead: 'a Clock (pipeline/time/clock.ts)' },
  { pattern: /\bnew Date\(\s*\)/, call: 'new Date()', instead: 'a Clock (pipeline/time/clock.ts)' },
  { pattern: /\bMath\.random\(/, call: 'Math.random()', instead: 'a seed passed in, or node:crypto' },
  {
    pattern: /(?<![.\w])set(?:Timeout|Interval)\(/,
    call: 'a bare timer',
    instead: 'Timers or sleep (pipeline/time/clock.ts)',
  },
];

/** Where time and chance may be taken from the system itself. */
const exempt = [
  /^pipeline\/time\//,
  /^(pipeline|ingest|query)\/main\.ts$/,
  /^pipeline\/store\/clickhouse\/main\.ts$/,
  /^web-client\/main\.tsx?$/,
  /^(scripts|fixtures)\//,
  /\.test\.tsx?$/,
];

/** Calls that would make a run impossible to repeat, each with what to use instead. */
export function checkBannedCalls(files: readonly SourceFile[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { path, content } of files) {
    if (!/\.tsx?$/.test(path) || exempt.some((pattern) => pattern.test(path))) continue;
    for (const [index, line] of content.split('\n').entries()) {
      if (/^\s*(\*|\/\/|\/\*)/.test(line)) continue;
      for (const { pattern, call, instead } of bans) {
        if (pattern.test(line))
          findings.push({ place: `${path}:${index + 1}`, text: `${call}: use ${instead}` });
      }
    }
  }
  return findings;
}
