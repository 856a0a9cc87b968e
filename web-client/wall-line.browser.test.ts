import { strict as assert } from 'node:assert';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, test } from 'vitest';

import { provinceUpdate } from '../fixtures/live/province-feed.ts';
import { provinceLog, row, stationOf, wallStage } from '../fixtures/live/wall-stage.ts';

const { browser, start, open } = wallStage();

let proxy: Server | undefined;
const wires = new Set<Socket>();
afterEach(() => {
  cut();
  proxy?.close();
  proxy = undefined;
});

/** A port that leads to the server and whose connections a test cuts as it likes. */
async function cuttable(port: number): Promise<number> {
  proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      wires.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        wires.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => proxy?.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  assert(typeof address === 'object' && address !== null);
  return address.port;
}

function cut(): void {
  for (const wire of wires) wire.destroy();
}

const baRia = (pm25: number, revision: number) =>
  provinceUpdate(stationOf('tram-ba-ria'), { nowMs: Date.now(), pm25, revision, status: 'revised' });

test('a lost line is said at once, and the page comes back by itself with what it missed', async () => {
  const log = provinceLog();
  const server = await start({ log });
  const { page } = await open(server.port);
  await page.getByTestId('hero-value').waitFor();
  await server.close();
  await page.getByText(/Mất kết nối từ \d\d:\d\d/).waitFor();
  log.append(baRia(130, 9));
  await start({ log, port: server.port });
  await page.getByText('Đã kết nối').waitFor();
  await page.getByTestId('hero-value').getByText('186', { exact: true }).waitFor();
});

test('a socket that is cut again and again loses nothing: the last number stands on the page', async () => {
  const log = provinceLog();
  const server = await start({ log });
  const { page } = await open(await cuttable(server.port));
  await page.getByTestId('hero-value').waitFor();
  for (let round = 1; round <= 6; round += 1) {
    // Before, while and after something new comes.
    if (round % 3 === 0) cut();
    log.append(baRia(100 + 5 * round, 10 + round));
    if (round % 3 === 1) cut();
    await page.waitForTimeout(70 * round);
    if (round % 3 === 2) cut();
  }
  await page.getByText('Đã kết nối').waitFor();
  await row(page, 'tram-ba-ria').getByTestId('value').getByText('186', { exact: true }).waitFor();
  assert.equal(await page.getByText(/Mất kết nối/).count(), 0);
});

test('a server of another build makes the page load itself anew', async () => {
  const log = provinceLog();
  const server = await start({ log, build: 'one' });
  const context = await browser().newContext({ viewport: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`http://127.0.0.1:${server.port}/`);
  await page.getByTestId('hero-value').waitFor();
  await page.clock.runFor(61_000);
  await page.evaluate(() => Object.assign(globalThis, { before: true }));
  await server.close();
  await page.clock.runFor(1_000);
  await start({ log, port: server.port, build: 'two' });
  for (let tries = 0; tries < 40; tries += 1) {
    await page.clock.runFor(500);
    if (!(await page.evaluate(() => 'before' in globalThis))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail('the page kept the old build');
});

test('a machine that slept opens a new line at once, although its old socket looks alive', async () => {
  const server = await start({ log: provinceLog() });
  const context = await browser().newContext({ viewport: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  let sockets = 0;
  page.on('websocket', () => (sockets += 1));
  await page.clock.install();
  await page.goto(`http://127.0.0.1:${server.port}/`);
  await page.getByTestId('hero-value').waitFor();
  assert.equal(sockets, 1);
  // The wall clock went on for an hour; timers and the page's own clock stood still.
  await page.clock.setSystemTime(Date.now() + 3_600_000);
  await page.clock.runFor(1_500);
  await page.waitForEvent('websocket', { predicate: () => sockets === 2 }).catch(() => undefined);
  assert.equal(sockets, 2);
  await page.getByText('Đã kết nối').waitFor();
});
