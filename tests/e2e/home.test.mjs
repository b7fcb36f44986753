// The home page against a whole node, with the test programme sent by RTMP at 29.97 frames a
// second: what is decoded, read from the picture, heard, said and asked of the server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { beepLatency, glassToGlass, marked, ms, percentile } from './support/figures.mjs';
import { Node, sleep, tries, until } from './support/node.mjs';

const kChannelFps = 30;
const kFeedFps = 30000 / 1001;
const kTries = 4;
// The picture waits for its sound (playout-delay 0 to 400 ms); a browser without processor time
// buffers more sound than that.
const kMostOffsetMs = 400;

let node, feed, browser, watched;

const live = () =>
  until('a live picture', async () => marked((await watched.take()).frames).length > 0, {
    timeoutMs: 20_000,
  });
const says = (state, timeoutMs = 15_000) =>
  until(`the page says ${state}`, async () => (await watched.state()) === state, { timeoutMs });

async function axeClean(page) {
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
  return passes.length;
}

before(async () => {
  node = await Node.start();
  feed = node.startFeed();
  browser = await launchBrowser();
  watched = await Watched.open(browser, node.http);
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await node?.stop();
});

test('plays by itself, at the rate of the channel', async (t) => {
  await live();
  await says('live');
  await tries(kTries, async () => {
    const from = { at: performance.now(), ...(await watched.reception()) };
    await sleep(6_000);
    const to = { at: performance.now(), ...(await watched.reception()) };
    const rate = ((to.framesDecoded - from.framesDecoded) / (to.at - from.at)) * 1000;
    t.diagnostic(`${rate.toFixed(2)} frames decoded a second, ${to.width}x${to.height}`);
    assert.equal(to.connection, from.connection);
    assert.ok(Math.abs(rate - kChannelFps) < 1.5, `decoded ${rate} frames a second`);
  });
});

test('the counter in the picture advances with the feed, never backwards', async (t) => {
  const all = [];
  await tries(kTries, async () => {
    await watched.take();
    await sleep(8_000);
    const frames = marked((await watched.take()).frames);
    all.push(...frames);
    assert.ok(frames.length > 60, `the marker was read ${frames.length} times`);
    const [first, last] = [frames[0], frames.at(-1)];
    const advance = ((last.counter - first.counter) / (last.madeAt - first.madeAt)) * 1000;
    const distinct = new Set(frames.map(({ counter }) => counter)).size;
    t.diagnostic(
      `counter +${last.counter - first.counter} at ${advance.toFixed(2)}/s, ` +
        `${distinct} of them seen by the page`,
    );
    assert.ok(Math.abs(advance - kFeedFps) < 0.7, `the counter advances ${advance} a second`);
  });
  // No load excuses this one: it holds for every try.
  const backwards = all.filter(({ counter }, i) => i > 0 && counter < all[i - 1].counter);
  assert.deepEqual(backwards, []);
});

test('glass to glass, and sound with the picture', async (t) => {
  await tries(kTries, async () => {
    await watched.take();
    await sleep(12_000);
    const { frames, beeps } = await watched.take();
    const picture = glassToGlass(frames);
    const sound = beepLatency(beeps);
    const offset = percentile(sound, 50) - percentile(picture, 50);
    const [p50, p95] = [percentile(picture, 50), percentile(picture, 95)];
    t.diagnostic(`glass to glass p50 ${ms(p50)}, p95 ${ms(p95)}`);
    t.diagnostic(`${beeps.length} beeps; sound minus picture ${ms(offset)}`);
    assert.ok(p50 < 1_000, `glass to glass ${p50} ms`);
    assert.ok(beeps.length >= 8, `${beeps.length} beeps in 12 s`);
    assert.ok(Math.abs(offset) < kMostOffsetMs, `sound is ${offset} ms behind the picture`);
  });
});

test('figures of the reception', async (t) => {
  const figure = (name) => watched.page.locator(`[data-figure=${name}] dd`).innerText();
  await until('a latency', async () => (await watched.page.locator('[data-figure=latency]').count()) > 0);
  assert.match(await figure('latency'), /^\d+ 毫秒$/);
  const line = await watched.page.locator('.figures').innerText();
  t.diagnostic(line.replace(/\s+/g, ' '));
  assert.match(await figure('rendition'), /^\d+p$/);
  assert.match(await figure('picture'), /^\d+×\d+ · \d+ 帧\/秒$/);
  assert.match(await figure('loss'), /^\d+\.\d\d%$/);
  assert.match(await figure('jitter'), /^\d+\.\d 毫秒$/);
});

test('both languages; the choice is kept', async () => {
  const { page } = watched;
  const badge = page.locator('.facts .badge');
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  assert.equal(await badge.innerText(), '直播');
  await screenshot(page, 'home-zh');
  await page.getByRole('button', { name: 'EN', exact: true }).click();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await badge.innerText(), 'Live');
  await screenshot(page, 'home-en');
  await page.reload();
  await live();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.getByRole('button', { name: '中文', exact: true }).click();
});

test('accessible, and content with a strict content security policy', async (t) => {
  const { page } = watched;
  for (const name of ['EN', '中文']) {
    await page.getByRole('button', { name, exact: true }).click();
    t.diagnostic(`axe, ${name}: ${await axeClean(page)} rules passed`);
  }
  await page.locator('#player').hover();
  await page.getByRole('button', { name: /^码率档/ }).click();
  await axeClean(page);
  await page.keyboard.press('Escape');
  assert.deepEqual(watched.complaints, []);
});

test('sound on a tap, and by keyboard', async () => {
  const { page } = watched;
  const muted = () => page.evaluate(() => document.querySelector('video[data-front]').muted);
  assert.equal(await muted(), true);
  await page.getByRole('button', { name: '点按开启声音' }).click();
  assert.equal(await muted(), false);
  await page.locator('#player').focus();
  await page.keyboard.press('m');
  assert.equal(await muted(), true);
});

test('another rendition on the same connection, by keyboard, and the choice given back', async () => {
  const { page } = watched;
  const opener = page.getByRole('button', { name: /^码率档/ });
  const { connection } = await watched.reception();
  const before = watched.requests.length;
  await page.locator('#player').hover();
  assert.match(await opener.innerText(), /^自动 · \d+p$/);
  await opener.focus();
  await page.keyboard.press('ArrowUp'); // the menu, at its last entry
  await page.locator('[role=menuitemradio]:focus', { hasText: '360p' }).waitFor();
  await screenshot(page, 'home-renditions');
  await page.keyboard.press('Enter');
  await until('360 lines', async () => (await watched.reception())?.height === 360);
  await live();
  const figure = page.locator('[data-figure=rendition] dd');
  await until('the figure says 360p', async () => (await figure.innerText()) === '360p');
  assert.equal(await opener.innerText(), '360p');
  await opener.click();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await until('more lines', async () => (await watched.reception())?.height > 360, { timeoutMs: 20_000 });
  assert.equal((await watched.reception()).connection, connection);
  const asked = watched.requests.slice(before);
  assert.deepEqual(asked.map(({ method }) => method), ['POST', 'POST']);
  for (const { path } of asked) assert.match(path, /^\/whep\/main\/[^/]+\/layer$/);
  await live();
});

test('the slate when the feed ends, then a file sent by ffmpeg, on one connection', { timeout: 90_000 }, async (t) => {
  const joins = watched.joins();
  const ended = Date.now();
  await feed.stop();
  await until('a picture without marker', async () => {
    const { frames } = await watched.take();
    return frames.length > 3 && frames.slice(-3).every(({ counter }) => counter === null);
  });
  t.diagnostic(`slate ${Date.now() - ended} ms after the end of the feed`);
  await says('slate');
  await screenshot(watched.page, 'home-slate');
  const before = await watched.reception();
  await sleep(2_000);
  const rate = ((await watched.reception()).framesDecoded - before.framesDecoded) / 2;
  assert.ok(rate > kChannelFps / 2, `the slate has ${rate} frames a second`);
  const file = await node.recordProgramme(8);
  const studio = node.startFfmpeg({ file });
  await live();
  await says('live');
  const first = marked((await watched.take()).frames);
  await sleep(3_000);
  const shown = [...first, ...marked((await watched.take()).frames)];
  const ran = (shown.at(-1).counter - shown[0].counter) / ((shown.at(-1).at - shown[0].at) / 1000);
  t.diagnostic(`a file sent by ffmpeg: ${new Set(shown.map(({ counter }) => counter)).size} of its pictures seen, ${ran.toFixed(1)} a second`);
  assert.ok(Math.abs(ran - kFeedFps) < 4, `the file's counter advances ${ran} a second`);
  await studio.stop();
  feed = node.startFeed();
  await says('live', 30_000);
  assert.equal(watched.joins(), joins);
});

test('honest words about a channel that is not there', async () => {
  const lost = await Watched.open(browser, `${node.http}?channel=nothing-here`, {
    language: 'en-GB',
  });
  const words = lost.page.getByText('There is no channel “nothing-here”');
  await words.waitFor({ timeout: 10_000 });
  await axeClean(lost.page);
  await screenshot(lost.page, 'home-no-channel');
  const joins = lost.joins();
  await until('another try', () => lost.joins() > joins, { timeoutMs: 12_000 });
  await lost.close();
});

test('on a phone', async () => {
  const phone = await Watched.open(browser, node.http, {
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  });
  await until('frames', async () => ((await phone.reception())?.framesDecoded ?? 0) > 30);
  await screenshot(phone.page, 'home-phone');
  const width = await phone.page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(width, 360);
  await phone.close();
});

test('leaving gives the place back', async () => {
  const viewers = async () => {
    const { roles } = await node.status();
    return roles.find(({ role }) => role === 'relay').status.viewers;
  };
  await until('one viewer', async () => (await viewers()) === 1);
  await watched.page.goto('about:blank');
  await until('no viewer', async () => (await viewers()) === 0);
});
