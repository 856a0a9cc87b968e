import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { emission, hourValue } from '../fixtures/live/kpi-values.ts';
import type { MemoryKpiLog } from '../fixtures/live/memory-kpi-log.ts';
import { provinceUpdate } from '../fixtures/live/province-feed.ts';
import { layoutFaults } from './testing/layout-faults.ts';
import { provinceLog, stationOf, wallStage } from '../fixtures/live/wall-stage.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const sizes = [
  [1920, 1080],
  [3840, 2160],
  [3840, 1080],
  [1920, 1200],
  [7680, 2160],
] as const;
const { start, open } = wallStage();

/** Every station that sends is bad, some provisional and some revised; sixty strangers send; figures are long. */
function badDay(): MemoryKpiLog {
  const log = provinceLog({ 'cam-bien-long-hai': 77, 'cam-bien-ho-tram': 95 });
  const nowMs = Date.now();
  const stations = ['tram-phu-my', 'tram-ba-ria', 'tram-vung-tau', 'tram-dat-do', 'tram-con-dao'];
  for (const [order, id] of stations.entries()) {
    const about = { nowMs, pm25: 240 + 40 * order, revision: 9 };
    log.append(
      provinceUpdate(stationOf(id), { ...about, ...(order % 2 === 0 ? { status: 'revised' } : {}) }),
    );
  }
  const windowStart = new Date(Math.floor(nowMs / hourMs) * hourMs).toISOString();
  const asOf = new Date(nowMs).toISOString();
  const strangers = Array.from({ length: 60 }, (_, order) =>
    hourValue({ entity: `station-${order}`, windowStart, asOf, value: 500 + order, revision: 5 }),
  );
  const midnightMs = Math.floor((nowMs + 7 * hourMs) / dayMs) * dayMs - 7 * hourMs;
  const day = {
    kpi: 'environment.data_availability',
    entity: 'tram-phu-my',
    windowStart: new Date(midnightMs).toISOString(),
    windowEnd: new Date(midnightMs + dayMs).toISOString(),
    asOf,
  };
  log.append(emission([...strangers, hourValue({ ...day, value: 97, numerator: 8_888_888, revision: 5 })]));
  return log;
}

for (const [width, height] of sizes) {
  for (const [name, log] of [
    ['on a calm day', () => provinceLog({ 'cam-bien-long-hai': 77, 'tram-dat-do': 200, 'tram-con-dao': 90 })],
    ['on a bad day with sixty strangers', badDay],
  ] as const) {
    test(`at ${width}x${height} ${name} nothing overlaps, is cut or too small, in both languages`, async () => {
      const server = await start({ log: log() });
      const { page, complaints } = await open(server.port);
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
    });
  }
}

test('sixty strangers leave every standard station in its place and are counted in the heading', async () => {
  const server = await start({ log: badDay() });
  const { page } = await open(server.port);
  await page.getByTestId('hero-value').waitFor();
  assert.equal(await page.locator('li.row.standard').count(), 5);
  const sensors = await page
    .locator('li.row.indicative')
    .evaluateAll((rows) => rows.map((one) => one.dataset['station']));
  assert.deepEqual(sensors.slice(-2), ['station-59', 'station-58']);
  assert.equal(sensors.filter((id) => id?.startsWith('cam-bien-')).length, 4);
  await page.getByText('+60 trạm khác').waitFor();
  assert.match((await page.locator('.valid').textContent()) ?? '', /\/11/);
});

test('a running hour in a bad band stands in the list as provisional while the complete hour is good', async () => {
  const log = provinceLog();
  const server = await start({ log });
  const { page } = await open(server.port);
  await page.getByTestId('hero-value').waitFor();
  log.append(provinceUpdate(stationOf('tram-vung-tau'), { nowMs: Date.now(), pm25: 200, revision: 9 }));
  const item = page.getByTestId('attention').locator('li', { hasText: 'Vũng Tàu' });
  await item.waitFor();
  assert.match((await item.textContent()) ?? '', /^Vũng Tàu250 Rất xấutừ \d\d:00 · giờ này tạm tính$/);
});
