// The wall screen and everything that may happen to it with nobody there: each time the picture must
// be back by itself, on the page that is open, and what stands still must not pass for live. The
// channel has its slate on air, whose frames flow as any others: a still picture is no freeze.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { launchBrowser, screenshot, Watched, withoutUdp } from './support/browser.mjs';
import { ms, table } from './support/figures.mjs';
import { freeTcpPort } from './support/free_port.mjs';
import { sleep, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kWaitingPage = fileURLToPath(new URL('../../deploy/screen/waiting.html', import.meta.url));
const kSite = '<b onclick="x">一号</b> Hall';
const kBackMs = 25_000;
// A picture that stands still is covered within this: 1.2 s in doubt, 1 s of grace, a busy machine.
const kCoveredMs = 6_000;

let node, browser, screen, server;
const rows = [];

const attribute = (name, from = screen) => from.page.locator('main').getAttribute(`data-${name}`);
const words = () => screen.page.locator('.waiting .words').innerText();
const covered = (what) =>
  until(`${what}: covered`, async () => (await attribute('covered')) === 'true', { timeoutMs: kCoveredMs });

// Until the picture is on show and new frames of it come.
async function picture(from = screen) {
  await from.take();
  await until('a picture', async () => {
    const onShow = (await from.page.locator('main[data-covered=false]').count()) > 0;
    return onShow && (await from.take()).frames.length > 1;
  }, { timeoutMs: kBackMs });
}

// Does `harm`, which ends the connection on show, and prints how long it took until the picture was back.
async function comesBack(what, harm) {
  await picture();
  const { connection } = await screen.reception();
  const began = performance.now();
  const notes = await harm();
  const another = async () => ((await screen.reception())?.connection ?? connection) !== connection;
  await until(`${what}: another connection on show`, another, { timeoutMs: kBackMs });
  await picture();
  rows.push([what, ms(performance.now() - began), typeof notes === 'string' ? notes : '']);
}

async function kill(role, signal) {
  process.kill((await node.role(role)).pid, signal);
}

async function axeClean() {
  await screen.page.evaluate(axe.source);
  const { violations, passes } = await screen.page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
  return passes.length;
}

before(async () => {
  const httpPort = await freeTcpPort();
  server = `http://127.0.0.1:${httpPort}`;
  node = await ServedNode.prepare({ httpPort });
  browser = await launchBrowser();
}, { timeout: 60_000 });

after(async () => {
  await browser?.close();
  await node?.remove();
  console.log(table(['what happened', 'picture after', ''], rows));
});

test('opened before its server runs', { timeout: 90_000 }, async () => {
  const address = pathToFileURL(kWaitingPage);
  address.search = String(new URLSearchParams({ server, channel: 'main', site: kSite, volume: 35 }));
  screen = await Watched.open(browser, address.href, { viewport: { width: 1920, height: 1080 } });
  assert.equal(await screen.page.locator('h1').innerText(), kSite);
  assert.equal(await screen.page.locator('#words').innerText(), '正在等待服务器');
  await axeClean();
  node.launch();
  await node.ready();
  const ready = performance.now();
  await picture();
  rows.push(['opened before its server', ms(performance.now() - ready), 'since the server was ready']);
  assert.equal(new URL(screen.page.url()).pathname, '/screen');
});

test('a clean picture with sound; a name is text; accessible', async (t) => {
  const { page } = screen;
  const video = await page.evaluate(() => {
    const { muted, volume, controls } = document.querySelector('video[data-front]');
    return { muted, volume, controls, cursor: getComputedStyle(document.querySelector('main')).cursor };
  });
  assert.deepEqual(video, { muted: false, volume: 0.35, controls: false, cursor: 'none' });
  assert.equal(await page.locator('.label.site').innerText(), kSite);
  assert.equal(await page.locator('b').count(), 0);
  t.diagnostic(`axe: ${await axeClean()} rules passed`);
});

test('keys: volume, mute, tone, service view; five taps', async (t) => {
  const { page } = screen;
  const sound = () => page.evaluate(() => {
    const { muted, volume } = document.querySelector('video[data-front]');
    return [muted, volume];
  });
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await sound(), [false, 0.4]);
  assert.equal(await page.locator('.notice').innerText(), '音量 40%');
  await page.keyboard.press('m');
  assert.equal((await sound())[0], true);
  await page.keyboard.press('m');
  await page.keyboard.press('t');
  assert.match(await page.locator('.notice').innerText(), /1000 Hz · -18 dBFS · 音量 40%/);
  assert.equal((await sound())[0], true, 'the programme is silent under the tone');
  await page.keyboard.press('t');
  assert.equal((await sound())[0], false);
  await page.keyboard.press('i');
  const figure = (name) => page.locator(`[data-figure="service.${name}"] dd`).innerText();
  await until('the relay’s address', async () => /^127\.0\.0\.1:\d+ udp$/.test(await figure('relay')));
  await until('the node’s name', async () => (await figure('node')).startsWith('test · '));
  assert.match(await figure('frames'), /^\d+ \/ \d+ \/ \d+$/);
  assert.equal(await figure('reconnections'), '0');
  await axeClean();
  await screenshot(page, 'screen-service');
  t.diagnostic((await page.locator('.service dl').innerText()).replace(/\n(?=\S)/g, ' '));
  await page.keyboard.press('i');
  assert.equal(await page.locator('.service').count(), 0);
  for (let tap = 0; tap < 5; tap++) await page.mouse.click(30, 30);
  await page.locator('.service').waitFor();
  await page.keyboard.press('i');
});

test('the relay killed', { timeout: 60_000 }, () =>
  comesBack('relay killed (SIGKILL)', () => kill('relay', 'SIGKILL')));

test('the relay stands still', { timeout: 60_000 }, () =>
  comesBack('relay frozen (SIGSTOP)', async () => {
    const began = performance.now();
    await kill('relay', 'SIGSTOP');
    await covered('a frozen picture');
    return `covered after ${ms(performance.now() - began)}`;
  }));

test('refused for a while', { timeout: 60_000 }, async (t) => {
  const answers = [{ status: 503, headers: { 'Retry-After': '3' }, body: '' }, { status: 500, body: '' }];
  const asked = [];
  // By HLS there would be a picture before the last answer.
  await screen.page.route(/\/hls\//, (route) => route.abort());
  await screen.page.route(/\/whep\/main$/, (route) => {
    asked.push(performance.now());
    const answer = answers.shift();
    return answer ? route.fulfill(answer) : route.continue();
  });
  await comesBack('WHEP refused: 503, 500', async () => {
    await kill('relay', 'SIGKILL');
    await covered('no picture');
    await until('words', async () => (await words()) === '服务器暂时不能提供画面');
    await screenshot(screen.page, 'screen-waiting');
    await axeClean();
    await until('the last refusal', () => answers.length === 0, { timeoutMs: kBackMs });
  });
  await screen.page.unroute(/\/whep\/main$/);
  await screen.page.unroute(/\/hls\//);
  const apart = asked.slice(1).map((at, i) => at - asked[i]);
  t.diagnostic(`asked again after ${apart.map(ms).join(', ')}`);
  assert.ok(apart[0] > 3_000, `Retry-After: 3 s, asked again after ${apart[0]} ms`);
});

test('offline: a hint while packets come, then a real one', { timeout: 60_000 }, async () => {
  await picture();
  await screen.context.setOffline(true);
  await sleep(1_500);
  await picture();
  assert.equal(await attribute('covered'), 'false', 'the picture does not go for an event');
  await screen.context.setOffline(false);
  await comesBack('offline while the relay ends', async () => {
    await screen.context.setOffline(true);
    await kill('relay', 'SIGKILL');
    await covered('no network');
    await until('words', async () => (await words()).startsWith('本机网络已断开'));
    await screen.context.setOffline(false);
  });
});

test('the server killed and back', { timeout: 90_000 }, () =>
  comesBack('server killed, away for a while', async () => {
    const began = performance.now();
    await node.stop('SIGKILL');
    await covered('no server');
    const shown = performance.now();
    await until('words', async () => (await words()) === '连不上服务器', { timeoutMs: 15_000 });
    node.launch();
    await node.ready();
    return `covered after ${ms(shown - began)}; ready after ${ms(performance.now() - began)}`;
  }));

test('a network without UDP: by HLS', { timeout: 60_000 }, async () => {
  const other = await Watched.open(browser, 'about:blank');
  try {
    await withoutUdp(other.page);
    const began = performance.now();
    await other.page.goto(`${server}/screen`);
    await picture(other);
    rows.push(['a network without UDP', ms(performance.now() - began), 'since the page was opened, by HLS']);
    await other.page.keyboard.press('i');
    await other.page.locator('[data-figure="service.way"]').getByText('LL-HLS').waitFor({ timeout: 5_000 });
    assert.equal(await other.page.locator('video[data-front]').count(), 1);
    assert.deepEqual(other.complaints, []);
  } finally {
    await other.close();
  }
});

test('the nightly reload, at 03:30 by a clock that says so', { timeout: 60_000 }, async () => {
  const night = await browser.newContext({ viewport: { width: 640, height: 360 } });
  const page = await night.newPage();
  await page.addInitScript(() => {
    const tonight = new Date();
    tonight.setHours(3, 29, 58, 0);
    const ahead = tonight.getTime() - Date.now() + (sessionStorage.loaded ? 60_000 : 0);
    const now = Date.now;
    Date.now = () => now() + ahead;
    sessionStorage.loaded = Number(sessionStorage.loaded ?? 0) + 1;
  });
  const began = performance.now();
  await page.goto(`${server}/screen?reload=03:30&reload_spread=0`);
  await until('another load', () => page.evaluate(() => sessionStorage.loaded === '2').catch(() => false),
    { timeoutMs: 20_000 });
  await page.locator('main[data-covered=false]').waitFor({ timeout: kBackMs });
  rows.push(['nightly reload, due after 2 s', ms(performance.now() - began), 'picture on the new page']);
  await night.close();
});

// Chromium judges at the instant of unmuting, and lets some sound that way: then it has to be on.
test('where a browser forbids sound: muted, a hint, and on at the first key', { timeout: 60_000 }, async (t) => {
  const strict = await launchBrowser({ sound: false });
  try {
    const quiet = await Watched.open(strict, `${server}/screen?lang=en`);
    await picture(quiet);
    const hint = quiet.page.getByText('No sound: press any key, or tap the screen');
    const refused = await hint.waitFor({ timeout: 10_000 }).then(() => true, () => false);
    if (refused) {
      await quiet.page.keyboard.press('x');
      await hint.waitFor({ state: 'detached' });
    } else {
      t.diagnostic('it was not forbidden');
    }
    const sounding = await quiet.page.evaluate(() => {
      const video = document.querySelector('video[data-front]');
      return !video.muted && !video.paused;
    });
    assert.ok(sounding, 'the picture goes on with sound');
    await picture(quiet);
    assert.deepEqual(quiet.complaints, []);
  } finally {
    await strict.close();
  }
});

test('nothing was complained of', () => {
  assert.deepEqual(screen.complaints, []);
});
