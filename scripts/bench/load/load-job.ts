import type { WorkloadSpec } from './workload.ts';

/** Where the load goes. */
export interface IngestTarget {
  readonly ingestUrl: string;
  readonly token: string;
}

/** Send a workload as fast as it is taken, with some requests in flight. */
export interface BurstJob extends IngestTarget {
  readonly type: 'burst';
  readonly workload: WorkloadSpec;
  readonly inFlight: number;
}

/** Send readings of now at a steady rate and watch the wall's socket for them. */
export interface PaceJob extends IngestTarget {
  readonly type: 'pace';
  readonly feed: string;
  readonly liveUrl: string;
  readonly liveToken: string;
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

/** What the load generator is asked to do. */
export type LoadJob = BurstJob | PaceJob;

/** What became of a burst. Times are ms of the machine's wall clock. */
export interface BurstResult {
  readonly type: 'burst';
  readonly startedMs: number;
  readonly answeredMs: number;
  readonly accepted: number;
  /** Highest log position of the answers. */
  readonly lastPosition: number;
}

/** What became of a paced run. */
export interface PaceResult {
  readonly type: 'pace';
  /** From sending the request to the frame that carries its event, one per event, ms. */
  readonly latenciesMs: readonly number[];
  /** From sending a request to its answer, ms. */
  readonly answersMs: readonly number[];
  /** Events that no frame had carried when the run ended. */
  readonly missing: number;
}

/** What the load generator answers, once. */
export type LoadResult = BurstResult | PaceResult;
