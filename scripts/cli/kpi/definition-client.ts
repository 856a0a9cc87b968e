import type {
  DefinitionRequest,
  DefinitionState,
} from '../../../pipeline/runtime/definitions/definition-keeper.ts';
import type { DefinitionChange } from '../../../pipeline/runtime/definitions/definitions-diff.ts';
import { readLocalSettings, type Environment } from '../../../pipeline/runtime/settings.ts';
import { roleUrls } from '../../start/roles.ts';
import { readServices } from '../../start/services-file.ts';
import { CommandFailure } from '../command-failure.ts';
import { plainToken } from '../sql-client.ts';

/** What the running pipeline is asked about its definitions. */
export interface DefinitionClient {
  list(): Promise<readonly DefinitionState[]>;
  /** @throws CommandFailure when the pipeline refuses, with its code and reason */
  change(
    request: DefinitionRequest & { readonly mode: 'compare' | 'apply' },
  ): Promise<readonly DefinitionChange[]>;
  backfill(request: { readonly kpi: string; readonly from?: number; readonly to?: number }): Promise<void>;
}

/** The pipeline that runs on the state folder. @throws CommandFailure without an admin's token */
export function definitionClient(env: Environment): DefinitionClient {
  const settings = readLocalSettings(env);
  const base = readServices(settings.home)?.pipelineUrl ?? roleUrls(settings).pipelineUrl;
  const headers = {
    authorization: `Bearer ${plainToken(env, 'HAIDANG_ADMIN_TOKEN')}`,
    'content-type': 'application/json',
  };
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const request =
      body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    let response: Response;
    try {
      response = await fetch(`${base}${path}`, request);
    } catch (cause) {
      throw new CommandFailure(`nothing answers at ${base}: is it running? (npx haidang start)`, { cause });
    }
    const answer = (await response.json()) as Record<string, unknown>;
    if (response.ok) return answer;
    const detail = String(answer['detail'] ?? response.status);
    throw new CommandFailure(`${String(answer['code'])}: ${detail}`);
  };
  return {
    async list() {
      return ((await ask('/v1/definitions')) as { definitions: DefinitionState[] }).definitions;
    },
    async change(request) {
      return ((await ask('/v1/definitions', request)) as { changes: DefinitionChange[] }).changes;
    },
    async backfill(request) {
      await ask('/v1/definitions/backfill', request);
    },
  };
}
