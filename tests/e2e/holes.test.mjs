// Holes of a recording are filled from another node that has the segments: the same session on two nodes,
// of which one has lost some of it; it asks the other by HTTPS, and has it all again, to the byte.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, link, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

let node, other, session;
const folder = () => join(node.dataDir, 'recordings', session.id);
const manifest = async (of) => {
  const answer = await fetch(await of.url(`/replay/${session.id}/manifest.json`));
  return answer.status === 200 && answer.json();
};
const holes = ({ renditions }) => renditions.map(({ holes: of }) => of.reduce((sum, [from, to]) => sum + to - from + 1, 0));

before(async () => {
  [node, other] = await Promise.all([ServedNode.start({ more: kMore }), ServedNode.prepare({ more: kMore })]);
  const studio = await Studio.open({ http: await node.url('/'), addresses: { studio: await node.firstLink() } });
  const { ports } = await node.status();
  const url = `rtmp://127.0.0.1:${ports.rtmp}/live/test-key-0123456789`;
  const feed = spawn(kBinary, ['test-feed', '--url', url, '--fps', '30', '--size', '640x360'], { stdio: 'ignore' });
  try {
    await until('live on air', async () => (await node.status()).on_air.some(({ source }) => source === 'live'), kPatience);
    session = await studio.goLive();
    await sleep(12_000); // of media
    await studio.end(session);
    await until('it has ended', () => manifest(node), kPatience);
  } finally {
    feed.kill('SIGKILL');
  }
}, { timeout: 180_000 });

after(async () => {
  await node?.remove();
  await other?.remove();
});

// The last third of each of the files, and all that says what was there.
async function lose() {
  for (const name of await readdir(folder())) {
    if (name.endsWith('.index') || name === 'manifest.json') await rm(join(folder(), name));
    if (!/^(v0|audio)-\d+\.m4s$/.test(name)) continue;
    const file = join(folder(), name);
    await truncate(file, Math.floor(((await stat(file)).size * 2) / 3));
  }
}

test('what is lost comes from another node, and is what it was', { timeout: 180_000 }, async (t) => {
  const whole = await manifest(node);
  const before = holes(whole); // a session begins within a segment
  await node.stop();
  await cp(folder(), join(other.dataDir, 'recordings', session.id), { recursive: true });
  other.launch();
  await other.ready();
  await until('the other node has it', () => manifest(other), kPatience);

  await lose();
  node.launch();
  await node.ready();
  const torn = await until('it is played, with holes', () => manifest(node), kPatience);
  t.diagnostic(`segments that are not there: ${holes(torn)}`);
  assert.ok(holes(torn).every((count, at) => count > before[at]), `${holes(torn)}`);
  await node.stop();

  // As a clip has it: another name of the same file, in which nothing may change.
  const [media] = (await readdir(folder())).filter((name) => /^v0-\d+\.m4s$/.test(name));
  const kept = join(node.dataDir, 'kept.m4s');
  await link(join(folder(), media), kept);
  const bytes = await readFile(kept);

  const { ports } = await other.status();
  await node.configure(`[[recording.peer]]
url = "https://127.0.0.1:${ports.https}"
ca_file = "${join(other.dataDir, 'tls', 'ca.pem')}"
`);
  node.launch();
  await node.ready();
  const filled = await until('it has no more holes than the other', async () => {
    const now = await manifest(node);
    return now && holes(now).every((count, at) => count <= before[at]) && now;
  }, kPatience);
  assert.deepEqual(filled.renditions, whole.renditions);
  assert.ok((await readFile(kept)).equals(bytes), 'what a clip has is as it was');
  await until('the log says from where', () => /segments that are holes came from other nodes/.test(node.log), kPatience);
  const { stdout } = await promisify(execFile)(kBinary, ['check-recording', folder()]);
  assert.match(stdout, /as its index and its manifest say/);
});

test('a node that is not who it should be is not believed', { timeout: 120_000 }, async () => {
  await node.stop();
  await lose();
  const text = await readFile(node.configFile, 'utf8');
  node.launch();
  await node.ready();
  await node.reload(() => text.replace(/^ca_file = .*tls.ca.pem"$/m, ''));
  await until('the log says why', () => /manifest\.json: .*(certificate|SSL)/.test(node.log), kPatience);
  assert.ok(holes(await manifest(node)).some((count) => count > 1));
});
