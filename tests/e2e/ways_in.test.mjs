// Every way in that a foreign sender may take, watched by the marker in a browser: the test programme
// goes to an ffmpeg that passes it on, and that ffmpeg sends it by SRT and by RTMPS. Then what happens
// when ingest is killed, and when a key that sends is revoked.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { launchBrowser, Watched } from './support/browser.mjs';
import { beepLatency, glassToGlass, marked, ms, percentile } from './support/figures.mjs';
import { kBinary, sleep, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kPassphrase = 'a-passphrase-0123';
const kWatchMs = 6_000;

let node, browser;
const running = [];

before(async () => {
  node = await ServedNode.start({ more: `
[[srt.key]]
stream_key = "test-key-0123456789"
passphrase = "${kPassphrase}"
` });
  browser = await launchBrowser();
}, { timeout: 60_000 });

after(async () => {
  for (const child of running) await ended(child);
  await browser?.close();
  await node?.remove();
});

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

// The test programme through an ffmpeg to an address; until its stop().
async function passOn(format, url) {
  const between = `rtmp://127.0.0.1:${await freePort()}/live/key`;
  const ffmpeg = spawn('ffmpeg', ['-v', 'warning', '-listen', '1', '-i', between, '-c', 'copy',
    '-flush_packets', '1', '-f', format, url],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let words = '';
  ffmpeg.stderr.setEncoding('utf8').on('data', (text) => (words += text));
  await sleep(500);
  const feed = spawn(kBinary, ['test-feed', '--url', between], { stdio: 'ignore', detached: true });
  running.push(ffmpeg, feed);
  return {
    ffmpeg,
    words: () => words,
    stop: async () => {
      await ended(feed);
      await ended(ffmpeg);
    },
  };
}

const feedOfNode = async () => (await node.status())?.feeds.find(({ channel }) => channel === 'main');
const srt = async () => `srt://127.0.0.1:${(await node.status()).ports.srt}`;

async function feedBy(protocol, sender) {
  try {
    await until(`a feed by ${protocol}`, async () => (await feedOfNode())?.protocol === protocol,
      { timeoutMs: 15_000 });
  } catch (error) {
    throw new Error(`${error.message}; ffmpeg: ${sender.words()}; node: ${node.log.slice(-2000)}`);
  }
}

async function watch(t, name, sender) {
  const watched = await Watched.open(browser, await node.url('/'));
  try {
    let shown = 0;
    await until(`${name}: live`, async () => (shown += marked((await watched.take()).frames).length) > 20,
      { timeoutMs: 25_000 }).catch(async (error) => {
      throw new Error(`${error.message}; ffmpeg: ${sender.words()}; node: ${node.log.slice(-3000)}`);
    });
    await sleep(2_000); // the mapping of time settles
    await watched.take();
    await sleep(kWatchMs);
    const { frames, beeps } = await watched.take();
    const counters = [...new Set(marked(frames).map(({ counter }) => counter))];
    const expected = counters.at(-1) - counters[0] + 1;
    const picture = percentile(glassToGlass(frames), 50);
    const sound = percentile(beepLatency(beeps), 50);
    t.diagnostic(`${name}: ${counters.length} of ${expected} frames, glass to glass ${ms(picture)}, ` +
      `sound ${ms(sound - picture)} after the picture`);
    return { share: counters.length / expected, counters: counters.length, apart: sound - picture };
  } finally {
    await watched.close();
  }
}

test('SRT, encrypted, with the channel named in the stream id', { timeout: 90_000 }, async (t) => {
  const id = '#!::r=main,m=publish,s=test-key-0123456789'; // ffmpeg passes it on as it is written
  const sender = await passOn('mpegts', `${await srt()}?streamid=${id}&passphrase=${kPassphrase}&pkt_size=1316`);
  await feedBy('srt', sender);
  const seen = await watch(t, 'SRT', sender);
  assert.ok(seen.counters > 100, `${seen.counters} frames`);
  assert.ok(seen.share > 0.95, `${seen.share} of the frames`);
  assert.ok(Math.abs(seen.apart) < 60, `sound is ${seen.apart} ms off`);

  const health = await until('its health', async () =>
    (await node.role('ingest')).status?.feeds?.[0]?.health, { timeoutMs: 12_000 });
  assert.ok(health.packets > 100 && health.kbps > 200, JSON.stringify(health));
  const metrics = await node.metrics();
  assert.match(metrics, /longmen_feed_round_trip_seconds\{[^}]*channel="main"[^}]*\} 0\.0/);
  assert.match(metrics, /longmen_feed_path_packets_total\{[^}]*what="received"[^}]*\} [1-9]/);
  assert.doesNotMatch(node.log, /test-key-0123456789|a-passphrase/, 'the log has no secret');

  // Ingest is killed: the next one has the port, and a sender that calls again is in.
  const { pid } = await node.role('ingest');
  process.kill(pid, 'SIGKILL');
  await until('another ingest', async () => {
    const now = await node.role('ingest');
    return now?.state === 'ready' && now.pid !== pid;
  });
  await sender.stop();
  const again = await passOn('mpegts', `${await srt()}?streamid=test-key-0123456789&passphrase=${kPassphrase}`);
  await feedBy('srt', again);
  await again.stop();
});

test('RTMPS; a key that is revoked ends it', { timeout: 90_000 }, async (t) => {
  const { rtmps } = (await node.status()).ports;
  const sender = await passOn('flv', `rtmps://127.0.0.1:${rtmps}/live/test-key-0123456789`);
  await feedBy('rtmps', sender);
  const seen = await watch(t, 'RTMPS', sender);
  assert.ok(seen.share > 0.95, `${seen.share} of the frames`);
  assert.ok(Math.abs(seen.apart) < 60, `sound is ${seen.apart} ms off`);
  await node.reload((text) => text.replace('["test-key-0123456789"]', '["another-key-0123456789"]'));
  await until('the sender is cut', () => sender.ffmpeg.exitCode !== null, { timeoutMs: 15_000 });
  await until('and its feed is gone', async () => !(await feedOfNode()));
});
