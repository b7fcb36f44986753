#!/usr/bin/env node
// What HLS costs the gateway: parts and segments by HTTP/1.1 (wrk) and HTTP/2 (h2load), beside nginx,
// which serves the same bytes as files; and blocking reloads that are held, how soon after the part
// they are answered and how much memory each takes. Requests per second of the server's own processor
// time, so that what the clients take beside it does not count. Needs the packages of [bench]. Ends with
// 1 when a goal is missed.
//   node bench/hls_requests.mjs [--seconds 3 (of each measurement; 0: none)] [--rounds 5]
//     [--held 1000,5000 (each below 100, or a multiple of it)]
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { percentile } from '../tests/e2e/support/figures.mjs';
import { sleep, until } from '../tests/e2e/support/node.mjs';
import { judge } from './support/figures.mjs';
import { LiveNode } from './support/live_node.mjs';
import { Nginx } from './support/nginx.mjs';
import { processorSeconds, residentBytes } from './support/process_figures.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    held: { type: 'string', default: '1000,5000' },
    rounds: { type: 'string', default: '5' },
  },
});
const kStreams = 100; // held on one connection by HTTP/2
const kSettleMs = 4_000; // until a gateway that has just come has what the streamer kept for it
const kAnsweringMs = 1_000; // until the last answer is there, and nobody looks before
const kReloads = fileURLToPath(new URL('held_reloads.py', import.meta.url));
const kPairs = 5;
const kRestMs = 2_000;
const kPatterns = {
  part: /#EXT-X-PART:[^\n]*URI="([^"]+)"/g,
  segment: /#EXTINF:[^\n]*\n(?:#[^\n]*\n)*([^#\n]+)\n/g,
};
const kTries = 3; // of a round, while the machine is too busy to hold them all in time
const run = promisify(execFile);

const node = await LiveNode.start();
const folder = await mkdtemp(join(tmpdir(), 'longmen-bench-'));
let nginx;
try {
  const playlist = `${node.http}hls/main/v0/index.m3u8`;
  // The test programme's parts and segments are of the usual size.
  await until('a segment of it', async () => {
    const { segment } = newest(await text(playlist));
    return segment && (await (await fetch(new URL(segment, playlist))).arrayBuffer()).byteLength > 60_000;
  }, { timeoutMs: 30_000 });
  nginx = await Nginx.start(folder);
  if (Number(values.seconds) > 0) await compare(playlist);
  for (const count of values.held.split(',').map(Number))
    for (const protocol of ['HTTP/1.1', 'HTTP/2']) await hold(playlist, protocol, count);
} finally {
  nginx?.stop();
  await node.stop();
  await rm(folder, { recursive: true, force: true });
}

async function text(url) {
  return (await fetch(url)).text();
}

function newest(list) {
  const last = (kind) => [...list.matchAll(kPatterns[kind])].at(-1)?.[1];
  const whole = list.split('#EXTINF').length - 1;
  const sequence = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(list)[1]);
  return {
    segment: last('segment'),
    begun: sequence + whole, // the segment that is not whole yet
  };
}

// Processor seconds a second that the process takes meanwhile, without requests.
async function restingShare(pid) {
  const [before, began] = [processorSeconds(pid), Date.now()];
  await sleep(kRestMs);
  return (1000 * (processorSeconds(pid) - before)) / (Date.now() - began);
}

// Requests that `load` made, for each second of the process's processor that they took.
async function measure(pid, resting, load) {
  const [before, began] = [processorSeconds(pid), Date.now()];
  const requests = await load();
  return requests / (processorSeconds(pid) - before - (resting * (Date.now() - began)) / 1000);
}

async function byHttp1(url) {
  const { stdout } = await run('wrk', ['-t1', '-c32', `-d${values.seconds}s`, url]);
  if (/Non-2xx/.test(stdout)) throw new Error(`${url}:\n${stdout}`);
  return Number(/(\d+) requests in/.exec(stdout)[1]);
}
async function byHttp2(url) {
  const { stdout } = await run('h2load', ['-t1', '-c4', '-m8', `-D${values.seconds}`, url]);
  if (!/ 0 4xx, 0 5xx/.test(stdout)) throw new Error(`${url}:\n${stdout}`);
  return Number(/status codes: (\d+) 2xx/.exec(stdout)[1]);
}

async function compare(playlist) {
  const gateway = await node.pidOf('gateway');
  // How TCP is paced decides more than either server: Debian's own is cubic.
  const tcp = (await readFile('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8')).trim();
  for (const kind of ['part', 'segment']) {
    for (const [protocol, load] of [['HTTP/1.1', byHttp1], ['HTTP/2', byHttp2]]) {
      const resting = await restingShare(gateway);
      const pairs = [];
      // Alternating, so that what else the machine does meets both.
      for (let round = 0; round < kPairs; ++round) {
        // Anew each time: it leaves the window after a minute. nginx holds files open by their names.
        const { url, bytes } = await largest(playlist, kind);
        const file = `${kind}.${protocol.replace('/', '')}.${round}`;
        await writeFile(join(folder, file), bytes);
        const ours = await measure(gateway, resting, () => load(url));
        const theirs = await measure(nginx.worker, 0, () =>
          load(`${protocol === 'HTTP/2' ? nginx.h2 : nginx.base}${file}`));
        pairs.push({ kib: bytes.length / 1024, ours, theirs, ratio: ours / theirs });
      }
      const median = (field) => percentile(pairs.map((pair) => pair[field]), 50);
      judge(`requests of a ${kind}`, { protocol, tcp, kib: median('kib'), longmen_a_second: median('ours'),
        nginx_a_second: median('theirs'), ratio: median('ratio') },
      protocol === 'HTTP/1.1' ? [['ratio', '>=', 1]] : []);
    }
  }
}

// The largest of that kind that the playlist shows, which of parts is one with a keyframe.
async function largest(playlist, kind) {
  const list = await text(playlist);
  let found = { bytes: Buffer.alloc(0) };
  for (const [, name] of list.matchAll(kPatterns[kind])) {
    const url = new URL(name, playlist).href;
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    if (bytes.length > found.bytes.length) found = { url, bytes };
  }
  return found;
}

async function metric(pattern) {
  return Number(pattern.exec(await text(`${node.http}metrics`))?.[1]);
}
function heldNow() {
  return metric(/^longmen_hls_held_requests(?:\{[^}]*\})? (\S+)$/m);
}
// Epoch ms at which the first part of the top rung's newest segment was published.
async function bornAt() {
  return 1000 * (await metric(/^longmen_hls_segment_begun_timestamp_seconds\{[^}]*rendition="v0"[^}]*\} (\S+)$/m));
}

// `count` reloads that are all held when the first part of a segment is born, which the gateway's own
// metric dates: ms from then until each has its whole answer (held_reloads.py). Each waits for another
// segment's beginning first, so that the connections are there before it counts.
async function holdOnce(playlist, protocol, count) {
  const streams = protocol === 'HTTP/2' ? Math.min(kStreams, count) : 0;
  const gateway = await node.pidOf('gateway');
  const { port, pathname } = new URL(playlist);
  const path = (number) => `${pathname}?_HLS_msn=${number}&_HLS_part=0`;
  const { begun } = newest(await text(playlist));
  await text(`${playlist}?_HLS_msn=${begun}`); // until it is whole, and two further ones may be asked for
  const before = residentBytes(gateway);
  const client = spawn('python3', [kReloads, '--port', port, '--count', count, '--streams', streams,
    '--first', path(begun + 2), '--second', path(begun + 3)], { stdio: ['pipe', 'pipe', 'inherit'], timeout: 30_000 });
  const closed = once(client, 'close');
  const said = createInterface(client.stdout)[Symbol.asyncIterator]();
  const asked = (await said.next()).value === 'asked';
  await sleep(100); // until the last ones are read
  const [held, memory, sureAt] = [await heldNow(), residentBytes(gateway), Date.now()];
  await text(new URL(path(begun + 3), playlist));
  const born = await bornAt();
  await sleep(kAnsweringMs);
  client.stdin.end();
  const answers = JSON.parse((await said.next()).value ?? '[]').map(([code, at]) => ({ code, at }));
  if (!asked || (await closed)[0] !== 0) throw new Error('the held reloads have failed');
  const counted = answers.map(({ at }) => at - born).filter((ms) => ms >= 0).sort((a, b) => a - b);
  return {
    bad: answers.filter(({ code }) => code !== 200).length,
    all_held: held >= count && sureAt < born && counted.length === count,
    held,
    ms: counted,
    kb_each: (memory - before) / Math.max(held, 1) / 1000,
  };
}

async function hold(playlist, protocol, count) {
  await node.freshGateway();
  await until('a playlist', () => fetch(playlist).then(({ ok }) => ok, () => false), { timeoutMs: 30_000 });
  await sleep(kSettleMs);
  const rounds = [];
  let [first, spoilt] = [null, 0];
  while (rounds.length < Number(values.rounds)) {
    const round = await holdOnce(playlist, protocol, count);
    first ??= round; // later ones find the memory that it left
    if (round.bad > 0) throw new Error(`${round.bad} of ${count} reloads were not answered`);
    if (round.all_held) rounds.push(round);
    else if (++spoilt > kTries * Number(values.rounds))
      throw new Error(`${round.held} of ${count} were held in time, ${round.ms.length} answers came after the birth`);
  }
  const each = (share) => percentile(rounds.map(({ ms }) => ms[Math.floor((ms.length - 1) * share)]), 50);
  judge('held', {
    protocol,
    held: count,
    rounds: rounds.length,
    rounds_spoilt: spoilt,
    first_ms: each(0),
    p50_ms: each(0.5),
    p99_ms: each(0.99),
    last_ms: each(1),
    last_ms_at_worst: Math.max(...rounds.map(({ ms }) => ms.at(-1))),
    kb_each: first.kb_each,
  }, [['last_ms', '<=', count <= 1000 ? 20 : 100], ['kb_each', '<=', 40]]);
}
