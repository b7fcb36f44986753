// The kill matrix: under a playing page, each process of the node is killed with SIGKILL, and the
// streamer also stopped with SIGSTOP. The product's promises are held against the node's own log:
// when the slate, and when live was on air again, when a relay served again. What a viewer notices is
// measured from the picture as well (the longest time without a new frame, how long until the slate and
// until live, whether it stayed on its connection); a browser on a busy machine is late by itself, so
// those bounds are wider. The table has the figures.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, Watched } from './support/browser.mjs';
import { longestGap, ms, table } from './support/figures.mjs';
import { isAlive, Node, sleep, tries, until } from './support/node.mjs';

const kCalmMs = 3_000;
const kUnnoticedMs = 5_000; // watched for so long before a kill counts as unnoticed
const kLiveFrames = 15; // so many marked frames in a row are a live picture

// What each process promises. `unnoticed`: no gap, no slate. Times are milliseconds since the kill, at
// most: `node` by the node's log, the others as the page shows it.
const kMatrix = [
  { role: 'control', signal: 'SIGKILL', sameConnection: true, unnoticed: true, within: 1_000 },
  { role: 'gateway', signal: 'SIGKILL', sameConnection: true, unnoticed: true, within: 1_000 },
  { role: 'ingest', signal: 'SIGKILL', sameConnection: true, slate: 3_000, live: 12_000 },
  { role: 'streamer', signal: 'SIGKILL', sameConnection: true, slate: 2_000, live: 5_000,
    node: { 'source=slate': 1_000, 'source=live': 3_000 } },
  { role: 'streamer', signal: 'SIGSTOP', sameConnection: true, slate: 2_500, live: 6_000,
    node: { 'source=slate': 1_000, 'source=live': 3_000 } },
  { role: 'relay', signal: 'SIGKILL', sameConnection: false, live: 10_000,
    node: { 'relay is ready': 1_000 } },
];
const kTries = 3; // a busy machine may make one kill late, not each

let node, browser, watched;
const rows = [];

before(async () => {
  node = await Node.start({ testFeed: true, logLevel: 'info' });
  browser = await launchBrowser();
  watched = await Watched.open(browser, node.http);
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await node?.stop();
  const head = ['process', 'signal', 'longest gap', 'slate after', 'live after', 'connection', 'by the node'];
  console.log(table(head, rows));
});

const isLive = (frames) =>
  frames.length >= kLiveFrames &&
  frames.slice(-kLiveFrames).every(({ counter }) => counter !== null);

// Collects frames until `enough` says so or the time is over.
async function collect(enough, timeoutMs) {
  const frames = [];
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    frames.push(...(await watched.take()).frames);
    if (enough(frames)) return frames;
    await sleep(100);
  }
  return frames;
}

async function calmPicture(role) {
  await until(`${role} runs`, () => node.pidOf(role), { timeoutMs: 15_000 });
  assert.ok(isLive(await collect(isLive, 20_000)), 'a live picture before the kill');
  await sleep(kCalmMs);
  return (await watched.take()).frames;
}

// What came after the instant of the kill. `liveAt` is the first frame of the live picture that
// followed the slate or, without a slate, the longest gap.
function aftermath(frames, killed) {
  const since = frames.filter(({ at }) => at > killed);
  const firstSlate = since.findIndex(({ counter }) => counter === null);
  let resumed = since.findLastIndex(({ counter }) => counter === null) + 1;
  if (firstSlate < 0) {
    let longest = 0;
    for (let i = 1; i < since.length; i++) {
      const gap = since[i].at - since[i - 1].at;
      if (gap > longest) [longest, resumed] = [gap, i];
    }
  }
  return {
    gap: longestGap(since, killed, since.at(-1)?.at ?? Infinity),
    slateAfter: firstSlate < 0 ? NaN : since[firstSlate].at - killed,
    liveAfter: isLive(since.slice(resumed)) ? since[resumed].at - killed : NaN,
  };
}

// {'source=slate': ms, ...}: when the node itself said each of these, after the kill.
function ownTimes(promise, killed) {
  const said = node.logged(killed);
  return Object.fromEntries(Object.keys(promise.node ?? {}).map((words) => {
    const first = said.find((line) => line.words.includes(words));
    return [words, first ? first.at - killed : NaN];
  }));
}

for (const promise of kMatrix) {
  const { role, signal } = promise;
  test(`${signal} ${role}`, { timeout: 180_000 }, () => tries(promise.node ? kTries : 1, async () => {
    const calm = await calmPicture(role);
    const joins = watched.joins();
    const { connection } = await watched.reception();
    const pid = await node.pidOf(role);
    const killed = Date.now();
    process.kill(pid, signal);

    const over = (frames) => {
      const { slateAfter, liveAfter } = aftermath(frames, killed);
      if (promise.unnoticed) return false;
      if (!promise.sameConnection) return liveAfter > 0 && watched.joins() > joins;
      // A sender that is back before the slate is due has spared the viewers from it.
      const slateIsOver = slateAfter > 0 || Date.now() - killed > promise.slate;
      return liveAfter > 0 && slateIsOver;
    };
    const frames = await collect(over, promise.unnoticed ? kUnnoticedMs : promise.live + 3_000);
    const { gap, slateAfter, liveAfter } = aftermath(frames, killed);
    const same =
      watched.joins() === joins && (await watched.reception())?.connection === connection;
    const live = promise.unnoticed ? '-' : ms(liveAfter);
    const own = ownTimes(promise, killed);
    const said = Object.entries(own).map(([words, at]) => `${words} ${ms(at)}`).join(', ') || '-';
    rows.push([role, signal, ms(gap), ms(slateAfter), live, same ? 'same' : 'new', said]);

    assert.equal(same, promise.sameConnection, same ? 'same connection' : 'new connection');
    if (promise.unnoticed) {
      const quiet = longestGap(calm, calm[0].at, calm.at(-1).at);
      assert.ok(Number.isNaN(slateAfter), `a picture without marker after ${slateAfter} ms`);
      assert.ok(gap < Math.max(promise.within, 2 * quiet), `no frame for ${gap} ms`);
    } else {
      assert.ok(liveAfter < promise.live, `live after ${liveAfter} ms`);
      if (promise.slate && !(liveAfter < promise.slate)) {
        assert.ok(slateAfter < promise.slate, `slate after ${slateAfter} ms`);
      }
    }
    for (const [words, at] of Object.entries(own))
      assert.ok(at <= promise.node[words], `the node said "${words}" after ${at} ms`);
    await until(`${role} is another process`, async () => {
      const now = await node.pidOf(role);
      return now !== 0 && now !== pid && isAlive(now);
    });
    await until(`the old ${role} is gone`, () => !isAlive(pid));
  }));
}

test('the test programme yields to a sender of one\'s own, and comes back', { timeout: 60_000 }, async (t) => {
  const feed = async () => (await node.status()).feeds.find(({ channel }) => channel === 'main');
  const programme = await until('the test programme', feed);
  const own = node.startFfmpeg({ size: '640x360' });
  const taken = await until('the sender of one\'s own', async () => {
    const now = await feed();
    return now && now.sender !== programme.sender && now;
  });
  await sleep(5_000); // the test programme asks again after 0.25, 0.5, 1 and 2 s
  assert.deepEqual(await feed(), taken);
  await own.stop();
  const back = await until('the test programme again', async () => {
    const now = await feed();
    return now && now.sender !== taken.sender && now;
  });
  t.diagnostic(`${taken.encoder} stayed on the channel; then ${back.encoder}`);
});

test('nothing outlives the node', async () => {
  const { roles } = await node.status();
  const pids = roles.map(({ pid }) => pid).filter(Boolean);
  assert.ok(pids.length >= 5, `${pids.length} processes`);
  await node.stop();
  assert.deepEqual(pids.filter(isAlive), []);
});
