#!/usr/bin/env node
// What a viewer sees, measured from pixels in Chromium: glass to glass over 30 s of the test
// programme at 30000/1001 by RTMP through the ladder, sound against picture, and the time from
// POST to the first rendered frame over a number of joins. Or by HLS, how far the picture is behind the
// marker's clock, and whether it ever stalls: hls.js in low-latency mode as it is (hls), or the home page
// where UDP does not get through (page); with a channel of one small picture, since a ladder beside a
// browser is more than two processors do for ten minutes. Prints figures and goals; ends with 1 when one
// is missed.
//   node bench/glass_to_glass.mjs [--seconds 30 (0: joins alone)] [--joins 60] [--size 1280x720]
//   node bench/glass_to_glass.mjs --way hls|page [--seconds 600] [--size 640x360]
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { launchBrowser, Watched, withoutUdp } from '../tests/e2e/support/browser.mjs';
import { beepLatency, glassToGlass, marked, percentile, silentMs } from '../tests/e2e/support/figures.mjs';
import { kBinary, Node, sleep, until } from '../tests/e2e/support/node.mjs';
import { servePlayers } from '../tests/e2e/support/npm_page.mjs';
import { ServedNode } from '../tests/e2e/support/served_node.mjs';
import { judge } from './support/figures.mjs';

const { values } = parseArgs({
  options: {
    way: { type: 'string', default: 'whep' },
    seconds: { type: 'string' },
    joins: { type: 'string', default: '60' },
    size: { type: 'string' },
  },
});
if (!['whep', 'hls', 'page'].includes(values.way)) throw new Error(`--way whep, hls or page, not ${values.way}`);
const byHls = values.way !== 'whep';
const kSize = values.size ?? (byHls ? '640x360' : '1280x720');
const kSeconds = Number(values.seconds ?? (byHls ? 600 : 30));
const kSettleMs = byHls ? 15_000 : 4_000; // hls.js comes nearer by a tenth of the time that passes
const kStandsStillMs = 500; // without a new picture

const p = (numbers) =>
  [50, 95, 100].map((at) => percentile(numbers, at).toFixed(0).padStart(5)).join(' ');

// In the page: one join, without anything of the product's own page around it.
async function joinOnce() {
  const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const video = document.createElement('video');
  video.muted = true;
  const stream = new MediaStream();
  connection.addEventListener('track', ({ track }) => stream.addTrack(track));
  for (const kind of ['video', 'audio']) {
    const { receiver } = connection.addTransceiver(kind, { direction: 'recvonly' });
    receiver.jitterBufferTarget = 0;
  }
  await connection.setLocalDescription();
  const from = performance.now();
  const response = await fetch('/whep/main', {
    method: 'POST',
    headers: { 'Content-Type': 'application/sdp' },
    body: connection.localDescription.sdp,
  });
  const answered = performance.now();
  const location = response.headers.get('Location');
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  const first = new Promise((resolve) => video.requestVideoFrameCallback((now) => resolve(now)));
  video.srcObject = stream;
  await video.play();
  const shown = await first;
  connection.close();
  await fetch(location, { method: 'DELETE' });
  return { answer: answered - from, frame: shown - from };
}

async function watch(watched) {
  await watched.take();
  const before = await watched.reception();
  await sleep(kSeconds * 1000);
  const after = await watched.reception();
  const { frames, beeps } = await watched.take();
  const picture = glassToGlass(frames);
  const sound = beepLatency(beeps);
  const decoded = after.framesDecoded - before.framesDecoded;
  console.log(`WHEP through the ladder, ${values.size} at 30000/1001 by RTMP, ${kSeconds} s`);
  console.log(`                              p50   p95   max`);
  console.log(`glass to glass, ms          ${p(picture)}   (${picture.length} pictures)`);
  console.log(`beep made to beep heard, ms ${p(sound)}   (${sound.length} beeps)`);
  const offset = percentile(sound, 50) - percentile(picture, 50);
  console.log(`sound minus picture, ms     ${offset.toFixed(0).padStart(5)}`);
  console.log(
    `frames decoded ${decoded}, shown to the page ${frames.length}, ` +
      `packets lost ${after.packetsLost - before.packetsLost}`,
  );
}

// In the page: hls.js as it catches up by itself. What goes wrong is in window.wrong, by its name.
async function playHls(url) {
  const { default: Hls } = await import('/hls.js');
  const video = document.querySelector('video');
  const hls = new Hls({ lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.1, backBufferLength: 10 });
  window.wrong = { waiting: 0, stalled: 0, fatal: 0, other: [] };
  video.addEventListener('waiting', () => (window.wrong.waiting += 1));
  hls.on(Hls.Events.ERROR, (_, { details, fatal }) => {
    if (details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) window.wrong.stalled += 1;
    else window.wrong.other.push(details);
    if (fatal) window.wrong.fatal += 1;
  });
  window.hls = hls;
  hls.loadSource(url);
  hls.attachMedia(video);
}

// Pictures that were not shown before: {at, counter, madeAt}.
class NewPictures {
  constructor() {
    this.newest = -1;
  }
  of(frames) {
    return marked(frames).filter(({ counter }) => {
      const isNew = counter > this.newest;
      if (isNew) this.newest = counter;
      return isNew;
    });
  }
}

// The home page, which has tried WebRTC in vain. Likewise, of what its video tells.
async function openPage(node, browser) {
  const watched = await Watched.open(browser, 'about:blank');
  await withoutUdp(watched.page);
  await watched.page.goto(await node.url('/'));
  await until('LL-HLS', () => watched.page.evaluate(() =>
    document.querySelector('[data-way]')?.dataset.way === 'll-hls'), { timeoutMs: 60_000 });
  await watched.page.evaluate(() => {
    window.wrong = { waiting: 0, stalled: 0, fatal: 0, other: [] };
    // Of the one that is seen: behind it WebRTC is tried again.
    for (const video of document.querySelectorAll('video'))
      video.addEventListener('waiting', () => (window.wrong.waiting += video.hasAttribute('data-front') ? 1 : 0));
  });
  return watched;
}

async function watchHls(node, browser) {
  const players = await servePlayers();
  try {
    let watched;
    if (values.way === 'page') {
      watched = await openPage(node, browser);
    } else {
      watched = await Watched.open(browser, players.url);
      await watched.page.evaluate(playHls, await node.url('/hls/main/index.m3u8'));
    }
    await until('a live picture', async () => marked((await watched.take()).frames).length > 0, { timeoutMs: 60_000 });
    await sleep(kSettleMs);
    const wrong = () => watched.page.evaluate(() => window.wrong);
    const [before, { now: from }] = [await wrong(), await watched.take()];
    const pictures = new NewPictures();
    const seen = [];
    let to = from;
    while (to < from + kSeconds * 1000) {
      await sleep(1_000);
      const { now, frames } = await watched.take();
      seen.push(...pictures.of(frames));
      to = now;
    }
    const after = await wrong();
    const times = [from, ...seen.map(({ at }) => at), to];
    const waits = times.slice(1).map((at, i) => at - times[i]);
    const late = seen.map(({ at, madeAt }) => at - madeAt);
    const told = await watched.page.evaluate(() => ({
      told: window.hls?.latency ?? NaN, target: window.hls?.targetLatency ?? NaN,
      dropped: document.querySelector('video').getVideoPlaybackQuality().droppedVideoFrames }));
    const metrics = await node.metrics();
    if (after.other.length > before.other.length)
      console.log(`hls.js complained of ${[...new Set(after.other.slice(before.other.length))].join(', ')}`);
    judge(values.way, {
      seconds: (to - from) / 1000,
      pictures: seen.length,
      pictures_missing: seen.length === 0 ? NaN : seen.at(-1).counter - seen[0].counter + 1 - seen.length,
      pictures_dropped: told.dropped,
      behind_p50_ms: percentile(late, 50),
      behind_p95_ms: percentile(late, 95),
      behind_max_ms: percentile(late, 100),
      hls_js_says_s: told.told,
      hls_js_target_s: told.target,
      longest_wait_ms: Math.max(...waits),
      stood_still: waits.filter((each) => each >= kStandsStillMs).length,
      waiting_events: after.waiting - before.waiting,
      stalls_told: after.stalled - before.stalled,
      fatal: after.fatal - before.fatal,
      slots_dropped: Number(/^longmen_streamer_dropped_total\{.*\} (\d+)$/m.exec(metrics)?.[1] ?? NaN),
      silent_ms: silentMs(metrics),
    }, [
      ['behind_p50_ms', '<=', 1200, 800],
      ['behind_p95_ms', '<=', 1200, 800],
      ['stood_still', '<=', 0],
      ['waiting_events', '<=', 0],
      ['stalls_told', '<=', 0],
      ['fatal', '<=', 0],
    ]);
    await watched.close();
  } finally {
    players.close();
  }
}

async function watchWhep(node, browser) {
  const watched = await Watched.open(browser, node.http);
  await until('a live picture', async () => marked((await watched.take()).frames).length > 0, {
    timeoutMs: 30_000,
  });
  await sleep(kSettleMs);
  if (kSeconds > 0) await watch(watched);
  await watched.close();

  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${node.http}livez`);
  const joins = [];
  for (let i = 0; i < Number(values.joins); i++) {
    joins.push(await page.evaluate(joinOnce));
    await sleep(137 + ((i * 389) % 1000)); // so that joins fall on all parts of a GOP
  }
  const frame = joins.map((join) => join.frame);
  console.log(`first frame after POST, ms  ${p(frame)}   (${joins.length} joins)`);
  console.log(`answer after POST, ms       ${p(joins.map(({ answer }) => answer))}`);
  const figures = {
    joins: joins.length,
    frame_p50_ms: percentile(frame, 50),
    frame_p95_ms: percentile(frame, 95),
  };
  judge('rendered', figures, [['frame_p95_ms', '<=', 350, 150]]);
}

// With one rung, the size of what is sent to it.
async function smallNode() {
  const [width, height] = kSize.split('x');
  return ServedNode.start({ more: `record = "off"
[[channel.video]]
name = "only"
width = ${width}
height = ${height}
bitrate_kbps = 1000
` });
}

const node = byHls ? await smallNode() : await Node.start();
let browser, feed;
try {
  if (byHls) {
    const { ports } = await node.status();
    feed = spawn(kBinary, ['test-feed', '--url', `rtmp://127.0.0.1:${ports.rtmp}/live/test-key-0123456789`,
      '--size', kSize, '--fps', '30000/1001'], { stdio: 'ignore' });
  } else {
    node.startFeed({ size: kSize });
  }
  const live = async () => (await node.status()).on_air.some(({ source }) => source === 'live');
  await until('live on air', live, { timeoutMs: 30_000 });
  browser = await launchBrowser();
  await (byHls ? watchHls : watchWhep)(node, browser);
} finally {
  await browser?.close();
  feed?.kill();
  await (byHls ? node.remove() : node.stop());
}
