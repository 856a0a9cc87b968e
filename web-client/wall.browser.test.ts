import { strict as assert } from 'node:assert';
import { test } from 'vitest';

import { emission, hourValue } from '../fixtures/live/kpi-values.ts';
import { liveTokens } from '../fixtures/live/live-server.ts';
import { provinceCatalogue, provinceUpdate } from '../fixtures/live/province-feed.ts';
import { layoutFaults } from './testing/layout-faults.ts';
import { provinceLog, registry, row, stationOf, wallStage } from '../fixtures/live/wall-stage.ts';

const hourMs = 3_600_000;
const { browser, start, open } = wallStage();

test('a message of the stream changes the number on the page', async () => {
  const server = await start({ log: provinceLog() });
  const { page, complaints } = await open(server.port);
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
  const { page } = await open(server.port);
  const phuMy = row(page, 'tram-phu-my');
  await phuMy.getByText('mất cập nhật').waitFor();
  assert.match((await phuMy.textContent()) ?? '', /^Phú Mỹmất cập nhậttừ \d\d:\d\d$/);
  assert.equal(await phuMy.getByTestId('value').count(), 0);
  assert.match((await page.locator('.lists .quiet').textContent()) ?? '', /Phú Mỹtừ \d\d:\d\d/);
  assert.match((await page.getByTestId('hero').textContent()) ?? '', /Bà Rịa/);
});

test("values go grey by themselves when nothing comes, whatever the browser's clock says", async () => {
  const server = await start({ log: provinceLog({ 'tram-phu-my': 29 }) });
  const context = await browser().newContext({ viewport: { width: 1920, height: 1080 } });
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

test('a sensor without a registry entry shows up as a reference sensor, its long id not cut', async () => {
  const server = await start({ log: provinceLog() });
  const { page } = await open(server.port);
  await page.getByTestId('hero-value').waitFor();
  const entity = 'hanoi-us-embassy-with-a-very-long-identifier-2016';
  const windowStart = new Date(Math.floor(Date.now() / hourMs) * hourMs).toISOString();
  const asOf = new Date().toISOString();
  server.log.append(emission([hourValue({ entity, windowStart, asOf, value: 35.2, revision: 5 })]));
  await row(page, entity).getByTestId('value').getByText('35', { exact: true }).waitFor();
  assert.match((await row(page, entity).textContent()) ?? '', /tạm tính/);
  assert.deepEqual(await layoutFaults(page), []);
});

test('the key l switches the language, and the choice outlives a reload', async () => {
  const server = await start({ log: provinceLog() });
  const { page } = await open(server.port);
  await page.getByRole('heading', { name: 'Giám sát môi trường' }).waitFor();
  await page.keyboard.press('l');
  await page.getByRole('heading', { name: 'Environment' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Environment' }).waitFor();
});

test('where the server gives no token the page asks once, and says when it is wrong', async () => {
  const server = await start({ log: provinceLog(), session: 'refused' });
  const { page } = await open(server.port);
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
  const { page } = await open(server.port);
  await page.getByText('chưa có trạm chuẩn nào').waitFor();
  assert.equal(await page.locator('.demo').count(), 0);
  assert.deepEqual(await layoutFaults(page), []);
});
