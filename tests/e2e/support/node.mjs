// One node of Longmen under test: `longmen demo` on ports of the kernel's choice with a data
// directory of its own, and feeds sent to it. Everything started here is ended here, by its pid.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freeTcpPort } from './free_port.mjs';

const kReadyMs = 60_000;
const kStopMs = 6_000;

export const kBinary =
  process.env.LONGMEN ??
  fileURLToPath(new URL('../../../build/release/longmen', import.meta.url));

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Asks until the answer is truthy; what is being waited for goes into the error.
export async function until(what, question, { timeoutMs = 10_000, everyMs = 100 } = {}) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(everyMs);
  }
}

// For what a busy machine may spoil by chance: done when it succeeds once, else the last failure.
export async function tries(count, attempt) {
  for (let left = count - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function end(child, signal, patienceMs) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await ended;
  clearTimeout(timer);
}

export class Node {
  static async start({ testFeed = false, logLevel = 'warn' } = {}) {
    if (!existsSync(kBinary)) throw new Error(`${kBinary} is not there: ./longmen.sh build`);
    const dataDir = await mkdtemp(join(tmpdir(), 'longmen-e2e-'));
    const zero = ['http', 'https', 'rtmp', 'rtmps', 'rtsp', 'rtsps', 'srt', 'whip', 'udp'].flatMap((name) => [`--${name}-port`, '0']);
    const options = ['demo', '--json', '--data-dir', dataDir, '--log-level', logLevel, ...zero];
    if (!testFeed) options.push('--no-test-feed');
    const child = spawn(kBinary, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    const node = new Node(child, dataDir);
    try {
      node.addresses = await node.#firstLine();
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  constructor(child, dataDir) {
    this.child = child;
    this.dataDir = dataDir;
    this.log = '';
    this.feeds = [];
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.log = (this.log + text).slice(-200_000);
    });
  }

  async #firstLine() {
    let output = '';
    this.child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    await until(
      'the node on air',
      () => {
        if (this.child.exitCode !== null) throw new Error(`the node ended: ${this.log}`);
        return output.includes('\n');
      },
      { timeoutMs: kReadyMs },
    );
    return JSON.parse(output.slice(0, output.indexOf('\n')));
  }

  // What the node's own log says since an instant: {at (epoch ms), process, words}.
  logged(since = 0) {
    return this.log.split('\n').flatMap((line) => {
      const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) \w ([^:]+): (.*)$/.exec(line);
      const at = parts && Date.parse(`${parts[1]}T${parts[2]}`); // local time
      return parts && at >= since ? [{ at, process: parts[3], words: parts[4] }] : [];
    });
  }

  get http() {
    return this.addresses.http;
  }

  async status() {
    const options = ['status', '--json', '--data-dir', this.dataDir];
    const { stdout } = await promisify(execFile)(kBinary, options);
    return JSON.parse(stdout);
  }

  // The pid of a role's process, 0 while there is none.
  async pidOf(role) {
    const { roles } = await this.status();
    return roles.find((each) => each.role === role)?.pid ?? 0;
  }

  // Rejects while there is none: process.kill(0) would be of ourselves and all our like.
  async kill(role) {
    const pid = await this.pidOf(role);
    if (pid === 0) throw new Error(`there is no ${role} to kill`);
    process.kill(pid, 'SIGKILL');
  }

  // Sends the test programme until its stop() is called.
  startFeed({ fps = '30000/1001', size = '1280x720' } = {}) {
    const url = `${this.addresses.rtmp}/${this.addresses.stream_key}`;
    const options = ['test-feed', '--url', url, '--fps', fps, '--size', size];
    // A session of its own, as a sender on another machine would be to the scheduler.
    const child = spawn(kBinary, options, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    child.stderr.resume();
    const feed = { pid: child.pid, stop: () => end(child, 'SIGTERM', 3_000) };
    this.feeds.push(feed);
    return feed;
  }

  // A studio's sender: ffmpeg with a picture and a sound of its own, or a file; until its stop().
  startFfmpeg({ size = '1280x720', fps = '30', file } = {}) {
    const url = `${this.addresses.rtmp}/${this.addresses.stream_key}`;
    const input = file
      ? ['-re', '-stream_loop', '-1', '-i', file, '-c', 'copy']
      : ['-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}`, '-f', 'lavfi', '-i', 'sine=440',
         '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', fps, '-c:a', 'aac'];
    const child = spawn('ffmpeg', ['-v', 'error', ...input, '-f', 'flv', url], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.resume();
    const feed = { pid: child.pid, stop: () => end(child, 'SIGKILL', 3_000) };
    this.feeds.push(feed);
    return feed;
  }

  // Some seconds of the test programme as a file, taken from RTMP by ffmpeg.
  async recordProgramme(seconds) {
    const url = `rtmp://127.0.0.1:${await freeTcpPort()}/live/key`;
    const file = join(this.dataDir, 'talk.mp4');
    const recorder = spawn('ffmpeg',
      ['-v', 'error', '-y', '-listen', '1', '-i', url, '-t', String(seconds), '-c', 'copy', file],
      { stdio: 'ignore' });
    const ended = once(recorder, 'exit');
    const studio = spawn(kBinary, ['test-feed', '--url', url], { stdio: 'ignore' });
    const timer = setTimeout(() => recorder.kill('SIGKILL'), (seconds + 20) * 1000);
    const [code] = await ended;
    clearTimeout(timer);
    await end(studio, 'SIGTERM', 3_000);
    if (code !== 0) throw new Error(`ffmpeg recorded nothing: exit code ${code}`);
    return file;
  }

  async stop() {
    for (const feed of this.feeds) await feed.stop();
    await end(this.child, 'SIGTERM', kStopMs);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
