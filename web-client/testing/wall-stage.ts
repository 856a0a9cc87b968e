import { strict as assert } from 'node:assert';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';

import { startLiveServer, type LiveServer, type LiveServerOptions } from '../../fixtures/live/live-server.ts';
import { MemoryKpiLog } from '../../fixtures/live/memory-kpi-log.ts';
import { pageRoutes } from '../../fixtures/live/page-routes.ts';
import { provinceCatalogue, provinceHistory } from '../../fixtures/live/province-feed.ts';
import { provinceRegistryFolder } from '../../fixtures/province/province-registry.ts';
import { defaultRegistryFolder, loadRegistry } from '../../pipeline/kpi/registry/load-registry.ts';
import type { Entity } from '../../pipeline/model/registry.ts';
import { buildPage, launchBrowser } from './open-wall.ts';

/** The demo province's registry. */
export const registry = loadRegistry([defaultRegistryFolder(), provinceRegistryFolder()]);

const levels: Readonly<Record<string, number>> = {
  'tram-phu-my': 60,
  'tram-ba-ria': 38,
  'tram-vung-tau': 27,
  'tram-con-dao': 15,
};

/** A log with a calm day of the province, some stations silent for so many minutes. */
export function provinceLog(silentMinutes: Readonly<Record<string, number>> = {}): MemoryKpiLog {
  const log = new MemoryKpiLog();
  const level = ({ id }: Entity): number => levels[id] ?? 22;
  log.append(provinceHistory({ registry, nowMs: Date.now(), level, silentMinutes }));
  return log;
}

/** A station of the registry. */
export function stationOf(id: string): Entity {
  const station = registry.entities.get(id);
  assert(station !== undefined);
  return station;
}

/** A station's row among the heat strips. */
export const row = (page: Page, station: string) => page.locator(`li[data-station="${station}"]`);

/** How a test's server differs: `session` refused asks for a token. */
export type StageOptions = Partial<LiveServerOptions> & { readonly session?: 'open' | 'refused' };

/** Browser, built page and servers for the tests of one file; everything is closed after them. */
export interface WallStage {
  readonly browser: () => Browser;
  start(about?: StageOptions): Promise<LiveServer>;
  /** Opens the page and notes what its console complains about. */
  open(port: number, query?: string): Promise<{ readonly page: Page; readonly complaints: string[] }>;
}

/** Registers the hooks of a test file; call it once, at the top. */
export function wallStage(): WallStage {
  let browser: Browser | undefined;
  let built: Awaited<ReturnType<typeof buildPage>> | undefined;
  const servers: LiveServer[] = [];
  const theBrowser = (): Browser => {
    assert(browser !== undefined);
    return browser;
  };
  beforeAll(async () => {
    [browser, built] = await Promise.all([launchBrowser(), buildPage()]);
  }, 60_000);
  afterEach(async () => {
    for (const context of theBrowser().contexts()) await context.close();
    for (const server of servers.splice(0)) await server.close();
  });
  afterAll(async () => {
    await browser?.close();
    built?.remove();
  });
  return {
    browser: theBrowser,
    async start(about = {}) {
      const { session = 'open', addRoutes, ...options } = about;
      const server = await startLiveServer({
        catalogue: provinceCatalogue(registry),
        addRoutes: async (app) => {
          await pageRoutes(built?.folder ?? '', session)(app);
          await addRoutes?.(app);
        },
        ...options,
      });
      servers.push(server);
      return server;
    },
    async open(port, query = '') {
      const context = await theBrowser().newContext({ viewport: { width: 1920, height: 1080 } });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`http://127.0.0.1:${port}/${query}`);
      return { page, complaints };
    },
  };
}
