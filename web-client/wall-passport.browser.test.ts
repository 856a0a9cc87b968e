import { strict as assert } from 'node:assert';
import type { FastifyInstance } from 'fastify';
import type { Page } from 'playwright-core';
import { test } from 'vitest';

import { provinceUpdate } from '../fixtures/live/province-feed.ts';
import { hourValue } from '../fixtures/live/kpi-values.ts';
import { layoutFaults } from './testing/layout-faults.ts';
import { provinceLog, row, stationOf, wallStage } from '../fixtures/live/wall-stage.ts';

const { start, open } = wallStage();
const hourMs = 3_600_000;
const sql = "SELECT entity, avg(value) FROM measurements WHERE entity = 'tram-phu-my' -- " + 'x'.repeat(300);

interface Asked {
  readonly kpi: string;
  readonly entity: string;
  readonly windowStart: string;
}

/** The explain route as the query service answers it. `fail` makes it answer 500. */
function explainRoute(asked: Asked[], state: { fail: boolean; value: number }) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/kpis/:id/explain', (request, reply) => {
      const { id } = request.params as { id: string };
      const { entity, window_start: windowStart } = request.query as { entity: string; window_start: string };
      asked.push({ kpi: id, entity, windowStart });
      if (state.fail) return reply.code(500).send({});
      const windowEnd = new Date(Date.parse(windowStart) + hourMs).toISOString();
      const counts = { samples: 1_530, numerator: 2_107, denominator: 2_172, late: 12, quarantined: 109 };
      const parts = { dominant: 'pm25', pm25: '93', pm10: '61', o3: '5', area: 'phu-my' };
      const about = {
        windowStart,
        windowEnd,
        entity,
        value: state.value,
        state: 'good',
        grade: 'B',
      } as const;
      return reply.send({
        value: hourValue({ kpi: id, ...about, ...counts, feedsSeen: 2, feedsExpected: 3, attributes: parts }),
        formula: { text: 'max of pm25: vnAqiPm25(vnNowcast(pm25)); '.repeat(8) },
        passport: { definition: { id, version: 1, source: 'VN_AQI, QĐ 1459/QĐ-TCMT, 2.2.1; our own rule' } },
        sql,
      });
    });
  };
}

async function stage(query = '') {
  const asked: Asked[] = [];
  const state = { fail: false, value: 93 };
  const server = await start({ log: provinceLog(), addRoutes: explainRoute(asked, state) });
  const { page, complaints } = await open(server.port, query);
  await page.getByTestId('hero-value').waitFor();
  return { server, page, complaints, asked, state };
}

const sheet = (page: Page) => page.getByTestId('passport');

test('a click on a station opens its passport with everything that the number rests on; Esc closes it', async () => {
  const { page, asked, complaints } = await stage();
  await row(page, 'tram-phu-my').click();
  await sheet(page).getByTestId('passport-value').getByText('93', { exact: true }).waitFor();
  const text = (await sheet(page).textContent()) ?? '';
  for (const part of [
    ...['Phú Mỹ', 'VN_AQI giờ', 'Trung bình', 'tạm tính', '2.107 / 2.172', '1.530', '2 trên 3'],
    ...['B · từ 95%', 'Đến muộn12', 'Bị cách ly109', 'QĐ 1459', 'vnAqiPm25', 'PM2.5 93 quyết định', sql],
  ]) {
    assert(text.includes(part), part);
  }
  assert(!text.includes('phu-my 0'), 'an attribute that is no part');
  assert.equal(asked[0]?.entity, 'tram-phu-my');
  assert.equal(asked[0].kpi, 'environment.vn_aqi_hour');
  assert.deepEqual(complaints, []);
  await page.keyboard.press('Escape');
  await sheet(page).waitFor({ state: 'detached' });
});

test('the keyboard opens it too, and Esc gives the focus back to where it was', async () => {
  const { page } = await stage();
  await page.locator('[data-passport]:has([data-mark="tram-ba-ria"])').focus();
  await page.keyboard.press('Enter');
  await sheet(page).getByText('Bà Rịa').waitFor();
  await page.keyboard.press('Escape');
  await sheet(page).waitFor({ state: 'detached' });
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-passport'));
  assert.match(focused ?? '', /\|tram-ba-ria$/);
});

test('its tabs lead to the other values of the station', async () => {
  const { page, asked } = await stage('?lang=en');
  await row(page, 'tram-phu-my').click();
  await sheet(page)
    .getByRole('button', { name: /^VN_AQI, daily/ })
    .click();
  await sheet(page).locator('small', { hasText: 'environment.vn_aqi_day' }).waitFor();
  assert.equal(asked.at(-1)?.kpi, 'environment.vn_aqi_day');
});

test('a passport that is open follows a new revision of its value', async () => {
  const { page, server, state } = await stage();
  await row(page, 'tram-phu-my').click();
  await sheet(page).getByTestId('passport-value').getByText('93', { exact: true }).waitFor();
  state.value = 186;
  const nowMs = Date.now();
  server.log.append(
    provinceUpdate(stationOf('tram-phu-my'), { nowMs, pm25: 130, revision: 9, status: 'revised' }),
  );
  await sheet(page).getByTestId('passport-value').getByText('186', { exact: true }).waitFor();
});

test('a passport that cannot be read says so, and is read as soon as it can be', async () => {
  const { page, state } = await stage();
  state.fail = true;
  await row(page, 'tram-phu-my').click();
  await sheet(page).getByText('Chưa đọc được lý lịch; đang thử lại.').waitFor();
  state.fail = false;
  await sheet(page).getByTestId('passport-value').waitFor();
});

for (const [width, height] of [
  [1920, 1080],
  [3840, 2160],
  [3840, 1080],
] as const) {
  test(`at ${width}x${height} nothing in the passport overlaps, is cut or too small, in both languages`, async () => {
    const { page, server } = await stage();
    await page.setViewportSize({ width, height });
    for (const language of ['vi', 'en']) {
      await page.goto(`http://127.0.0.1:${server.port}/?lang=${language}`);
      await row(page, 'tram-phu-my').click();
      await sheet(page).getByTestId('passport-value').waitFor();
      await page.evaluate(() => document.fonts.ready);
      assert.deepEqual(await layoutFaults(page), [], language);
    }
  });
}

test('nobody reads it: after three minutes the wall is in sight again', async () => {
  const { page } = await stage();
  await page.clock.install();
  await page.reload();
  await row(page, 'tram-phu-my').click();
  await sheet(page).waitFor();
  await page.clock.runFor(170_000);
  assert.equal(await sheet(page).count(), 1);
  await page.clock.runFor(20_000);
  assert.equal(await sheet(page).count(), 0);
});
