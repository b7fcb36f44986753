// Every way in that a foreign sender may take, watched by the marker in a browser: the test programme
// goes to an ffmpeg that passes it on, and that ffmpeg sends it by SRT, by RTSP and by RTMPS. Then what
// happens when ingest is killed, and when a key that sends is revoked.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser, Watched } from './support/browser.mjs';
import { beepLatency, glassToGlass, marked, ms, percentile } from './support/figures.mjs';
import { kBinary, sleep, tries, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kPassphrase = 'a-passphrase-0123';
const kSettleMs = 1_000; // of the mapping of time
const kWatchMs = 3_000;
const kTries = 3;
const kMostOffsetMs = 400; // as on the home page: docs/PERFORMANCE.md says where sound's time goes

let node, browser;
const running = [];

before(async () => {
  // One small picture: what is looked at is how it came in.
  node = await ServedNode.start({ more: `
[[channel.video]]
name = "360p"
width = 640
height = 360
bitrate_kbps = 800
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
  child.kill('SIGTERM'); // it hangs up: who is killed is missed after seconds only
  const patience = setTimeout(() => child.kill('SIGKILL'), 2_000);
  await gone;
  clearTimeout(patience);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

// As Linux tells it: a connection to it would be the one that it waits for.
async function listens(port) {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return (await readFile('/proc/net/tcp', 'utf8')).includes(wanted);
}

// The test programme through an ffmpeg to an address; until its stop(), or the end of the test.
async function passOn(t, format, url, more = []) {
  const port = await freePort();
  const between = `rtmp://127.0.0.1:${port}/live/key`;
  const ffmpeg = spawn('ffmpeg', ['-v', 'warning', '-listen', '1', '-i', between, '-c', 'copy',
    '-flush_packets', '1', '-f', format, ...more, url],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let words = '';
  ffmpeg.stderr.setEncoding('utf8').on('data', (text) => (words += text));
  await until('the ffmpeg between', () => listens(port), { everyMs: 20 });
  const feed = spawn(kBinary, ['test-feed', '--url', between, '--size', '640x360'], { stdio: 'ignore', detached: true });
  running.push(ffmpeg, feed);
  const stop = async () => {
    await ended(ffmpeg);
    await ended(feed);
    await until('the channel is free', async () => !(await feedOfNode()));
  };
  t.after(stop);
  return {
    ffmpeg,
    words: () => words,
    stop,
  };
}

const feedOfNode = async () => (await node.status())?.feeds.find(({ channel }) => channel === 'main');
// Figures of the console, for somebody who may sign in.
async function console_() {
  const { stdout } = await promisify(execFile)(kBinary,
    ['admin', 'reset-link', '--data-dir', node.dataDir]);
  const token = /#([\w-]{43})/.exec(stdout)[1];
  const address = await node.url('/api/v1/links/redeem');
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: new URL(address).origin },
    body: JSON.stringify({ token, password: 'correct horse battery' }),
  });
  assert.equal(answer.status, 200);
  const cookie = /^longmen=[\w-]+/.exec(answer.headers.get('Set-Cookie'))[0];
  return async (path) =>
    (await fetch(await node.url(`/api/v1/studio/${path}`), { headers: { Cookie: cookie } })).json();
}

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
    await sleep(kSettleMs);
    await tries(kTries, async () => {
      await watched.take();
      await sleep(kWatchMs);
      const { frames, beeps } = await watched.take();
      const counters = [...new Set(marked(frames).map(({ counter }) => counter))];
      const expected = counters.at(-1) - counters[0] + 1;
      const picture = percentile(glassToGlass(frames), 50);
      const apart = percentile(beepLatency(beeps), 50) - picture;
      t.diagnostic(`${name}: ${counters.length} of ${expected} frames, glass to glass ${ms(picture)}, ` +
        `sound ${ms(apart)} after the picture`);
      assert.ok(counters.length > 60, `${counters.length} frames`);
      assert.ok(counters.length / expected > 0.95, `${counters.length} of ${expected} frames`);
      assert.ok(Math.abs(apart) < kMostOffsetMs, `sound is ${apart} ms off`);
    });
  } finally {
    await watched.close();
  }
}

test('SRT, encrypted, with the channel named in the stream id', { timeout: 90_000 }, async (t) => {
  const id = '#!::r=main,m=publish,s=test-key-0123456789'; // ffmpeg passes it on as it is written
  const sender = await passOn(t, 'mpegts', `${await srt()}?streamid=${id}&passphrase=${kPassphrase}&pkt_size=1316`);
  await feedBy('srt', sender);
  const spoiled = await watch(t, 'SRT', sender).catch((error) => error); // what else is wrong comes first

  const look = await console_();
  const last = await until('its health in the console', async () => {
    const { kbps, round_trip_ms, lost_percent } = await look('channels/main/history');
    const newest = { kbps: kbps.at(-1), roundTrip: round_trip_ms.at(-1), lost: lost_percent.at(-1) };
    return newest.kbps && newest.lost !== null && newest;
  });
  assert.ok(last.kbps > 200 && last.roundTrip < 100 && last.lost < 5, JSON.stringify(last));
  const metrics = await node.metrics();
  const roundTrip = Number(/^longmen_feed_round_trip_seconds\{[^}]*channel="main",input="primary"[^}]*\} (\S+)$/m.exec(metrics)[1]);
  assert.ok(roundTrip > 0 && roundTrip < 1, `${roundTrip}`);
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
  const again = await passOn(t, 'mpegts', `${await srt()}?streamid=test-key-0123456789&passphrase=${kPassphrase}`);
  await feedBy('srt', again);
  await again.stop();
  assert.ifError(spoiled);
});

test('RTSP, pushed by UDP with the key as password', { timeout: 60_000 }, async (t) => {
  const { rtsp } = (await node.status()).ports;
  const url = `rtsp://main:test-key-0123456789@127.0.0.1:${rtsp}/main`;
  const sender = await passOn(t, 'rtsp', url, ['-rtsp_transport', 'udp']);
  await feedBy('rtsp', sender);
  const spoiled = await watch(t, 'RTSP', sender).catch((error) => error);
  assert.match(await node.metrics(), /longmen_feed_path_packets_total\{[^}]*what="received"[^}]*\} [1-9]/);
  await sender.stop();
  assert.ifError(spoiled);
});

test('RTMPS; a key that is revoked ends it', { timeout: 90_000 }, async (t) => {
  const { rtmps } = (await node.status()).ports;
  const sender = await passOn(t, 'flv', `rtmps://127.0.0.1:${rtmps}/live/test-key-0123456789`);
  await feedBy('rtmps', sender);
  const spoiled = await watch(t, 'RTMPS', sender).catch((error) => error);
  await node.reload((text) => text.replace('["test-key-0123456789"]', '["another-key-0123456789"]'));
  await until('the sender is cut', () => sender.ffmpeg.exitCode !== null, { timeoutMs: 15_000 });
  await until('and its feed is gone', async () => !(await feedOfNode()));
  assert.ifError(spoiled);
});
