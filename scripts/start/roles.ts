import { existsSync } from 'node:fs';

import type { LocalSettings } from '../../pipeline/runtime/settings.ts';
import { builtPath } from '../project-root.ts';
import { httpAnswers } from '../process/probe.ts';
import type { ServiceSpec } from '../process/supervised.ts';

/** What every child of the supervisor gets in its environment. */
export type ChildEnvironment = Readonly<Record<string, string | undefined>>;

/** stdout is ours alone (one address); what children write goes to stderr. */
const stderrDescriptor = 2;

/** The embedded engine runs as many statements at once as it has threads of this pool, less a few. */
const engineThreads = '16';

/** The embedded ClickHouse, reachable at `url`. */
export function clickhouseService(url: string, env: ChildEnvironment): ServiceSpec {
  return {
    ...role('pipeline/store/clickhouse/main', { UV_THREADPOOL_SIZE: engineThreads, ...env }),
    name: 'clickhouse',
    isReady: () => httpAnswers(`${url}/ping`),
    startTimeoutMs: 60_000,
    stopTimeoutMs: 4_000,
  };
}

/** Pipeline, ingest, query: in the order in which they start. */
export function roleServices(settings: LocalSettings, env: ChildEnvironment): readonly ServiceSpec[] {
  const urls = roleUrls(settings);
  const rest = { startTimeoutMs: 60_000, stopTimeoutMs: 2_500 };
  return [
    {
      ...role('pipeline/main', env),
      ...{ name: 'pipeline', isReady: () => httpAnswers(`${urls.pipelineUrl}/readyz`) },
      ...rest,
    },
    {
      ...role('ingest/main', env),
      ...{ name: 'ingest', isReady: () => httpAnswers(`${urls.ingestUrl}/readyz`) },
      ...rest,
      // Ingest gives up by itself after 3 s, and says so.
      stopTimeoutMs: 3_500,
    },
    {
      ...role('query/main', env),
      ...{ name: 'query', isReady: () => httpAnswers(`${urls.queryUrl}/readyz`) },
      ...rest,
    },
  ];
}

/** The demo feeder; undefined when the demo is off. It has nothing to be asked: running is being ready. */
export function demoService(settings: LocalSettings, env: ChildEnvironment): ServiceSpec | undefined {
  if (settings.demo === 'off' || !existsSync(builtPath('scripts/demo'))) return undefined;
  const isReady = async (): Promise<boolean> => true;
  return { ...role('scripts/demo', env), name: 'demo', isReady, startTimeoutMs: 5_000, stopTimeoutMs: 1_000 };
}

/** Where the roles answer, as seen from this machine. */
export function roleUrls(
  settings: LocalSettings,
): Readonly<Record<'queryUrl' | 'ingestUrl' | 'pipelineUrl', string>> {
  const host = reachableHost(settings.host);
  return {
    queryUrl: `http://${host}:${settings.queryPort}`,
    ingestUrl: `http://${host}:${settings.ingestPort}`,
    pipelineUrl: `http://127.0.0.1:${settings.pipelinePort}`,
  };
}

/** "All addresses" is a place to listen on, not one to connect to; IPv6 needs brackets in a URL. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function role(script: string, env: ChildEnvironment): Pick<ServiceSpec, 'command'> {
  const args = ['--enable-source-maps', builtPath(script)];
  return { command: { program: process.execPath, args, env: { ...env }, output: stderrDescriptor } };
}
