// A recording that lies on one node is played from another: the same bytes, and words when the one is away.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { kBinary, sleep, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';
import { Studio } from './support/studio.mjs';

const kPatience = { timeoutMs: 60_000 };
const kMore = `
[[channel.video]]
name = "360p"
width = 640
height = 360
bitrate_kbps = 800
[schedule]
reopen_minutes = 0
[recording]
reserve_mb = 0
`;

let node, edge, session;
const get = async (of, path, headers = {}) => {
  const answer = await fetch(await of.url(`/replay/${session.id}/${path}`), { headers });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
};
const bothGive = async (path, status, headers) => {
  const [here, there] = await Promise.all([get(edge, path, headers), get(node, path, headers)]);
  assert.equal(here.status, status, path);
  assert.equal(there.status, status, path);
  assert.ok(here.bytes.equals(there.bytes), path);
  return here.bytes.toString();
};

before(async () => {
  [node, edge] = await Promise.all([ServedNode.start({ more: kMore }), ServedNode.prepare({ more: kMore })]);
  const studio = await Studio.open({ http: await node.url('/'), addresses: { studio: await node.firstLink() } });
  const { ports } = await node.status();
  await edge.configure(`[[recording.peer]]
url = "https://127.0.0.1:${ports.https}"
ca_file = "${join(node.dataDir, 'tls', 'ca.pem')}"
`);
  edge.launch();
  const url = `rtmp://127.0.0.1:${ports.rtmp}/live/test-key-0123456789`;
  const feed = spawn(kBinary, ['test-feed', '--url', url, '--fps', '30', '--size', '640x360'], { stdio: 'ignore' });
  try {
    await until('live on air', async () => (await node.status()).on_air.some(({ source }) => source === 'live'), kPatience);
    session = await studio.goLive();
    await edge.ready();
    await sleep(8_000); // of media
    await until('it goes on there, too', async () => /#EXTINF/.test((await get(edge, 'v0/index.m3u8')).bytes), kPatience);
    await studio.end(session);
    await until('it has ended', async () => (await get(node, 'manifest.json')).status === 200, kPatience);
    await until('it has ended there, too', async () => (await get(edge, 'manifest.json')).status === 200, kPatience);
    // What a list was a moment ago is given on for a moment.
    await until('its list has ended there', async () => /ENDLIST/.test((await get(edge, 'v0/index.m3u8')).bytes), kPatience);
  } finally {
    feed.kill('SIGKILL');
  }
}, { timeout: 180_000 });

after(async () => {
  await node?.remove();
  await edge?.remove();
});

test('a node plays what another one has, byte by byte', { timeout: 60_000 }, async () => {
  await bothGive('index.m3u8', 200);
  await bothGive('manifest.json', 200);
  const list = await bothGive('v0/index.m3u8', 200);
  for (const name of list.split('\n').filter((line) => line && !line.startsWith('#'))) await bothGive(`v0/${name}`, 200);
  await bothGive(`v0/${/URI="(init-[^"]+)"/.exec(list)[1]}`, 200);
  await bothGive('download.mp4', 200);
  await bothGive('download.mp4', 206, { range: 'bytes=1000-200000' });
});

test('when the other one is away, a viewer is told so', { timeout: 60_000 }, async () => {
  await node.stop();
  await until('503', async () => (await get(edge, 'index.m3u8')).status === 503, kPatience);
  assert.match((await get(edge, 'index.m3u8')).bytes.toString(), /does not answer/);
});
