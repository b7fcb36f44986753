// A node as an administrator runs it: `longmen serve` with a configuration file and a data directory
// of its own, on ports chosen by the kernel. Started and ended here, by its pid.
import { execFile, spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kBinary, sleep, until } from './node.mjs';

const kReadyMs = 60_000;
const kStopMs = 8_000;

const kOnLoopback = 'address = "127.0.0.1"\npublic_address = "127.0.0.1"';

const configuration = (dataDir, relay, httpPort, top) => `
${top}
data_dir = "${dataDir}"
node_name = "test"
[http]
address = "127.0.0.1"
port = ${httpPort}
https_port = 0
[rtmp]
address = "127.0.0.1"
port = 0
tls_port = 0
[rtsp]
address = "127.0.0.1"
port = 0
tls_port = 0
[srt]
address = "127.0.0.1"
port = 0
[whip]
address = "127.0.0.1"
port = 0
[relay]
first_port = 0
${relay}
[[channel]]
id = "main"
name = "Test channel"
stream_keys = ["test-key-0123456789"]
`;

export class ServedNode {
  // `more`: of the configuration, behind the channel "main"; `top`: in front of its first table. `relay`: of its table; libnice, and so
  // GStreamer, does not send over loopback. `log`: a descriptor for it instead of `this.log`.
  static async start(options = {}) {
    const node = await ServedNode.prepare(options);
    node.launch();
    try {
      await node.ready();
    } catch (error) {
      // Whoever waits for a node that is running waits for ever.
      await node.remove();
      throw error;
    }
    return node;
  }

  // Everything but the processes: launch() and ready() do that.
  static async prepare({ more = '', relay = kOnLoopback, log = 'pipe', httpPort = 0, top = '' } = {}) {
    const node = new ServedNode();
    node.logTo = log;
    node.dataDir = await mkdtemp(join(tmpdir(), 'longmen-served-'));
    node.configFile = join(node.dataDir, 'node.toml');
    await writeFile(node.configFile, configuration(node.dataDir, relay, httpPort, top) + more);
    return node;
  }

  // More of the configuration, before launch().
  configure(more) {
    return appendFile(this.configFile, more);
  }

  launch() {
    this.log = '';
    this.process = spawn(kBinary, ['serve', '--config', this.configFile], {
      stdio: ['ignore', 'ignore', this.logTo],
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text) => (this.log += text));
    this.exited = new Promise((resolve) =>
      this.process.on('exit', (code, signal) => resolve({ code, signal })),
    );
  }

  // The configuration's text put through `change`, and SIGHUP.
  async reload(change) {
    await writeFile(this.configFile, change(await readFile(this.configFile, 'utf8')));
    this.process.kill('SIGHUP');
  }

  async ready() {
    const isReady = async () => {
      if (this.process.exitCode !== null) throw new Error(`the node ended:\n${this.log}`);
      return (await this.status())?.ready;
    };
    await until('the node is ready', isReady, { timeoutMs: kReadyMs });
  }

  // What `longmen status --json` says; null when no node answers.
  async status() {
    try {
      const options = ['status', '--json', '--data-dir', this.dataDir];
      return JSON.parse((await promisify(execFile)(kBinary, options)).stdout);
    } catch {
      return null;
    }
  }

  async role(name) {
    return (await this.status())?.roles.find((each) => each.role === name);
  }

  async url(path) {
    return `http://127.0.0.1:${(await this.status()).ports.http}${path}`;
  }

  // With which the first administrator sets name and password.
  async firstLink() {
    const { stdout } = await promisify(execFile)(kBinary, ['admin', 'reset-link', '--data-dir', this.dataDir]);
    const { pathname, hash } = new URL(stdout.trim().split('\n').at(-1));
    return this.url(pathname + hash);
  }

  async metrics() {
    return (await fetch(await this.url('/metrics'))).text();
  }

  // Of channel "main", those that are still connecting included.
  async viewers() {
    const found = /^longmen_viewers\{[^}]*channel="main"[^}]*\} (\d+)/m.exec(await this.metrics());
    return Number(found?.[1]);
  }

  async slateOnAir() {
    const slate = /^longmen_on_air\{[^}]*channel="main"[^}]*source="slate"[^}]*\} 1$/m;
    await until('the slate on air', async () => slate.test(await this.metrics()), {
      timeoutMs: 30_000,
    });
  }

  async stop(signal = 'SIGTERM') {
    this.process.kill(signal);
    return this.exited;
  }

  async remove() {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null) {
      await Promise.race([this.stop(), sleep(kStopMs)]);
      this.process.kill('SIGKILL');
      await this.exited;
    }
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
