// What recordings survive, on a whole node; not for CI. Prints figures and goals, and ends with 1 when
// something is lost or a goal is missed. Usage:
//   recording_chaos.mjs kills [COUNT]   kill -9 of the gateway at random moments (200) while sessions are
//                                       recorded, twenty to a session: after each at most one part is lost,
//                                       and every recording opens, is whole and plays
//   recording_chaos.mjs full            recordings on a tmpfs (needs root) that fills to the brim: live
//                                       goes on, recording goes on when there is room
//   recording_chaos.mjs clock           the wall clock is an hour, a day ahead, a day behind, and right
//                                       again (bench/support/wall_clock.c): what a viewer, HLS and the
//                                       recording have
//   recording_chaos.mjs database [--seconds 600]
//                                       PostgreSQL is away for so long while a session is live and recorded:
//                                       the same, and the session is ended when it is back
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, appendFile, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { launchBrowser, Watched } from '../tests/e2e/support/browser.mjs';
import { longestGap, marked } from '../tests/e2e/support/figures.mjs';
import { Node, kBinary, sleep, until } from '../tests/e2e/support/node.mjs';
import { Studio } from '../tests/e2e/support/studio.mjs';
import { figureLine, judge } from './support/figures.mjs';
import { LiveNode } from './support/live_node.mjs';
import { PostgresqlServer } from './support/postgresql_server.mjs';
import { checkManifest, kPartMs, readRecording } from './support/recorded.mjs';

const run = promisify(execFile);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '600' } },
});
const [what = 'kills', count = '200'] = positionals;
const kRenditions = 4;
const kWaitMs = 500; // for a picture, that nobody takes for an interruption

const text = async (node, path) => {
  const answer = await fetch(node.http + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
};
const live = (node) => until('live on air', async () =>
  (await node.status()).on_air.some(({ source }) => source === 'live'), { timeoutMs: 30_000 });
// Of a counter by its result; none: it has not counted yet.
const figure = async (node, name, result) => {
  const line = new RegExp(`^${name}\\{[^}]*result="${result}"[^}]*\\} (\\S+)$`, 'm');
  return Number(line.exec(await text(node, 'metrics'))?.[1] ?? 0);
};
const liveGaps = (node) => figure(node, 'longmen_hls_parts_total', 'gap');
const times = (list, line) => list.split('\n').filter((each) => each === line).length;
const isThere = (file) => access(file).then(() => true, () => false);
const isRecorded = (node, session) => until('it is recorded', () =>
  fetch(`${node.http}replay/${session.id}/v0/index.m3u8`).then(({ ok }) => ok, () => false), { timeoutMs: 20_000 });

// A wall screen that shows the feed.
async function openScreen(node, browser) {
  const watched = await Watched.open(browser, `${node.http}screen?channel=main`);
  let shown = 0;
  await until('the picture', async () => (shown += marked((await watched.take()).frames).length) > 20, { timeoutMs: 30_000 });
  return watched;
}

// What a screen, HLS and the recording have while so many seconds pass.
async function look(node, watched, seconds) {
  const joins = watched.joins();
  const [gaps, parts] = [await liveGaps(node), await figure(node, 'longmen_hls_parts_total', 'whole')];
  const recorded = await figure(node, 'longmen_recording_parts_total', 'written');
  const { now: from } = await watched.take();
  await sleep(1000 * seconds);
  const { now: to, frames } = await watched.take();
  const pictures = marked(frames);
  const shown = new Set(pictures.map(({ counter }) => counter));
  const list = await text(node, 'hls/main/v0/index.m3u8');
  const dates = [...list.matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].map(([, date]) => Date.parse(date));
  return {
    pictures: shown.size,
    pictures_missing: shown.size === 0 ? NaN : pictures.at(-1).counter - pictures[0].counter + 1 - shown.size,
    longest_wait_ms: longestGap(pictures, from, to),
    new_joins: watched.joins() - joins,
    hls_parts: (await figure(node, 'longmen_hls_parts_total', 'whole')) - parts,
    hls_gaps: (await liveGaps(node)) - gaps,
    hls_discontinuities: times(list, '#EXT-X-DISCONTINUITY'),
    hls_newest_s_ago: (Date.now() - dates.at(-1)) / 1000,
    recorded_parts: (await figure(node, 'longmen_recording_parts_total', 'written')) - recorded,
  };
}
// That live notices nothing.
const kLiveGoals = [['longest_wait_ms', '<=', kWaitMs], ['new_joins', '<=', 0], ['hls_gaps', '<=', 0]];

const replayOf = (node, session) => until('the replay', async () => {
  try {
    const said = await text(node, `replay/${session.id}/v0/index.m3u8`);
    return said.includes('#EXT-X-ENDLIST') && said;
  } catch {
    return null;
  }
}, { timeoutMs: 30_000 });

// Rejects, with what it says, when the recording is not as its index and manifest say.
const checkRecording = async (folder) => {
  const { stdout } = await run(kBinary, ['check-recording', folder]).catch(({ stdout: said, stderr }) => assert.fail(said || stderr));
  return stdout;
};

// A session that a screen shows, during which something happens. Resolves when its recording is closed and
// checked.
async function throughout(node, studio, title, happens) {
  const browser = await launchBrowser();
  try {
    const watched = await openScreen(node, browser);
    const session = await studio.goLive(title);
    await isRecorded(node, session);
    await sleep(3_000);
    await happens(watched, session);
    const from = performance.now();
    const ended = await until('the session is ended', () => studio.end(session).catch(() => null), { timeoutMs: 60_000 });
    const endedAfterMs = performance.now() - from;
    const folder = join(node.dataDir, 'recordings', session.id);
    const list = await replayOf(node, session);
    console.log(`the replay has ${times(list, '#EXT-X-GAP')} gaps, ${times(list, '#EXT-X-DISCONTINUITY')} discontinuities\n` +
      await checkRecording(folder));
    return { session: ended, folder, list, endedAfterMs };
  } finally {
    await browser.close();
  }
}

const kKillsEach = 20;
const kKillMs = 1_000; // so much later than a part's segment ends, it may still be lost by a kill
const kReturnMs = 3_000; // for so long behind a kill, what is missing is missing by it

// Of a rendition: parts missing by a death each, others beside a death, and those with none near: what a
// busy machine's encoder left out was missing before it came to the gateway.
function attribute(missing, killedAt) {
  const unused = new Set(killedAt);
  const found = { by_a_kill: 0, beyond: 0, elsewhere: 0 };
  for (const { at, ms, parts } of missing) {
    const near = killedAt.filter((kill) => kill >= at - kReturnMs && kill < at + ms + kKillMs);
    for (let part = 0; part < parts; part++) {
      const kill = near.find((each) => unused.has(each));
      unused.delete(kill);
      found[kill ? 'by_a_kill' : near.length > 0 ? 'beyond' : 'elsewhere']++;
    }
  }
  return found;
}
// Pictures that a busy machine had no time for.
async function leftOutPictures(node) {
  const lines = (await text(node, 'metrics')).split('\n').filter((line) =>
    /^longmen_streamer_(dropped|pictures_unused|feed_units_dropped)_total/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

// Of a session with so many deaths of the gateway in it.
async function deaths(node, studio, number) {
  const session = await studio.goLive(`${number} deaths`);
  await isRecorded(node, session);
  const killedAt = [];
  for (let i = 0; i < number; i++) {
    await sleep(200 + Math.random() * 2_500);
    const pid = await until('a gateway', () => node.pidOf('gateway'), { timeoutMs: 20_000 });
    process.kill(pid, 'SIGKILL');
    killedAt.push(Date.now());
    await until('another one', async () => {
      const other = await node.pidOf('gateway');
      return other !== 0 && other !== pid;
    }, { timeoutMs: 20_000 });
  }
  await until('it serves', () => fetch(`${node.http}hls/main/v0/index.m3u8`).then(({ ok }) => ok, () => false), { timeoutMs: 20_000 });
  await sleep(4_000);
  const ended = await studio.end(session);
  await replayOf(node, session);
  return { session: ended, killedAt };
}

// Of one that is closed.
async function judgeRecording(node, { session, killedAt }) {
  const folder = join(node.dataDir, 'recordings', session.id);
  await until('its manifest', () => isThere(join(folder, 'manifest.json')), { timeoutMs: 30_000 });
  const said = await checkRecording(folder);
  assert.match(said, /as its index and its manifest say/);
  const list = await replayOf(node, session);
  const file = join(node.dataDir, 'talk.mp4');
  await writeFile(file, Buffer.from(await (await fetch(`${node.http}replay/${session.id}/download.mp4`)).arrayBuffer()));
  const { stderr } = await run('ffmpeg', ['-v', 'warning', '-i', file, '-f', 'null', '-'], { maxBuffer: 1 << 24 });
  if (stderr) console.log(`ffmpeg says of ${session.id}:\n${stderr}`);
  const renditions = await readRecording(folder);
  assert.equal(Object.keys(renditions).length, kRenditions);
  const all = { by_a_kill: 0, beyond: 0, elsewhere: 0 };
  for (const [name, { missing }] of Object.entries(renditions)) {
    const found = attribute(missing, killedAt);
    for (const where of Object.keys(all)) all[where] += found[where];
    if (missing.length > 0) console.log(figureLine(`  ${session.id} ${name}, missing parts`, found));
  }
  const of = {
    kills: killedAt.length,
    seconds: (session.ended_ms - session.live_ms) / 1000,
    segments_checked: await checkManifest(node.http, session.id),
    gaps: times(list, '#EXT-X-GAP'),
    parts_lost: all.by_a_kill + all.beyond,
    parts_lost_beyond_one_a_kill: all.beyond,
    parts_missing_elsewhere: all.elsewhere,
    slate_parts: Object.values(renditions).reduce((total, { slate }) => total + slate, 0),
    ffmpeg_complaints: stderr.split('\n').filter(Boolean).length,
  };
  console.log(figureLine(session.id, of));
  return of;
}

async function kills(node, studio) {
  const all = [];
  for (let left = Number(count); left > 0; left -= kKillsEach) {
    const ended = await deaths(node, studio, Math.min(left, kKillsEach));
    // The next session closes its recording, which would go on for as long as it may be opened again.
    const next = await studio.goLive('the next one');
    all.push(await judgeRecording(node, ended));
    await studio.end(next);
  }
  const sum = (name) => all.reduce((total, each) => total + each[name], 0);
  const figures = Object.fromEntries(Object.keys(all[0]).map((name) => [name, sum(name)]));
  judge('kills', {
    recordings: all.length,
    ...figures,
    parts_lost_a_kill: figures.parts_lost / kRenditions / figures.kills,
    pictures_left_out: await leftOutPictures(node),
  }, [
    ['parts_lost_a_kill', '<=', 1],
    ['parts_lost_beyond_one_a_kill', '<=', 0],
    // Deaths are up to 3 s apart, half of that on the average, and each recording has its own.
    ['segments_checked', '>=', figures.kills * kRenditions],
    ['slate_parts', '<=', 0],
    ['ffmpeg_complaints', '<=', 0],
  ]);
}

const kFullSeconds = 10;

async function full(node, studio) {
  const folder = join(node.dataDir, 'recordings');
  await mkdir(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', 'size=3000m', 'tmpfs', folder]);
  try {
    const ballast = join(folder, 'ballast');
    const state = async () => (await studio.good('GET', 'recorder')).state;
    const fillToTheBrim = async () => {
      const { bavail, bsize } = await statfs(folder);
      // What is recorded meanwhile takes its own.
      await run('fallocate', ['-l', String(Math.max(1, bavail - 256) * bsize), ballast]);
      for (let room = true; room;)
        room = await appendFile(ballast, Buffer.alloc(bsize)).then(() => true, ({ code }) => assert.equal(code, 'ENOSPC'));
    };
    const lookAtFull = async (watched, how) => {
      await until('recording has stopped', async () => (await state()) === 'full', { timeoutMs: 240_000, everyMs: 1_000 });
      if (how === 'slowly') await fillToTheBrim();
      console.log(`full, ${how}: ${(await studio.good('GET', 'recorder')).words}`);
      const seen = await look(node, watched, kFullSeconds);
      assert.equal(await state(), 'full');
      judge(`full ${how}`, seen, [...kLiveGoals, ['recorded_parts', '<=', 0],
        ['hls_parts', '>=', 0.95 * kFullSeconds * kRenditions * (1000 / kPartMs)]]);
      await rm(ballast);
    };
    const goesOn = () => until('recording goes on', async () => (await state()) === 'ready', { timeoutMs: 20_000 });
    await throughout(node, studio, 'a full disk', async (watched) => {
      // Of a sudden: what is being written has no room.
      await fillToTheBrim();
      await lookAtFull(watched, 'of a sudden');
      await goesOn();
      // The demo keeps 2 GB free: so much is left for the recording, and then nothing.
      await run('mount', ['-o', 'remount,size=2100m', folder]);
      await lookAtFull(watched, 'slowly');
      await run('mount', ['-o', 'remount,size=4000m', folder]);
      await goesOn();
      await sleep(4_000);
    });
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
  try {
    await throughout(node, studio, 'another time', async (watched) => {
      for (const step of kSteps) {
        await writeFile(clockFile, `${step}\n`);
        const seen = await look(node, watched, 10);
        const said = new Date((await fetch(node.http)).headers.get('date'));
        const off = (said - Date.now()) / 1000;
        judge('clock', { hours_off: off / kHour, seconds_from_step: Math.abs(off - step), ...seen },
          [...kLiveGoals, ['seconds_from_step', '<=', 5]]);
      }
    });
  } finally {
    await rm(dirname(clockFile), { recursive: true, force: true });
  }
}

let postgresql;
async function withDatabase() {
  postgresql = await PostgresqlServer.start();
  const url = await postgresql.makeDatabase('longmen');
  return LiveNode.start({ more: `[control]\ndatabase = "${url}"\n` });
}

const kLookSeconds = 30; // as many pictures as a page keeps

async function database(node, studio) {
  const all = [];
  const happens = async (watched, session) => {
    await postgresql.halt();
    for (let left = Number(values.seconds); left > 0; left -= kLookSeconds) {
      const seen = await look(node, watched, Math.min(left, kLookSeconds));
      console.log(figureLine('  database away', seen));
      assert.equal((await studio.api('GET', `sessions/${session.id}`)).status, 503);
      all.push(seen);
    }
    await postgresql.begin();
  };
  const { session, folder, list, endedAfterMs } = await throughout(node, studio, 'nothing can be looked up', happens);
  const renditions = Object.values(await readRecording(folder));
  const sum = (name) => all.reduce((total, each) => total + each[name], 0);
  judge('database', {
    seconds_away: Number(values.seconds),
    seconds_of_session: (session.ended_ms - session.live_ms) / 1000,
    pictures: sum('pictures'),
    pictures_missing: sum('pictures_missing'),
    longest_wait_ms: Math.max(...all.map(({ longest_wait_ms: ms }) => ms)),
    new_joins: sum('new_joins'),
    hls_gaps: sum('hls_gaps'),
    recorded_parts_a_second: sum('recorded_parts') / Number(values.seconds),
    ended_after_ms: endedAfterMs,
    parts_lost: renditions.flatMap(({ missing }) => missing).reduce((total, { parts }) => total + parts, 0),
    slate_parts: renditions.reduce((total, { slate }) => total + slate, 0),
    gaps_of_the_replay: times(list, '#EXT-X-GAP'),
    pictures_left_out: await leftOutPictures(node),
  }, [...kLiveGoals, ['recorded_parts_a_second', '>=', 0.95 * kRenditions * (1000 / kPartMs)],
    ['parts_lost', '<=', 0], ['slate_parts', '<=', 0]]);
}

const all = { kills, full, clock, database };
if (!all[what]) throw new Error(`kills, full, clock or database, not ${what}`);
const starts = { clock: () => withFakeClock(() => Node.start()), database: withDatabase };
let node;
try {
  node = await (starts[what] ?? (() => Node.start()))();
  if (node instanceof Node) node.startFeed();
  await live(node);
  await all[what](node, node instanceof Node ? await Studio.open(node) : await node.studio());
} finally {
  await node?.stop();
  await postgresql?.stop();
}
