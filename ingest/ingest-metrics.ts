import type { Metrics } from '../pipeline/runtime/health/metrics.ts';
import type { GatherObserver } from './gather/gatherer.ts';

const LATENCY_MS = [1, 2, 5, 10, 20, 50, 100, 250, 500, 1_000, 5_000, 10_000];

/** What ingest counts. Names and labels are part of the product: dashboards hold them. */
export interface IngestMetrics extends GatherObserver {
  answered(feed: string, verdicts: readonly Counted[], inputs: readonly { readonly bytes: number }[]): void;
  refused(code: string): void;
  withheld(token: string, ms: number): void;
  waiting(requests: number, bytes: number): void;
}

/** What is counted of a verdict. */
interface Counted {
  readonly accepted: number;
  readonly duplicate: number;
  readonly errors: readonly { readonly code: string }[];
}

/** Registers the metrics of ingest. */
export function ingestMetrics(metrics: Metrics): IngestMetrics {
  const accepted = metrics.counter('haidang_ingest_accepted_total', 'Rows stored in EVENTS');
  const duplicate = metrics.counter('haidang_ingest_duplicate_total', 'Repeats that ingest saw itself');
  const quarantined = metrics.counter('haidang_ingest_quarantined_total', 'Rows set aside, by reason');
  const refused = metrics.counter('haidang_ingest_refused_total', 'Requests refused as a whole, by reason');
  const withheld = metrics.counter(
    'haidang_ingest_quota_withheld_ms_total',
    'How long MQTT messages were held back because the quota of their token was used up',
  );
  const bytesIn = metrics.counter('haidang_ingest_body_bytes_total', 'Bytes of bodies, after gzip');
  const batches = metrics.counter('haidang_ingest_batches_total', 'Batches stored');
  const batchBytes = metrics.counter('haidang_ingest_batch_bytes_total', 'Bytes of batches stored');
  const latency = metrics.histogram(
    'haidang_ingest_publish_ms',
    'From the first try to the acknowledgement of a batch',
    LATENCY_MS,
  );
  const requests = metrics.gauge('haidang_ingest_requests_in_flight', 'Requests that wait to be stored');
  const waiting = metrics.gauge('haidang_ingest_waiting_bytes', 'Bytes of rows that wait to be stored');
  return {
    answered(feed, verdicts, inputs) {
      // Text of labels is costly to build: once for many messages, not once for each.
      accepted.inc({ feed }, sum(verdicts.map((verdict) => verdict.accepted)));
      duplicate.inc({ feed }, sum(verdicts.map((verdict) => verdict.duplicate)));
      for (const { errors } of verdicts) for (const { code } of errors) quarantined.inc({ code });
      bytesIn.inc({}, sum(inputs.map(({ bytes }) => bytes)));
    },
    refused: (code) => refused.inc({ code }),
    withheld: (token, ms) => withheld.inc({ token }, ms),
    stored({ bytes, ms }) {
      batches.inc();
      batchBytes.inc({}, bytes);
      latency.observe(ms);
    },
    waiting(inFlight, bytes) {
      requests.set(inFlight);
      waiting.set(bytes);
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
