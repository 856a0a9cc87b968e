import type { Metrics } from '../health/metrics.ts';
import type { VerdictCounts } from './compare-span.ts';

/** What the background verification counts. */
export interface VerifierMetrics {
  compared(windows: VerdictCounts, elapsedMs: number): void;
  /** Definitions in doubt now. */
  doubted(definitions: number): void;
}

/** Counts for `/metrics`. */
export function verifierMetrics(metrics: Metrics): VerifierMetrics {
  const windows = metrics.counter(
    'haidang_verified_windows_total',
    'Windows compared with their SQL, by verdict',
  );
  const elapsed = metrics.counter(
    'haidang_verification_ms_total',
    'Time that comparisons took, milliseconds',
  );
  const doubted = metrics.gauge('haidang_doubted_definitions', 'Definitions that differ from their SQL');
  return {
    compared(counts, elapsedMs) {
      for (const [verdict, count] of Object.entries(counts)) windows.inc({ verdict }, count);
      elapsed.inc({}, elapsedMs);
    },
    doubted: (definitions) => doubted.set(definitions),
  };
}
