// Recordings in a bucket of a real S3 server: a session is recorded while the server dies and comes
// back, everything arrives, the local copy goes, and what is replayed and downloaded is the same to the
// byte; check-recording reads it from there; a node that has lost its disk finds it again; what is
// removed is gone from the bucket.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Bucket } from './support/bucket.mjs';
import { kBinary, sleep, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';
import { Studio } from './support/studio.mjs';

const run = promisify(execFile);
const kPatience = { timeoutMs: 60_000 };

let bucket, node, studio, session, feed, http, before_drop;
const folder = () => join(node.dataDir, 'recordings', session.id);
const media = async () => (await readdir(folder())).filter((name) => name.endsWith('.m4s'));
const get = (path, headers = {}) => fetch(`${http}${path}`, { headers });
const sha256 = async (answer) => {
  assert.ok(answer.ok, `${answer.url} ${answer.status}`);
  return createHash('sha256').update(Buffer.from(await answer.arrayBuffer())).digest('hex');
};
const figure = async (name, label = '') =>
  Number(new RegExp(`^${name}\\{role="gateway"${label && `,${label}`}\\} (\\S+)`, 'm').exec(await node.metrics())?.[1]);

before(async () => {
  bucket = await Bucket.start();
  node = await ServedNode.start({ more: `
[[channel.video]]
name = "360p"
width = 640
height = 360
bitrate_kbps = 800
[schedule]
reopen_minutes = 0
[recording]
reserve_mb = 0
[recording.s3]
endpoint = "${bucket.told.endpoint}"
bucket = "${bucket.name}"
credentials_file = "${bucket.credentialsFile}"
part_mb = 5
keep_local_hours = 0
` });
  http = await node.url('/');
  const link = await node.firstLink();
  studio = await Studio.open({ http, addresses: { studio: link } });
  const { ports } = await node.status();
  const url = `rtmp://127.0.0.1:${ports.rtmp}/live/test-key-0123456789`;
  feed = spawn(kBinary, ['test-feed', '--url', url, '--fps', '30', '--size', '640x360'], { stdio: 'ignore' });
  await until('live on air', async () =>
    (await node.status()).on_air.some(({ source }) => source === 'live'), kPatience);
}, { timeout: 180_000 });

after(async () => {
  feed?.kill('SIGKILL');
  await node?.remove();
  await bucket?.remove();
});

test('a session is recorded while the bucket is away, and arrives when it is back', { timeout: 120_000 }, async () => {
  session = await studio.goLive();
  await until('it is recorded', async () => (await get('hls/main/rewind.m3u8')).status === 200, kPatience);
  await until('the bucket has its beginning', async () =>
    (await bucket.keys(`test/${session.id}/`)).includes(`test/${session.id}/recording.json`), kPatience);
  await bucket.kill();
  await sleep(6_000); // of media
  session = await studio.end(session);
  await until('it has ended', async () => (await get(`replay/${session.id}/manifest.json`)).status === 200, kPatience);
  const told = await until('the studio says that it waits', async () => {
    const { bucket: now } = await studio.good('GET', 'recorder');
    return now.state === 'away' && now.waiting_bytes > 0 && now;
  }, kPatience);
  assert.match(told.words, /127\.0\.0\.1/);
  assert.ok(!told.words.includes(bucket.told.secret));
  // What is here now is what is to be there afterwards.
  const { renditions } = await (await get(`replay/${session.id}/manifest.json`)).json();
  before_drop = { renditions, download: await sha256(await get(`replay/${session.id}/download.mp4`)) };
  assert.ok((await media()).length > 0);
  await bucket.launch();
  await until('its media are in the bucket alone', async () => (await media()).length === 0, kPatience);
  assert.equal((await studio.good('GET', 'recorder')).bucket.state, 'ready');
  const keys = await bucket.keys(`test/${session.id}/`);
  for (const name of ['recording.json', 'manifest.json', 'v0.index', 'audio.index'])
    assert.ok(keys.includes(`test/${session.id}/${name}`), `${name} of ${keys}`);
  assert.ok(keys.some((key) => key.endsWith('.m4s')));
  assert.equal(await figure('longmen_bucket_waiting_bytes'), 0);
});

async function replaysTheSame() {
  const at = `replay/${session.id}`;
  assert.match(await (await get(`${at}/v0/index.m3u8`)).text(), /#EXT-X-ENDLIST/);
  let segments = 0;
  for (const { name, segments: all } of before_drop.renditions) {
    for (const { name: segment, sha256: digest } of all) {
      if (!digest) continue;
      assert.equal(await sha256(await get(`${at}/${name}/${segment}`)), digest, segment);
      ++segments;
    }
  }
  assert.ok(segments > 10, `${segments} segments`);
  const whole = await get(`${at}/download.mp4`);
  const bytes = Buffer.from(await whole.arrayBuffer());
  assert.equal(createHash('sha256').update(bytes).digest('hex'), before_drop.download);
  const half = bytes.length >> 1;
  const rest = await get(`${at}/download.mp4`, { Range: `bytes=${half}-${half + 99_999}` });
  assert.equal(rest.status, 206);
  assert.ok(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(half, half + 100_000)));
}

test('it is replayed and downloaded from there, to the byte', { timeout: 60_000 }, async (t) => {
  await replaysTheSame();
  const fetched = await figure('longmen_bucket_cache_reads_total', 'result="fetched"');
  assert.ok(fetched > 0, `${fetched} blocks`);
  t.diagnostic(`${fetched} blocks were fetched`);
});

test('check-recording reads it from there', { timeout: 60_000 }, async () => {
  await assert.rejects(run(kBinary, ['check-recording', folder()]), /--config/);
  const { stdout } = await run(kBinary, ['check-recording', folder(), '--config', node.configFile]);
  assert.match(stdout, /as its index and its manifest say/);
});

test('without the bucket it is said in words what is wrong', { timeout: 60_000 }, async () => {
  await bucket.kill();
  await rm(join(node.dataDir, 'replay-cache'), { recursive: true, force: true });
  const { name, segments } = before_drop.renditions[0];
  const answer = await get(`replay/${session.id}/${name}/${segments.find((each) => each.sha256).name}`);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /bucket/);
  await bucket.launch();
});

test('a node that has lost its recordings finds them in the bucket', { timeout: 120_000 }, async () => {
  await node.stop();
  await rm(join(node.dataDir, 'recordings'), { recursive: true, force: true });
  await rm(join(node.dataDir, 'replay-cache'), { recursive: true, force: true });
  node.launch();
  await node.ready();
  http = await node.url('/');
  studio.http = http;
  await until('it is there again', async () =>
    (await get(`replay/${session.id}/v0/index.m3u8`)).status === 200, kPatience);
  await replaysTheSame();
});

test('what is removed is gone from the bucket', { timeout: 60_000 }, async () => {
  const recording = await until('control knows it', async () => {
    const answer = await studio.api('GET', `recordings/${session.id}`);
    return answer.status === 200 && answer.json();
  }, kPatience);
  assert.ok((await bucket.keys(`test/${session.id}/`)).length > 0);
  await studio.good('DELETE', `recordings/${session.id}?confirm=${session.id}`, undefined,
    { 'If-Match': `"${recording.version}"` });
  await until('nobody is shown it', async () =>
    (await get(`replay/${session.id}/v0/index.m3u8`)).status === 404, kPatience);
  await until('the bucket has nothing of it', async () =>
    (await bucket.keys(`test/${session.id}/`)).length === 0, kPatience);
});
