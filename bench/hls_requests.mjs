// What HLS costs the gateway: parts and segments by HTTP/1.1 (wrk) and HTTP/2 (h2load), beside nginx,
// which serves the same bytes as files; and blocking reloads that are held, how soon after the part
// they are answered and how much memory each takes. Requests per second of the server's own processor
// time, so that what the clients take beside it does not count. Needs the packages of [bench].
// --seconds N of each measurement (3); --held 1000,5000
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, get as httpGet } from 'node:http';
import { connect } from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { ServedNode } from '../tests/e2e/support/served_node.mjs';
import { kBinary, sleep, until } from '../tests/e2e/support/node.mjs';

const { values: asked } = parseArgs({ options: {
  seconds: { type: 'string', default: '3' }, held: { type: 'string', default: '1000,5000' } } });
const kSeconds = Number(asked.seconds);
const kTicks = 100; // a second, of /proc/PID/stat on every Linux
const kStreams = 100; // held on one connection
const run = promisify(execFile);

const node = await ServedNode.start();
const folder = await mkdtemp(join(tmpdir(), 'longmen-bench-'));
let nginx, feed;
try {
  await node.reload((text) => text.replace('https_port = 0', 'https_port = 0\nmax_connections_per_address = 9000'));
  const status = await node.status();
  const base = `http://127.0.0.1:${status.ports.http}/`;
  const gateway = status.roles.find(({ role }) => role === 'gateway').pid;
  const playlist = `${base}hls/main/v0/index.m3u8`;
  await until('a playlist', async () => (await fetch(playlist)).ok, { timeoutMs: 30_000 });
  // The test programme, whose parts and segments are of the usual size.
  const key = 'test-key-0123456789';
  feed = spawn(kBinary, ['test-feed', '--url', `rtmp://127.0.0.1:${status.ports.rtmp}/live/${key}`], { stdio: 'ignore' });
  const live = async () => (await node.status()).on_air.some(({ source }) => source === 'live');
  await until('live on air', live, { timeoutMs: 60_000 });
  await until('a segment of it', async () => {
    const { segment } = newest(await text(playlist));
    return segment && (await (await fetch(new URL(segment, playlist))).arrayBuffer()).byteLength > 60_000;
  }, { timeoutMs: 30_000 });
  nginx = await startNginx(folder);
  await compare(base, playlist, gateway);
  for (const count of asked.held.split(',').map(Number)) await hold(base, playlist, gateway, count);
} finally {
  feed?.kill('SIGTERM');
  nginx?.process.kill('SIGTERM');
  await node.remove();
  await rm(folder, { recursive: true, force: true });
}

async function text(url) {
  return (await fetch(url)).text();
}

function newest(list) {
  const last = (pattern) => [...list.matchAll(pattern)].at(-1)?.[1];
  const whole = list.split('#EXTINF').length - 1;
  const sequence = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(list)[1]);
  return {
    part: last(/#EXT-X-PART:[^\n]*URI="([^"]+)"/g),
    segment: last(/#EXTINF:[^\n]*\n(?:#[^\n]*\n)*([^#\n]+)\n/g),
    next: sequence + whole + 1,
  };
}

async function startNginx(root) {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  const h2 = await new Promise((resolve) => {
    const second = createServer().listen(0, '127.0.0.1', () => resolve(second));
  });
  const h2Port = h2.address().port;
  free.close();
  h2.close();
  const file = join(root, 'nginx.conf');
  const user = process.getuid() === 0 ? 'user root;' : ''; // the folder is ours alone
  await writeFile(file, `${user} daemon off; worker_processes 1; pid ${root}/pid; error_log ${root}/error.log;
events { worker_connections 4096; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100;
server { listen 127.0.0.1:${port}; listen 127.0.0.1:${h2Port} http2; root ${root};
types { video/mp4 part segment; } default_type video/mp4; add_header Cache-Control "public, max-age=31536000, immutable"; } }`);
  const child = spawn('nginx', ['-c', file, '-p', root], { stdio: 'ignore' });
  await until('nginx', () => fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false));
  const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(child.pid)]);
  return { process: child, worker: Number(stdout), base: `http://127.0.0.1:${port}/`, h2: `http://127.0.0.1:${h2Port}/` };
}

async function processorSeconds(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / kTicks;
}

async function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'latin1'))[1]) * 1024;
}

// Requests that `load` made, for each second of the process's processor.
async function measure(pid, load) {
  const before = await processorSeconds(pid);
  const requests = await load();
  return requests / ((await processorSeconds(pid)) - before);
}

async function byHttp1(url) {
  const { stdout } = await run('wrk', ['-t1', '-c32', `-d${kSeconds}s`, url]);
  if (/Non-2xx/.test(stdout)) throw new Error(`${url}:\n${stdout}`);
  return Number(/(\d+) requests in/.exec(stdout)[1]);
}
async function byHttp2(url) {
  const { stdout } = await run('h2load', ['-t1', '-c4', '-m8', `-D${kSeconds}`, url]);
  if (!/ 0 4xx, 0 5xx/.test(stdout)) throw new Error(`${url}:\n${stdout}`);
  return Number(/status codes: (\d+) 2xx/.exec(stdout)[1]);
}

async function compare(base, playlist, gateway) {
  const rows = [];
  for (const kind of ['part', 'segment']) {
    for (const [protocol, load] of [['HTTP/1.1', byHttp1], ['HTTP/2', byHttp2]]) {
      // Anew each time: it leaves the window after a minute.
      const url = new URL(newest(await text(playlist))[kind], playlist).href;
      const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
      await writeFile(join(folder, `file.${kind}`), bytes);
      const theirs = () => measure(nginx.worker, () =>
        load(`${protocol === 'HTTP/2' ? nginx.h2 : nginx.base}file.${kind}`));
      const ours = () => measure(gateway, () => load(url));
      // Alternating, so that what else the machine does meets both.
      const [a, b, c, d] = [await ours(), await theirs(), await ours(), await theirs()];
      rows.push({ what: `${kind}, ${(bytes.length / 1024).toFixed(1)} KiB`, protocol,
        'longmen/s': Math.round((a + c) / 2), 'nginx/s': Math.round((b + d) / 2), ratio: ((a + c) / (b + d)).toFixed(2) });
    }
  }
  console.log('requests a second of the server\'s processor:');
  console.table(rows);
}

// `count` reloads held at once; from the first that is answered to the others.
async function hold(base, playlist, gateway, count) {
  const rows = [];
  for (const protocol of ['HTTP/1.1', 'HTTP/2']) {
    const clients = [];
    const before = await residentBytes(gateway);
    const agent = new Agent({ keepAlive: true, maxSockets: count });
    if (protocol === 'HTTP/2') {
      for (let i = 0; i < count / kStreams; i++) clients.push(connect(base));
      await Promise.all(clients.map((client) => once(client, 'connect')));
    }
    const ask = (path, i) => new Promise((resolve, reject) => {
      if (protocol === 'HTTP/2') {
        const stream = clients[i % clients.length].request({ ':path': path });
        let code;
        stream.on('response', (head) => (code = head[':status'])).on('error', reject).resume();
        stream.on('end', () => resolve({ code, at: performance.now() }));
      } else {
        httpGet(new URL(path, base), { agent }, (answer) => {
          answer.resume().on('end', () => resolve({ code: answer.statusCode, at: performance.now() }));
        }).on('error', reject);
      }
    });
    const path = (number) => `${new URL(playlist).pathname}?_HLS_msn=${number}&_HLS_part=0`;
    // Once for the connections, once for the figures.
    let answers, memory;
    for (let round = 0; round < 2; round++) {
      const { next } = newest(await text(playlist));
      const asking = Array.from({ length: count }, (_, i) => ask(path(next), i));
      await sleep(300);
      memory = await residentBytes(gateway);
      answers = await Promise.all(asking);
    }
    const bad = answers.filter(({ code }) => code !== 200).length;
    const times = answers.map(({ at }) => at).sort((a, b) => a - b);
    const after = (share) => (times[Math.floor((times.length - 1) * share)] - times[0]).toFixed(1);
    rows.push({ protocol, held: count, 'not answered': bad, 'p50 ms': after(0.5), 'p99 ms': after(0.99), 'last ms': after(1),
      'kB each': ((memory - before) / count / 1000).toFixed(1) });
    for (const client of clients) client.destroy();
    agent.destroy();
    await sleep(500);
  }
  console.log('held reloads, milliseconds after the first of them was answered, as one client sees it:');
  console.table(rows);
}
