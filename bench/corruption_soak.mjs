#!/usr/bin/env node
// Feeds whose bytes are spoilt: the test programme comes in by MPEG-TS over UDP, by SRT and by RTMP, a
// channel each, and of all bytes of its streams one in a hundred is another one, by a seed. Each channel is
// watched by a browser, and looked at by ffmpeg through HLS: before, in turn while it goes on, and once the feeds
// are whole again. Prints memory of every process, pictures that were watched, and what the marker says: lost
// counters, sound against picture. Fails when a process has ended, a viewer's picture has stood still, memory
// has grown, a picture is off the grid, sound is beside its picture, or the programme is not what it was.
//   node bench/corruption_soak.mjs [--seconds 3600] [--rate 0.01] [--seed 1] [--ways udp,srt,rtmp]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { launchBrowser, Watched } from '../tests/e2e/support/browser.mjs';
import { marked, percentile, table } from '../tests/e2e/support/figures.mjs';
import { freeTcpPort, freeUdpPort } from '../tests/e2e/support/free_port.mjs';
import { figuresOf, lookAtHls } from '../tests/e2e/support/hls_look.mjs';
import { kBinary, sleep, until } from '../tests/e2e/support/node.mjs';
import { ServedNode } from '../tests/e2e/support/served_node.mjs';
import { figureLine } from './support/figures.mjs';
import { RtmpCorrupter, UdpCorrupter } from './support/corrupter.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3600' },
    rate: { type: 'string', default: '0.01' },
    seed: { type: 'string', default: '1' },
    ways: { type: 'string', default: 'udp,srt,rtmp' },
  },
});
const kSeconds = Number(values.seconds);
const kRate = Number(values.rate);
const kWays = values.ways.split(',');
const kLookEveryMs = 5_000;
const kTellEveryMs = Math.min(60_000, Math.max(15_000, (kSeconds * 1000) / 20));
const kLookS = 20;
const kViewport = { width: 320, height: 180 };
const kPictureMs = 1000 / 25;
const kMostStillMs = 10_000;
const kMostApartMs = 40; // sound against picture
const kFewestOffsets = 10; // of beeps, for a word on a way's sound
const kWarmShare = 0.5; // of the time: until caches and decoders have what they need
const kMostGrowth = 1.15; // of memory behind it
const kGrowthBytes = 12 << 20; // that is nothing for any process

const failures = [];
const fail = (words) => {
  failures.push(words);
  console.log(`FAILED: ${words}`);
};

const children = [];
function run(program, words) {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  child.words = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (child.words = (child.words + text).slice(-2000)));
  children.push(child);
  return child;
}
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const kKey = (way) => `soak-key-${way}-0123456789`;
const kPicture = '[[channel.video]]\nname = "180p"\nwidth = 320\nheight = 180\nbitrate_kbps = 500\n';
const udpIn = await freeUdpPort();
const channels = kWays.map((way) => `
[[channel]]
id = "${way}"
stream_keys = ["${kKey(way)}"]
frames_per_second = 25
record = "off"
${kPicture}`).join('');
const pull = kWays.includes('udp') ? `[[pull]]\nchannel = "udp"\nurl = "udp://127.0.0.1:${udpIn}"\n` : '';
const node = await ServedNode.start({ more: `${kPicture}${channels}${pull}` });
const browser = await launchBrowser();

// A sender for a way, which is begun again when it ends; {corrupter, restarts, stop()}.
async function send(way, seed) {
  const { ports } = await node.status();
  const between = await freeTcpPort();
  const sender = { restarts: 0 };
  let to;
  if (way === 'rtmp') {
    sender.corrupter = await RtmpCorrupter.open(ports.rtmp, seed);
    to = ['-f', 'flv', `rtmp://127.0.0.1:${sender.corrupter.port}/live/${kKey(way)}`];
  } else {
    let port = udpIn;
    if (way === 'srt') {
      port = await freeUdpPort();
      run('srt-live-transmit', ['-q', '-a', 'yes', `udp://127.0.0.1:${port}`,
        `srt://127.0.0.1:${ports.srt}?streamid=${kKey(way)}`]);
    }
    sender.corrupter = await UdpCorrupter.open(port, seed);
    to = ['-f', 'mpegts', `udp://127.0.0.1:${sender.corrupter.port}?pkt_size=1316`];
  }
  const begin = () => {
    const ffmpeg = run('ffmpeg', ['-v', 'error', '-listen', '1', '-i', `rtmp://127.0.0.1:${between}/live/key`,
      '-c', 'copy', '-flush_packets', '1', ...to]);
    const feed = run(kBinary, ['test-feed', '--url', `rtmp://127.0.0.1:${between}/live/key`, '--size', '320x180', '--fps', '25']);
    ffmpeg.on('exit', async () => {
      await end(feed);
      if (sender.stopped) return;
      sender.restarts++;
      await sleep(1000);
      if (!sender.stopped) begin();
    });
  };
  begin();
  sender.stop = () => {
    sender.stopped = true;
    sender.corrupter.close();
  };
  return sender;
}

async function memory() {
  const { roles } = await node.status();
  const all = new Map();
  for (const { role, channel, pid } of roles) {
    if (!pid) continue;
    const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    all.set(channel ? `${role} ${channel}` : role, { pid, bytes: kib * 1024 });
  }
  return all;
}

// What HLS says of some seconds of a way.
async function look(way) {
  const seen = await lookAtHls(await node.url(`/hls/${way}/index.m3u8`), { ...kViewport, seconds: kLookS });
  return figuresOf(seen, kPictureMs);
}
const summary = ({ late_ms: _, ...seen }) => ({ ...seen, sound_ms: percentile(seen.sound_ms, 50), beeps: seen.sound_ms.length });
// Of the list's middle: a spoilt beep or picture may be anywhere.
function judge(way, when, { off_grid, sound_ms }) {
  if (off_grid > 0) fail(`${way}, ${when}: ${off_grid} pictures are off the grid`);
  const apart = Math.abs(percentile(sound_ms, 50));
  if (sound_ms.length >= kFewestOffsets && apart > kMostApartMs) fail(`${way}, ${when}: sound is ${apart.toFixed(0)} ms from its picture`);
}

const mib = (bytes) => (bytes / (1 << 20)).toFixed(1);
const median = (list) => percentile(list, 50);
const senders = {};
const watchers = {};
try {
  for (const [index, way] of kWays.entries()) senders[way] = await send(way, Number(values.seed) + index);
  for (const way of kWays) {
    watchers[way] = await Watched.open(browser, await node.url(`/screen?channel=${way}`), { viewport: kViewport });
    let shown = 0;
    await until(`${way}: the marker`, async () => (shown += marked((await watchers[way].take()).frames).length) > 20,
      { timeoutMs: 60_000 });
    await watchers[way].rest(true);
  }
  const before = {};
  for (const way of kWays) {
    before[way] = await look(way);
    console.log(figureLine(`whole_before_${way}`, summary(before[way])));
    judge(way, 'before', before[way]);
  }

  for (const way of kWays) senders[way].corrupter.dice.rate = kRate;
  const began = performance.now();
  const pids = new Map([...(await memory())].map(([name, { pid }]) => [name, pid]));
  const samples = new Map();
  const still = Object.fromEntries(kWays.map((way) => [way, { decoded: -1, since: began, longest: 0, joins: watchers[way].joins() }]));
  let told = began;
  const during = Object.fromEntries(kWays.map((way) => [way, []]));
  let looking = null;
  let turn = 0;
  const lookAtNext = () => {
    const way = kWays[turn++ % kWays.length];
    looking ??= look(way).then((seen) => during[way].push(seen), (error) => fail(`${way}: ${error.message}`))
      .finally(() => (looking = null));
  };
  while (performance.now() - began < kSeconds * 1000) {
    await sleep(kLookEveryMs);
    const now = performance.now();
    for (const [name, { pid, bytes }] of await memory()) {
      samples.set(name, [...(samples.get(name) ?? []), { at: now - began, bytes }]);
      if (pids.has(name) && pids.get(name) !== pid) fail(`${name} was started again (${Math.round((now - began) / 1000)} s)`);
      pids.set(name, pid);
    }
    for (const way of kWays) {
      const seen = still[way];
      const decoded = (await watchers[way].reception())?.framesDecoded ?? 0;
      if (decoded !== seen.decoded) [seen.since, seen.decoded] = [now, decoded];
      seen.longest = Math.max(seen.longest, now - seen.since);
    }
    if (now - told < kTellEveryMs) continue;
    told = now;
    const sizes = [...samples].map(([name, list]) => `${name.replace(' ', '_')}=${mib(list.at(-1).bytes)}`).join(' ');
    console.log(`${Math.round((now - began) / 1000)} s: MiB ${sizes}; decoded ${kWays.map((way) => `${way}=${still[way].decoded}`).join(' ')}`);
    lookAtNext();
  }
  await looking;
  for (const way of kWays) {
    const { counted } = senders[way].corrupter.dice;
    console.log(figureLine(`spoilt_${way}`, {
      bytes: counted.bytes, spoilt: counted.spoilt, sender_restarts: senders[way].restarts,
      longest_still_ms: still[way].longest, new_joins: watchers[way].joins() - still[way].joins,
    }));
    if (still[way].longest > kMostStillMs) fail(`${way}: no picture reached the viewer for ${still[way].longest} ms`);
    const sum = (figure) => during[way].reduce((all, seen) => all + seen[figure], 0);
    const spoilt = { looks: during[way].length, pictures: sum('pictures'), read: sum('read'), off_grid: sum('off_grid'),
      sound_ms: during[way].flatMap(({ sound_ms }) => sound_ms) };
    console.log(figureLine(`meanwhile_${way}`, { ...summary(spoilt), sound_95_ms: percentile(spoilt.sound_ms.map(Math.abs), 95) }));
    judge(way, 'meanwhile', spoilt);
    senders[way].corrupter.dice.rate = 0;
  }
  const rows = [...samples].map(([name, list]) => {
    const warm = list.filter(({ at }) => at > kWarmShare * kSeconds * 1000).map(({ bytes }) => bytes);
    const tenth = Math.max(1, Math.floor(warm.length / 10));
    const [first, last] = [median(warm.slice(0, tenth)), median(warm.slice(-tenth))];
    if (last > first * kMostGrowth && last - first > kGrowthBytes) fail(`${name} has grown from ${mib(first)} to ${mib(last)} MiB`);
    return [name, mib(list[0].bytes), mib(first), mib(last), mib(Math.max(...list.map(({ bytes }) => bytes)))];
  });
  console.log(table(['process', 'MiB at begin', 'warm', 'end', 'most'], rows));

  await sleep(12_000); // who was gone comes back
  for (const way of kWays) {
    const after = await look(way);
    console.log(figureLine(`whole_after_${way}`, summary(after)));
    console.log(`  ${(await node.status()).roles.find(({ channel }) => channel === way)?.status.text}`);
    judge(way, 'after', after);
    if (!(after.read > 0.9 * before[way].read)) fail(`${way}: ${after.read} pictures where there were ${before[way].read}`);
    if (after.sound_ms.length < kFewestOffsets) fail(`${way}: ${after.sound_ms.length} beeps are heard`);
  }
  const bad = node.log.split('\n').filter((line) => /terminate|assert|invariant|Sanitizer|silent for/.test(line));
  if (bad.length > 0) console.log(bad.slice(0, 10).join('\n'));
} finally {
  for (const way of Object.keys(senders)) senders[way].stop();
  for (const child of children) await end(child);
  await browser.close();
  await node.remove();
}
console.log(failures.length === 0 ? 'passed' : `failed: ${failures.length}`);
process.exit(failures.length === 0 ? 0 : 1);
