// A programme that is held before it airs: its viewers see it that much later than the studio, an
// emergency cut leaves nothing of what was held to anybody, on WebRTC, HLS, rewind and replay, and a
// session that ends is shown to its end.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser, Watched } from './support/browser.mjs';
import { marked } from './support/figures.mjs';
import { readMarker } from './support/marker.mjs';
import { Node, sleep, until } from './support/node.mjs';
import { Studio } from './support/studio.mjs';

const run = promisify(execFile);
const kDelayMs = 3_000;
// A picture is marked before it is encoded and sent.
const kMadeBeforeMs = 400;
const kSeen = { width: 640, height: 360, rows: 20 };

let node, browser, studio, screen, session, feed;
const cut = { obeyed: 0, undone: 0 };

before(async () => {
  node = await Node.start();
  studio = await Studio.open(node);
  browser = await launchBrowser();
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await node?.stop();
});

const kDelay = 'channels/main/air/delay';
const setDelay = (delay_ms, more = {}) =>
  studio.api('PATCH', kDelay, { delay_ms, ...more }, { 'If-Match': '*' });
const seen = [];
async function look() {
  seen.push(...marked((await screen.take()).frames));
  return seen;
}
// When each picture of a playlist was made.
async function madeIn(path) {
  const { width, height, rows } = kSeen;
  // What is there now: a player would wait for the end of what goes on.
  const address = `${node.http}${path}`;
  const list = await (await fetch(address)).text();
  const there = list.replace(/#EXT-X-GAP\n.*\n.*\n/g, '').match(/^[^#\n].*\.m4s$/gm) ?? [];
  const bytes = [];
  for (const part of [/#EXT-X-MAP:URI="([^"]+)"/.exec(list)[1], ...there]) {
    const answer = await fetch(new URL(part, address));
    if (answer.ok) bytes.push(Buffer.from(await answer.arrayBuffer()));
  }
  const decoding = run('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-map', '0:v:0', '-vf',
    `crop=iw:${rows}:0:0`, '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'],
  { encoding: 'buffer', maxBuffer: 1 << 28, timeout: 30_000 });
  decoding.child.stdin.end(Buffer.concat(bytes));
  const { stdout } = await decoding;
  const made = [];
  for (let at = 0; at + width * rows <= stdout.length; at += width * rows) {
    const marker = readMarker(stdout.subarray(at, at + width * rows), width, height);
    if (marker) made.push(marker.madeAt);
  }
  return made;
}
// What was held when the slate was there, and what was made until the cut was undone.
const forbidden = (made) => made.filter((at) => at > cut.obeyed - kDelayMs && at < cut.undone - kMadeBeforeMs);

test('a delay is set, and not by accident while a feed is on air', async () => {
  assert.equal((await setDelay(60_100)).status, 422);
  assert.equal((await setDelay(50)).status, 422);
  assert.equal((await studio.api('PATCH', kDelay, { delay_ms: kDelayMs })).status, 428);
  assert.equal((await setDelay(kDelayMs)).status, 200);
  feed = node.startFeed({ size: '640x360' });
  await until('a feed', async () => (await node.status()).feeds.length === 1);
  const refused = await setDelay(0);
  assert.equal(refused.status, 409, refused.text);
  assert.equal((await studio.good('GET', kDelay)).delay_ms, kDelayMs);
});

test('viewers see what was made that much earlier, the studio what is made now', { timeout: 60_000 }, async (t) => {
  screen = await Watched.open(browser, new URL('/screen?channel=main', node.http).href);
  await until('pictures', async () => (await look()).length >= 20, { timeoutMs: 30_000 });
  const latencies = seen.map(({ at, madeAt }) => at - madeAt).sort((a, b) => a - b);
  t.diagnostic(`seen ${latencies[0]} to ${latencies.at(-1)} ms after they were made`);
  assert.ok(latencies[0] >= kDelayMs, `${latencies[0]} ms`);
  assert.ok(latencies[latencies.length >> 1] < kDelayMs + 3_000, `${latencies}`);
  const state = (await node.status()).on_air.find(({ channel }) => channel === 'main');
  assert.equal(state.preview, 'live');
  const token = await studio.good('POST', 'channels/main/preview-token', { of: 'programme' });
  assert.equal(token.channel, 'main~programme');
});

test('what is held when the channel is cut is never seen', { timeout: 60_000 }, async (t) => {
  session = await studio.goLive();
  assert.ok(session.live_ms > Date.now() + 1_000, 'it is live where it is on air');
  await until('the session on air', async () => Date.now() > session.live_ms + 1_500);
  const orderedAt = Date.now();
  await studio.good('POST', 'channels/main/air/cut', {});
  await until('the slate', async () => (await node.status()).on_air[0].source === 'slate', { everyMs: 20 });
  cut.obeyed = Date.now();
  t.diagnostic(`the slate ${cut.obeyed - orderedAt} ms after the cut was ordered`);
  assert.ok(cut.obeyed - orderedAt < kDelayMs, 'a cut waits for nothing that is held');
  await sleep(kDelayMs + 500);
  await look();
  cut.undone = Date.now();
  await studio.good('DELETE', 'channels/main/air/cut', undefined, { 'If-Match': '*' });
  const before = seen.length;
  await until('the programme again', async () => (await look()).length > before + 20, { timeoutMs: 20_000 });
  assert.ok(seen.length > 40);
  assert.deepEqual(forbidden(seen.map(({ madeAt }) => madeAt)), []);
  const first = seen[before];
  t.diagnostic(`made ${first.madeAt - cut.undone} ms after the cut was undone, seen ${first.at - cut.undone} ms after it`);
  let rewound = [];
  await until('whole segments of it', async () => (rewound = await madeIn('hls/main/v2/rewind.m3u8')).length > 10);
  assert.deepEqual(forbidden(rewound), []);
});

test('a session that ends is shown to its end', { timeout: 60_000 }, async (t) => {
  const endedAt = Date.now();
  session = await studio.end(session);
  assert.ok(session.ended_ms >= endedAt + kDelayMs);
  const path = `replay/${session.id}/v2/index.m3u8`;
  await until('the replay has its end', async () => Date.now() > session.ended_ms + 1_500 &&
    /#EXT-X-ENDLIST/.test(await (await fetch(`${node.http}${path}`)).text()));
  const made = await madeIn(path);
  t.diagnostic(`its last picture was made ${session.ended_ms - kDelayMs - Math.max(...made)} ms before it was ended`);
  assert.ok(Math.max(...made) > endedAt - 1_500);
  assert.ok(Math.min(...made) > session.live_ms - kDelayMs - 1_500);
  assert.deepEqual(forbidden(made), []);
  assert.deepEqual(screen.complaints, []);
});

test('a feed that ends goes on airing for as long as it is held', { timeout: 60_000 }, async (t) => {
  const states = [];
  const look = async () => {
    const { on_air: [{ source }], feeds } = await node.status();
    states.push({ source, feeds: feeds.length, at: Date.now() });
    return states.at(-1);
  };
  assert.equal((await look()).source, 'live');
  await feed.stop();
  await until('no feed', async () => (await look()).feeds === 0, { everyMs: 50 });
  const gone = states.at(-1);
  assert.equal(gone.source, 'live', 'what is held is on air');
  await until('the slate', async () => (await look()).source === 'slate', { everyMs: 50, timeoutMs: 20_000 });
  t.diagnostic(`the slate ${states.at(-1).at - gone.at} ms after the feed was gone`);
  assert.ok(states.at(-1).at - gone.at > kDelayMs / 2);
});
