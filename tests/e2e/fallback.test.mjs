// The home page where WebRTC cannot be had: a server without room, and a network that lets no UDP
// through. It goes on by LL-HLS at the same instant, or by plain HLS where that stalls, says so, and comes
// back by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, Watched, withoutUdp } from './support/browser.mjs';
import { marked } from './support/figures.mjs';
import { Node, sleep, until } from './support/node.mjs';

const kWhep = /\/whep\/main(\?|$)/;
// Of the feed.
const kPicturesASecond = 30;
let node, browser;

before(async () => {
  node = await Node.start();
  node.startFeed();
  browser = await launchBrowser();
  const live = async () => (await node.status()).on_air.some(({ source }) => source === 'live');
  await until('live on air', live, { timeoutMs: 30_000 });
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await node?.stop();
});

const way = (watched) => watched.page.evaluate(() =>
  document.querySelector('[data-way]')?.dataset.way ?? 'webrtc');
const reaches = (watched, wanted, timeoutMs = 20_000) =>
  until(`the picture comes by ${wanted}`, async () =>
    (await way(watched)) === wanted && /^(live|playing)$/.test(await watched.state()), { timeoutMs });

async function counters(watched, count) {
  const seen = [];
  await until(`${count} pictures`, async () => {
    seen.push(...marked((await watched.take()).frames).map(({ counter }) => counter));
    return seen.length >= count;
  }, { timeoutMs: 20_000 });
  return seen;
}

const noRoom = (route) => route.request().method() !== 'POST' ? route.continue() :
  route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, contentType: 'application/json',
    body: JSON.stringify({ error: 'no room' }) });

test('a server without room: LL-HLS, and WebRTC again when there is', { timeout: 90_000 }, async (t) => {
  const watched = await Watched.open(browser, 'about:blank');
  try {
    await watched.page.route(kWhep, noRoom);
    await watched.page.goto(node.http);
    await reaches(watched, 'll-hls');
    const seen = await counters(watched, 60);
    assert.ok(seen.at(-1) > seen[0], 'the picture moves');
    assert.deepEqual(seen.filter((counter, i) => i > 0 && counter < seen[i - 1]), [], 'backwards');
    t.diagnostic(await watched.page.locator('.figures').innerText().then((text) => text.replace(/\s+/g, ' ')));
    const before = watched.joins();
    await watched.page.unroute(kWhep);
    await reaches(watched, 'webrtc', 40_000);
    assert.ok(watched.joins() > before);
    assert.equal(await watched.page.locator('video[data-front]').count(), 1);
    await counters(watched, 30);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

test('a network without UDP', { timeout: 60_000 }, async () => {
  const watched = await Watched.open(browser, 'about:blank');
  try {
    await withoutUdp(watched.page);
    await watched.page.goto(node.http);
    await reaches(watched, 'll-hls');
    const seen = await counters(watched, 30);
    assert.ok(seen.at(-1) > seen[0], 'the picture moves');
    await watched.page.getByRole('button', { name: /^码率档：自动/ }).click();
    await watched.page.getByRole('menuitemradio', { name: '360p' }).click();
    await until('the rung that was chosen is shown', () => watched.page.evaluate(() =>
      document.querySelector('video[data-front]').videoHeight === 360));
    assert.equal(await way(watched), 'll-hls');
  } finally {
    await watched.close();
  }
});

test('a line on which low latency stalls again and again: plain HLS, from there on', { timeout: 120_000 }, async (t) => {
  const watched = await Watched.open(browser, 'about:blank');
  const kMedia = /\/hls\/main\/.*\.m4s$/;
  try {
    await watched.page.route(kWhep, noRoom);
    await watched.page.goto(node.http);
    await reaches(watched, 'll-hls');
    const before = await counters(watched, 30);
    // Longer than any of it plays, so that whatever is fetched has run out before the next comes.
    await watched.page.route(kMedia, async (route) => {
      await sleep(3_000);
      await route.continue().catch(() => {});
    });
    await until('plain HLS', async () => {
      if ((await way(watched)) === 'hls') return true;
      before.push(...marked((await watched.take()).frames).map(({ counter }) => counter));
      return false;
    }, { timeoutMs: 60_000 });
    await watched.page.unroute(kMedia);
    await reaches(watched, 'hls', 30_000);
    const seen = await counters(watched, 60);
    t.diagnostic(`the last picture was ${before.at(-1)}, the first one then ${seen[0]}`);
    assert.ok(seen.at(-1) > seen[0], 'the picture moves');
    assert.ok(Math.abs(seen[0] - before.at(-1)) <= kPicturesASecond, `from ${before.at(-1)} to ${seen[0]}`);
  } finally {
    await watched.close();
  }
});

test('what was watched goes on at the same instant', { timeout: 90_000 }, async (t) => {
  const watched = await Watched.open(browser, node.http);
  try {
    await reaches(watched, 'webrtc');
    await counters(watched, 30);
    await watched.page.route(kWhep, noRoom);
    await node.kill('relay');
    const before = [];
    await until('LL-HLS is shown', async () => {
      if ((await way(watched)) === 'll-hls') return true;
      before.push(...marked((await watched.take()).frames).map(({ counter }) => counter));
      return false;
    }, { timeoutMs: 30_000 });
    const after = await counters(watched, 30);
    const last = before.at(-1);
    const first = after.find((counter) => counter !== last);
    t.diagnostic(`the last picture was ${last}, the first one then ${first}`);
    // Half a second is seen twice, or what comes of how often the page looks.
    assert.ok(Math.abs(first - last) <= kPicturesASecond, `from ${last} to ${first}`);
  } finally {
    await watched.close();
  }
});
