import { strict as assert } from 'node:assert';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, test } from 'vitest';

import { emission, hourValue } from '../fixtures/live/kpi-values.ts';
import { layoutFaults } from './testing/layout-faults.ts';
import {
  liveTokens,
  startLiveServer,
  type LiveServer,
  type LiveServerOptions,
} from '../fixtures/live/live-server.ts';
import { MemoryKpiLog } from '../fixtures/live/memory-kpi-log.ts';
import { buildPage, launchBrowser } from './testing/open-wall.ts';
import { pageRoutes } from '../fixtures/live/page-routes.ts';
import { provinceCatalogue, provinceHistory, provinceUpdate } from '../fixtures/live/province-feed.ts';
import { provinceRegistryFolder } from '../fixtures/province/province-registry.ts';
import { loadRegistry, defaultRegistryFolder } from '../pipeline/kpi/registry/load-registry.ts';

const registry = loadRegistry([defaultRegistryFolder(), provinceRegistryFolder()]);
const levels: Readonly<Record<string, number>> = {
  'tram-phu-my': 60,
  'tram-ba-ria': 38,
  'tram-vung-tau': 27,
  'tram-con-dao': 15,
};
const hourMs = 3_600_000;

let browser: Browser;
let built: Awaited<ReturnType<typeof buildPage>>;
const servers: LiveServer[] = [];
beforeAll(async () => {
  [browser, built] = await Promise.all([launchBrowser(), buildPage()]);
}, 60_000);
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const server of servers.splice(0)) await server.close();
});
afterAll(async () => {
  await browser.close();
  built.remove();
});

async function start(
  about: Partial<LiveServerOptions> & { session?: 'open' | 'refused' } = {},
): Promise<LiveServer> {
  const { session = 'open', ...options } = about;
  const server = await startLiveServer({
    catalogue: provinceCatalogue(registry),
    addRoutes: pageRoutes(built.folder, session),
    ...options,
  });
  servers.push(server);
  return server;
}

function provinceLog(silentMinutes: Readonly<Record<string, number>> = {}): MemoryKpiLog {
  const log = new MemoryKpiLog();
  const level = ({ id }: { readonly id: string }): number => levels[id] ?? 22;
  log.append(provinceHistory({ registry, nowMs: Date.now(), level, silentMinutes }));
  return log;
}

async function open(server: LiveServer, query = '') {
  const page = await (await browser.newContext({ viewport: { width: 1920, height: 1080 } })).newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`http://127.0.0.1:${server.port}/${query}`);
  return { page, complaints };
}

const row = (page: Page, station: string) => page.locator(`li[data-station="${station}"]`);
const stationOf = (id: string) => {
  const station = registry.entities.get(id);
  assert(station !== undefined);
  return station;
};

test('a message of the stream changes the number on the page', async () => {
  const server = await start({ log: provinceLog() });
  const { page, complaints } = await open(server);
  await page.getByTestId('hero-value').waitFor();
  const update = { nowMs: Date.now(), pm25: 130, revision: 9, status: 'revised' as const };
  server.log.append(provinceUpdate(stationOf('tram-ba-ria'), update));
  await row(page, 'tram-ba-ria').getByTestId('value').getByText('186', { exact: true }).waitFor();
  await page.getByTestId('hero-value').getByText('186', { exact: true }).waitFor();
  assert.match((await page.getByTestId('hero').textContent()) ?? '', /Bà Rịa.*Xấu.*đã điều chỉnh/s);
  assert.deepEqual(complaints, []);
});

test('a station whose promise is broken is grey, says since when, and shows no number', async () => {
  const server = await start({ log: provinceLog({ 'tram-phu-my': 45 }) });
  const { page } = await open(server);
  const phuMy = row(page, 'tram-phu-my');
  await phuMy.getByText('mất cập nhật').waitFor();
  assert.match((await phuMy.textContent()) ?? '', /^Phú Mỹmất cập nhậttừ \d\d:\d\d$/);
  assert.equal(await phuMy.getByTestId('value').count(), 0);
  assert.match((await page.locator('.lists .quiet').textContent()) ?? '', /Phú Mỹtừ \d\d:\d\d/);
  assert.match((await page.getByTestId('hero').textContent()) ?? '', /Bà Rịa/);
});

test("values go grey by themselves when nothing comes, whatever the browser's clock says", async () => {
  const server = await start({ log: provinceLog({ 'tram-phu-my': 29 }) });
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  // Half an hour is the promise of the index: two minutes from now it is broken for this station.
  await page.clock.install({ time: new Date('2031-01-01T00:00:00Z') });
  await page.goto(`http://127.0.0.1:${server.port}/`);
  await row(page, 'tram-phu-my').getByTestId('value').waitFor();
  await server.close();
  await page.clock.runFor(120_000);
  assert.match((await row(page, 'tram-phu-my').textContent()) ?? '', /mất cập nhật/);
  assert.equal(await row(page, 'tram-ba-ria').getByTestId('value').count(), 1);
  await page.clock.runFor(1_900_000);
  assert.equal(await page.getByTestId('value').count(), 0);
  assert.equal(await page.getByTestId('hero').count(), 0);
});

test('a lost line is said at once, and the page comes back by itself with what it missed', async () => {
  const log = provinceLog();
  const server = await start({ log });
  const { page } = await open(server);
  await page.getByTestId('hero-value').waitFor();
  await server.close();
  servers.splice(0);
  await page.getByText(/Mất kết nối từ \d\d:\d\d/).waitFor();
  log.append(
    provinceUpdate(stationOf('tram-ba-ria'), {
      nowMs: Date.now(),
      pm25: 130,
      revision: 9,
      status: 'revised',
    }),
  );
  await start({ log, port: server.port });
  await page.getByText('Đã kết nối').waitFor();
  await page.getByTestId('hero-value').getByText('186', { exact: true }).waitFor();
});

test('a sensor without a registry entry shows up as a reference sensor, its long id not cut', async () => {
  const server = await start({ log: provinceLog() });
  const { page } = await open(server);
  await page.getByTestId('hero-value').waitFor();
  const entity = 'hanoi-us-embassy-with-a-very-long-identifier-2016';
  const windowStart = new Date(Math.floor(Date.now() / hourMs) * hourMs).toISOString();
  const asOf = new Date().toISOString();
  server.log.append(emission([hourValue({ entity, windowStart, asOf, value: 35.2, revision: 5 })]));
  await row(page, entity).getByTestId('value').getByText('35', { exact: true }).waitFor();
  assert.match((await row(page, entity).textContent()) ?? '', /µg\/m³tạm tính/);
  assert.deepEqual(await layoutFaults(page), []);
});

for (const [width, height] of [
  [1920, 1080],
  [3840, 2160],
  [3840, 1080],
  [1920, 1200],
  [7680, 2160],
] as const) {
  test(
    `at ${width}x${height} nothing overlaps, is cut or too small, in both languages`,
    { timeout: 60_000 },
    async () => {
      const silent = { 'cam-bien-long-hai': 77, 'tram-dat-do': 200, 'tram-con-dao': 90 };
      const server = await start({ log: provinceLog(silent) });
      const { page, complaints } = await open(server);
      await page.setViewportSize({ width, height });
      for (const language of ['vi', 'en']) {
        await page.goto(`http://127.0.0.1:${server.port}/?lang=${language}`);
        await page.getByTestId('hero-value').waitFor();
        await page.evaluate(() => document.fonts.ready);
        await page.waitForTimeout(300);
        assert.deepEqual(await layoutFaults(page), [], language);
        assert.equal(await page.locator('.demo span').count(), 5);
      }
      assert.deepEqual(complaints, []);
    },
  );
}

test('the key l switches the language, and the choice outlives a reload', async () => {
  const server = await start({ log: provinceLog() });
  const { page } = await open(server);
  await page.getByRole('heading', { name: 'Giám sát môi trường' }).waitFor();
  await page.keyboard.press('l');
  await page.getByRole('heading', { name: 'Environment' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Environment' }).waitFor();
});

test('where the server gives no token the page asks once, and says when it is wrong', async () => {
  const server = await start({ log: provinceLog(), session: 'refused' });
  const { page } = await open(server);
  await page.getByLabel('Mã truy cập của màn hình').fill('nonsense');
  await page.getByRole('button', { name: 'Mở' }).click();
  await page.getByText('Mã này không được chấp nhận.').waitFor();
  await page.getByLabel('Mã truy cập của màn hình').fill(liveTokens.wall);
  await page.getByRole('button', { name: 'Mở' }).click();
  await page.getByTestId('hero-value').waitFor();
  await page.reload();
  await page.getByTestId('hero-value').waitFor();
});

test('without demo data there is no band, and an empty province is said to be empty', async () => {
  const empty = { ...registry, entities: new Map() };
  const server = await start({ catalogue: { ...provinceCatalogue(empty), demo: 'off' } });
  const { page } = await open(server);
  await page.getByText('chưa có trạm chuẩn nào').waitFor();
  assert.equal(await page.locator('.demo').count(), 0);
  assert.deepEqual(await layoutFaults(page), []);
});
