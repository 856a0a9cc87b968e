import type { LiveValue } from '../live-value.ts';

/** What of the answer of `GET /v1/kpis/{id}/explain` a passport shows. */
export interface ExplainDocument {
  readonly value: LiveValue;
  readonly formula: { readonly text: string };
  readonly passport: {
    readonly definition: { readonly id: string; readonly version: number; readonly source: string };
  };
  /** Recomputes the value from the events; runs at `/v1/sql` as it stands. */
  readonly sql: string;
}
