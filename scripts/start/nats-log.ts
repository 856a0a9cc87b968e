import type { Logger } from '../../pipeline/runtime/logger.ts';

/**
 * Passes on a line of nats-server's own log as ours: `[123] [INF] text`. What it says in passing is kept for those
 * who set `LOG_LEVEL=debug`.
 */
export function logNatsLine(log: Logger, line: string): void {
  const match = /^\[\d+\] (?:\S+ \S+ )?\[([A-Z]{3})\] (.*)$/.exec(line);
  const [level, text] = [match?.[1], match?.[2] ?? line];
  if (level === 'ERR') log.error(text);
  else if (level === 'FTL') log.fatal(text);
  else if (level === 'WRN') log.warn(text);
  else log.debug(text);
}
