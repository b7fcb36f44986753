// What recordings survive, on a whole node; not for CI. Usage:
//   recording_chaos.mjs kills [COUNT]   kill -9 of the gateway at random moments while a session is
//                                       recorded (200): then what of it is there
//   recording_chaos.mjs full            recordings on a tmpfs (needs root) that fills to the brim: live
//                                       goes on, recording goes on when there is room
//   recording_chaos.mjs clock           the wall clock is an hour, a day ahead, a day behind, and right
//                                       again (bench/support/wall_clock.c): what a viewer, HLS and the
//                                       recording have
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launchBrowser, Watched } from '../tests/e2e/support/browser.mjs';
import { marked } from '../tests/e2e/support/figures.mjs';
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

const kHour = 3600;
const kSteps = [kHour, 0, -kHour, 0, 24 * kHour, 0, -24 * kHour, 0]; // seconds from what is right

let clockFile;
// The node alone, whose clock is what stands in a file.
async function withFakeClock(start) {
  const folder = await mkdtemp(join(tmpdir(), 'longmen-clock-'));
  const preload = join(folder, 'wall_clock.so');
  clockFile = join(folder, 'seconds');
  await writeFile(clockFile, '0\n');
  await run('cc', ['-shared', '-fPIC', '-O2', '-o', preload, fileURLToPath(new URL('support/wall_clock.c', import.meta.url))]);
  Object.assign(process.env, { LD_PRELOAD: preload, WALL_CLOCK_FILE: clockFile });
  try {
    return await start();
  } finally {
    delete process.env.LD_PRELOAD;
    delete process.env.WALL_CLOCK_FILE;
  }
}

async function clock(node, studio) {
  const browser = await launchBrowser();
  try {
    const watched = await Watched.open(browser, `${node.http}screen?channel=main`);
    const session = await studio.goLive('another time');
    let shown = 0;
    await until('the picture', async () => (shown += marked((await watched.take()).frames).length) > 20, { timeoutMs: 30_000 });
    await until('it is recorded', async () => (await fetch(`${node.http}hls/main/rewind.m3u8`)).ok);
    await sleep(3_000);
    const joins = watched.joins();
    for (const step of kSteps) {
      await watched.take();
      const gaps = await figure(node, 'longmen_hls_parts_total{result="gap"');
      await writeFile(clockFile, `${step}\n`);
      await sleep(10_000);
      const said = new Date((await fetch(node.http)).headers.get('date'));
      const frames = marked((await watched.take()).frames);
      const counters = frames.map(({ counter }) => counter);
      const longest = Math.max(...frames.slice(1).map(({ at }, i) => at - frames[i].at));
      const list = await text(node, 'hls/main/v0/index.m3u8');
      const dates = [...list.matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].map(([, date]) => Date.parse(date));
      console.log(`the node's clock is ${((said - Date.now()) / 3.6e6).toFixed(1)} h off; ` +
        `${new Set(counters).size} pictures, ${counters.at(-1) - counters[0] + 1 - new Set(counters).size} missing, ` +
        `the longest wait for one ${longest.toFixed(0)} ms; ${watched.joins() - joins} new joins; ` +
        `HLS ${((await figure(node, 'longmen_hls_parts_total{result="gap"')) || 0) - (gaps || 0)} gaps, ` +
        `${list.split('\n').filter((line) => line === '#EXT-X-DISCONTINUITY').length} discontinuities, its newest date ` +
        `${((dates.at(-1) - Date.now()) / 1000).toFixed(1)} s from now`);
      assert.equal(watched.joins(), joins);
    }
    await studio.end(session);
    const list = await until('the replay', async () => {
      const answer = await fetch(`${node.http}replay/${session.id}/v0/index.m3u8`);
      const said = answer.ok && await answer.text();
      return said && said.includes('ENDLIST') && said;
    }, { timeoutMs: 20_000 });
    const { stdout } = await run(kBinary, ['check-recording', join(node.dataDir, 'recordings', session.id)]);
    console.log(`the replay has ${list.split('\n').filter((line) => line === '#EXT-X-GAP').length} gaps, ` +
      `${list.split('\n').filter((line) => line === '#EXT-X-DISCONTINUITY').length} discontinuities\n${stdout}`);
  } finally {
    await browser.close();
    await rm(dirname(clockFile), { recursive: true, force: true });
  }
}

const all = { kills, full, clock };
if (!all[what]) throw new Error(`kills, full or clock, not ${what}`);
const node = await (what === 'clock' ? withFakeClock(() => Node.start()) : Node.start());
try {
  node.startFeed();
  await live(node);
  const studio = await Studio.open(node);
  await all[what](node, studio);
} finally {
  await node.stop();
}
