// The home page where WebRTC cannot be had: a server without room, and a network that lets no UDP
// through. It goes on by LL-HLS at the same instant, says so, and comes back by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, Watched } from './support/browser.mjs';
import { marked } from './support/figures.mjs';
import { Node, until } from './support/node.mjs';

const kWhep = /\/whep\/main(\?|$)/;
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
    // Packets to the discard port reach nobody.
    await watched.page.route(kWhep, async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      const response = await route.fetch();
      const body = (await response.text()).replace(/^(a=candidate:\S+ \d \S+ \d+ \S+) \d+/gm, '$1 9');
      return route.fulfill({ response, body });
    });
    await watched.page.goto(node.http);
    await reaches(watched, 'll-hls');
    const seen = await counters(watched, 30);
    assert.ok(seen.at(-1) > seen[0], 'the picture moves');
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
    process.kill(await node.pidOf('relay'), 'SIGKILL');
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
    // A second at most is seen twice or not at all: how often the page looks, and where it begins.
    assert.ok(Math.abs(first - last) < 60, `from ${last} to ${first}`);
  } finally {
    await watched.close();
  }
});
