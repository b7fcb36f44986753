#!/usr/bin/env node
// What replay costs the gateway: the segments of a recording that has ended, one after the other, and its
// download.mp4 in ranges of a MiB, by HTTP/1.1 (wrk), beside nginx with sendfile, which serves the same
// bytes from files. Bytes for each second of the server's own processor time. Both have their files from
// the disk, as of a session of yesterday: what has just been written lies in the page cache in as small pieces
// as it was written in, and costs more. Needs the packages of [bench]. Ends with 1 when a goal is missed.
//   node bench/replay_egress.mjs [--seconds 5 (of each measurement)] [--session 30 (seconds of the recording)]
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { sleep, until } from '../tests/e2e/support/node.mjs';
import { judge } from './support/figures.mjs';
import { LiveNode } from './support/live_node.mjs';
import { Nginx } from './support/nginx.mjs';
import { processorSeconds } from './support/process_figures.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, session: { type: 'string', default: '30' } },
});
const kRangeBytes = 1 << 20;
const kRounds = 2;
const run = promisify(execFile);

// A session that may be opened again is recorded for so much longer.
const node = await LiveNode.start({ more: '[schedule]\nreopen_minutes = 0\n' });
const folder = await mkdtemp(join(tmpdir(), 'longmen-bench-'));
let nginx;
try {
  const replay = await record();
  await node.stopFeed(); // the encoders have nothing to do then
  nginx = await Nginx.start(folder);
  const segments = [...(await text(`${replay}v0/index.m3u8`)).matchAll(/^[^#\n]+\.m4s$/gm)].map(([name]) => ({ path: `v0/${name}` }));
  await compare('replay of segments', replay, await keep(replay, segments));
  const download = await keep(replay, [{ path: 'download.mp4' }]);
  const ranges = Array.from({ length: Math.floor(download[0].bytes / kRangeBytes) }, (_, i) =>
    ({ path: 'download.mp4', range: `bytes=${i * kRangeBytes}-${(i + 1) * kRangeBytes - 1}` }));
  await compare('download in ranges', replay, ranges);
} finally {
  nginx?.stop();
  await node.stop();
  await rm(folder, { recursive: true, force: true });
}

async function text(url) {
  return (await fetch(url)).text();
}

// The address below which a session's replay is.
async function record() {
  const studio = await node.studio();
  const session = await studio.goLive('replayed');
  await until('it is recorded', async () => (await fetch(`${node.http}hls/main/rewind.m3u8`)).ok, { timeoutMs: 20_000 });
  await sleep(1000 * Number(values.session));
  await studio.end(session);
  const replay = `${node.http}replay/${session.id}/`;
  const manifest = join(node.dataDir, 'recordings', session.id, 'manifest.json');
  await until('it is closed', () => access(manifest).then(() => true, () => false), { timeoutMs: 20_000 });
  await until('its replay', async () => (await text(`${replay}v0/index.m3u8`)).includes('#EXT-X-ENDLIST'), { timeoutMs: 20_000 });
  return replay;
}

// From the page cache; whoever reads them next has them from the disk.
async function letGo(folder) {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile()).map(({ path, name }) => join(path, name));
  await run('sync', files);
  for (const file of files) await run('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
}

// The same as files of nginx; what is a gap is left out.
async function keep(replay, wanted) {
  const kept = [];
  for (const each of wanted) {
    const answer = await fetch(replay + each.path);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok) continue;
    const file = join(folder, each.path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    const theirs = Buffer.from(await (await fetch(nginx.base + each.path)).arrayBuffer());
    if (!theirs.equals(bytes)) throw new Error(`${each.path}: nginx has other bytes`);
    kept.push({ ...each, bytes: bytes.length });
  }
  if (kept.length === 0) throw new Error('nothing was recorded');
  return kept;
}

// wrk asks for all of them in turn, and tells how many bytes came.
function script(requests) {
  const one = ({ path, range }) =>
    `  all[#all + 1] = wrk.format("GET", wrk.path .. "${path}", {${range ? `Range = "${range}"` : ''}})`;
  return `
local all, at = {}, 0
function init()
${requests.map(one).join('\n')}
end
function request()
  at = at % #all + 1
  return all[at]
end
function done(summary)
  print(string.format("bytes=%d bad=%d", summary.bytes, summary.errors.status))
end
`;
}

// MB for each second of the process's processor.
async function megabytes(pid, base, file) {
  const before = processorSeconds(pid);
  const { stdout } = await run('wrk', ['-t1', '-c32', `-d${values.seconds}s`, '-s', file, base]);
  const took = processorSeconds(pid) - before;
  const [, bytes, bad] = /bytes=(\d+) bad=(\d+)/.exec(stdout) ?? [];
  if (!(Number(bytes) > 0) || bad !== '0') throw new Error(`${base}:\n${stdout}`);
  return Number(bytes) / 1e6 / took;
}

async function compare(name, replay, requests) {
  const gateway = await node.pidOf('gateway');
  const file = join(folder, 'requests.lua');
  await writeFile(file, script(requests));
  for (const each of [join(node.dataDir, 'recordings'), folder]) await letGo(each);
  const [ours, theirs] = [[], []];
  // Alternating, so that what else the machine does meets both.
  for (let round = 0; round < kRounds; round++) {
    ours.push(await megabytes(gateway, replay, file));
    theirs.push(await megabytes(nginx.worker, nginx.base, file));
  }
  const sum = (numbers) => numbers.reduce((all, each) => all + each, 0);
  judge(name, { addresses: requests.length, longmen_mb_a_second: sum(ours) / kRounds,
    nginx_mb_a_second: sum(theirs) / kRounds, ratio: sum(ours) / sum(theirs) }, [['ratio', '>=', 0.9]]);
}
