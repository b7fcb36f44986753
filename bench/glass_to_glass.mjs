#!/usr/bin/env node
// What a viewer sees, measured from pixels in Chromium: glass to glass over 30 s of the test
// programme at 30000/1001 by RTMP through the ladder, sound against picture, and the time from
// POST to the first rendered frame over a number of joins. Prints figures and goals.
//   node bench/glass_to_glass.mjs [--seconds 30 (0: joins alone)] [--joins 60] [--size 1280x720]
import { parseArgs } from 'node:util';
import { launchBrowser, Watched } from '../tests/e2e/support/browser.mjs';
import { beepLatency, glassToGlass, marked, percentile } from '../tests/e2e/support/figures.mjs';
import { Node, sleep, until } from '../tests/e2e/support/node.mjs';
import { figureLine, goalWords } from './support/figures.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    joins: { type: 'string', default: '60' },
    size: { type: 'string', default: '1280x720' },
  },
});
const kSettleMs = 4_000;

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
  await sleep(Number(values.seconds) * 1000);
  const after = await watched.reception();
  const { frames, beeps } = await watched.take();
  const picture = glassToGlass(frames);
  const sound = beepLatency(beeps);
  const decoded = after.framesDecoded - before.framesDecoded;
  console.log(`WHEP through the ladder, ${values.size} at 30000/1001 by RTMP, ${values.seconds} s`);
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

const node = await Node.start();
let browser;
try {
  node.startFeed({ size: values.size });
  browser = await launchBrowser();
  const watched = await Watched.open(browser, node.http);
  await until('a live picture', async () => marked((await watched.take()).frames).length > 0, {
    timeoutMs: 30_000,
  });
  await sleep(kSettleMs);
  if (Number(values.seconds) > 0) await watch(watched);
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
  console.log(figureLine('rendered', figures));
  console.log(goalWords(figures, [['frame_p95_ms', '<=', 350, 150]]));
} finally {
  await browser?.close();
  await node.stop();
}
