// What recordings survive, on a whole node; not for CI. Usage:
//   recording_chaos.mjs kills [COUNT]   kill -9 of the gateway at random moments while a session is
//                                       recorded (200): then what of it is there
//   recording_chaos.mjs full            recordings on a tmpfs (needs root) that fills to the brim: live
//                                       goes on, recording goes on when there is room
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Node, kBinary, sleep, until } from '../tests/e2e/support/node.mjs';
import { Studio } from '../tests/e2e/support/studio.mjs';

const run = promisify(execFile);
const [what = 'kills', count = '200'] = process.argv.slice(2);

const text = async (node, path) => {
  const answer = await fetch(node.http + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
};
const live = (node) => until('live on air', async () =>
  (await node.status()).on_air.some(({ source }) => source === 'live'), { timeoutMs: 30_000 });
const figure = async (node, name) => {
  const line = (await text(node, 'metrics')).split('\n').find((each) => each.startsWith(name));
  return line ? Number(line.split(' ').at(-1)) : NaN;
};

async function kills(node, studio) {
  const session = await studio.goLive('200 deaths');
  await until('it is recorded', async () => (await fetch(`${node.http}hls/main/rewind.m3u8`)).ok);
  for (let i = 1; i <= Number(count); i++) {
    await sleep(200 + Math.random() * 2_500);
    const pid = await until('a gateway', () => node.pidOf('gateway'), { timeoutMs: 20_000 });
    process.kill(pid, 'SIGKILL');
    await until('another one', async () => {
      const other = await node.pidOf('gateway');
      return other !== 0 && other !== pid;
    }, { timeoutMs: 20_000 });
    if (i % 20 === 0) console.log(`${i} deaths`);
  }
  await sleep(4_000);
  const ended = await studio.end(session);
  const list = await until('the replay', async () => {
    try {
      const said = await text(node, `replay/${session.id}/v0/index.m3u8`);
      return said.includes('ENDLIST') && said;
    } catch {
      return null;
    }
  });
  const seconds = (ended.ended_ms - ended.live_ms) / 1000;
  const gaps = list.split('\n').filter((line) => line === '#EXT-X-GAP').length;
  const cuts = list.split('\n').filter((line) => line === '#EXT-X-DISCONTINUITY').length;
  const { stdout } = await run(kBinary, ['check-recording', join(node.dataDir, 'recordings', session.id)]);
  const download = await fetch(`${node.http}replay/${session.id}/download.mp4`);
  const bytes = (await download.arrayBuffer()).byteLength;
  const file = join(node.dataDir, 'talk.mp4');
  await writeFile(file, Buffer.from(await (await fetch(`${node.http}replay/${session.id}/download.mp4`)).arrayBuffer()));
  const { stderr } = await run('ffmpeg', ['-v', 'warning', '-i', file, '-f', 'null', '-'], { maxBuffer: 1 << 24 });
  console.log(`${count} deaths in ${seconds.toFixed(0)} s of a session: ${gaps} gaps of a segment, ` +
    `${cuts} long holes; ${bytes} bytes of MP4\n${stdout}ffmpeg says: ${stderr || 'nothing'}`);
}

async function full(node, studio) {
  const folder = join(node.dataDir, 'recordings');
  await mkdir(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', 'size=2100m', 'tmpfs', folder]);
  try {
    // The demo keeps 2 GB free: so much is left for the recording, and then nothing.
    const session = await studio.goLive('a full disk');
    await until('recording has stopped', async () => (await studio.good('GET', 'recorder')).state === 'full',
      { timeoutMs: 240_000, everyMs: 1_000 });
    // To the brim.
    const { bavail, bsize } = await statfs(folder);
    await writeFile(join(folder, 'ballast'), Buffer.alloc(Math.max(0, (bavail - 4) * bsize)));
    console.log(`full: ${(await studio.good('GET', 'recorder')).words}`);
    const parts = await figure(node, 'longmen_hls_parts_total{result="whole"');
    const gaps = await figure(node, 'longmen_hls_parts_total{result="gap"');
    await sleep(10_000);
    const went = await figure(node, 'longmen_hls_parts_total{result="whole"') - parts;
    console.log(`live meanwhile: ${went} parts in 10 s, ${await figure(node, 'longmen_hls_parts_total{result="gap"') - gaps || 0} gaps`);
    assert.ok(went > 150);
    await rm(join(folder, 'ballast'));
    await run('mount', ['-o', 'remount,size=4000m', folder]);
    await until('recording goes on', async () => (await studio.good('GET', 'recorder')).state === 'ready', { timeoutMs: 20_000 });
    await sleep(4_000);
    await studio.end(session);
    const list = await text(node, `replay/${session.id}/v0/index.m3u8`);
    console.log(`${list.split('\n').filter((line) => line === '#EXT-X-GAP').length} gaps in the replay`);
    const { stdout } = await run(kBinary, ['check-recording', join(folder, session.id)]);
    console.log(stdout);
  } finally {
    await run('umount', ['-l', folder]);
  }
}

const node = await Node.start();
try {
  node.startFeed();
  await live(node);
  const studio = await Studio.open(node);
  await (what === 'full' ? full : kills)(node, studio);
} finally {
  await node.stop();
}
