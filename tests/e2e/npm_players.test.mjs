// Players that npm has, against a whole node: medooze's whip-whep and Eyevinn's webrtc-player in
// Chromium, on a page of another origin, and node-datachannel (libdatachannel) in Node. What counts
// is the test programme's marker in what they decoded.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launchBrowser, Watched } from './support/browser.mjs';
import { marked } from './support/figures.mjs';
import { Node, until } from './support/node.mjs';
import { servePlayers } from './support/npm_page.mjs';

const kDatachannelPlayer = fileURLToPath(new URL('support/datachannel_player.mjs', import.meta.url));
const kSeconds = 3;

let node, browser, players;
before(async () => {
  node = await Node.start();
  node.startFeed();
  browser = await launchBrowser();
  players = await servePlayers();
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  players?.close();
  await node?.stop();
});

const viewers = async () =>
  (await node.status()).roles.find(({ role }) => role === 'relay').status.viewers;

// Readable markers, and the picture goes on, forwards.
async function plays(watched) {
  const frames = [];
  await until('20 pictures with the marker', async () => {
    frames.push(...marked((await watched.take()).frames));
    return frames.length >= 20;
  }, { timeoutMs: 20_000 });
  const backwards = frames.filter(({ counter }, i) => i > 0 && counter < frames[i - 1].counter);
  assert.deepEqual(backwards, []);
  assert.ok(frames.at(-1).counter > frames[0].counter, 'a still picture');
}
const height = (watched, lines) =>
  until(`${lines} lines`, async () => (await watched.reception())?.height === lines, { timeoutMs: 20_000 });

test('whip-whep plays, chooses layers on its connection, and leaves', { timeout: 90_000 }, async () => {
  const watched = await Watched.open(browser, players.url);
  try {
    await watched.page.evaluate(async (url) => {
      const { WHEPClient } = await import('/whip-whep.js');
      const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      connection.addTransceiver('audio', { direction: 'recvonly' });
      connection.addTransceiver('video', { direction: 'recvonly' });
      connection.ontrack = ({ streams }) => (document.querySelector('video').srcObject = streams[0]);
      window.client = new WHEPClient();
      await window.client.view(connection, url);
    }, `${node.http}whep/main`);
    await plays(watched);
    await height(watched, 720);
    const { connection } = await watched.reception();
    await watched.page.evaluate(() => window.client.selectLayer({ mediaId: '1', encodingId: '360p' }));
    await height(watched, 360);
    await plays(watched);
    await watched.page.evaluate(() => window.client.unselectLayer());
    await height(watched, 720);
    await plays(watched);
    assert.equal((await watched.reception()).connection, connection);
    assert.deepEqual(watched.requests.filter(({ method }) => method !== 'PATCH').map(({ method, path }) =>
      [method, path.replace(/[0-9a-f]{32,}/, 'VIEWER')]), [
      ['POST', '/whep/main'],
      ['POST', '/whep/main/VIEWER/layer'],
      ['DELETE', '/whep/main/VIEWER/layer'],
    ]);
    await until('one viewer', async () => (await viewers()) === 1);
    await watched.page.evaluate(() => window.client.stop());
    await until('no viewer', async () => (await viewers()) === 0);
    // Version 1.2.0 trickles without the ETag of its answer, which RFC 9725 §4.3.1 wants to be
    // refused; ICE-lite needs none of it.
    assert.deepEqual([...new Set(watched.complaints)].filter((words) => !/status 428$/.test(words)), []);
  } finally {
    await watched.close();
  }
});

test('webrtc-player plays and leaves', { timeout: 60_000 }, async () => {
  const watched = await Watched.open(browser, players.url);
  try {
    await watched.page.evaluate(async (url) => {
      const { WebRTCPlayer } = (await import('/webrtc-player.js')).default;
      const video = document.querySelector('video');
      window.player = new WebRTCPlayer({ video, type: 'whep', iceServers: [] });
      await window.player.load(new URL(url));
    }, `${node.http}whep/main`);
    await plays(watched);
    await until('one viewer', async () => (await viewers()) === 1);
    await watched.page.evaluate(() => window.player.unload());
    await until('no viewer', async () => (await viewers()) === 0);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

test('node-datachannel plays', { timeout: 60_000 }, async (t) => {
  const url = `${node.http}whep/main?rendition=480p`;
  const options = [kDatachannelPlayer, url, String(kSeconds)];
  const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 45_000 });
  const seen = JSON.parse(stdout.trim().split('\n').at(-1));
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.pictures > 20 * kSeconds, `${seen.pictures} pictures`);
  assert.ok(seen.markers > seen.pictures * 0.9, `${seen.markers} markers`);
  assert.ok(seen.last_counter > seen.first_counter && seen.backwards === 0);
  assert.deepEqual(seen.size, [854, 480]);
  assert.ok(seen.audio_packets > 40 * kSeconds && seen.audio_bytes > 0, `${seen.audio_packets} packets of sound`);
  assert.equal(seen.delete_status, 200);
});
