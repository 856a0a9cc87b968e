import type { ClickHouseClient } from '@clickhouse/client';

import type { CompiledKpi } from '../../pipeline/kpi/compiled-kpi.ts';
import type { TokenBook } from '../../pipeline/runtime/access/token-book.ts';
import type { VisibilityCeiling } from '../../pipeline/runtime/access/tokens.ts';

/** What the routes that read the store need. */
export interface RouteDeps {
  readonly tokens: TokenBook;
  readonly definitions: readonly CompiledKpi[];
  /** A client in the lane of screens whose database is the ceiling's: it sees no more than the token may. */
  readonly clientOf: (ceiling: VisibilityCeiling) => ClickHouseClient;
}
