// A real S3 server of Debian's for a test: OpenStack Swift in one process (tests/support/s3_server.py),
// with a bucket in it, killed and started again as the test wants, ended by its pid. What a test asks
// of the bucket itself goes by curl, which signs.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from './node.mjs';

const kServer = fileURLToPath(new URL('../../support/s3_server.py', import.meta.url));
const kStartMs = 60_000;
const kEmptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export class Bucket {
  static async start() {
    const bucket = new Bucket();
    bucket.name = 'recordings';
    bucket.folder = await mkdtemp(join(tmpdir(), 'longmen-s3-'));
    bucket.port = 0;
    try {
      await bucket.launch();
      const made = await bucket.ask('PUT', `/${bucket.name}`);
      if (made.status !== 200) throw new Error(`no bucket: ${made.status} ${made.text}`);
      bucket.credentialsFile = join(bucket.folder, 'keys');
      await writeFile(bucket.credentialsFile,
        `[default]\naws_access_key_id = ${bucket.told.key_id}\naws_secret_access_key = ${bucket.told.secret}\n`,
        { mode: 0o600 });
      return bucket;
    } catch (error) {
      await bucket.remove();
      throw error;
    }
  }

  // Also again, at the same port with the same objects.
  async launch() {
    let output = '';
    this.log = '';
    this.process = spawn('/usr/bin/python3', [kServer, this.folder, String(this.port)],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    this.process.stderr.setEncoding('utf8').on('data', (text) => (this.log += text));
    this.exited = once(this.process, 'exit');
    await until('the S3 server serves', () => {
      if (this.process.exitCode !== null) throw new Error(`the S3 server ended: ${this.log}`);
      return output.includes('\n');
    }, { timeoutMs: kStartMs });
    this.told = JSON.parse(output);
    this.port = Number(new URL(this.told.endpoint).port);
  }

  // As a power cut would.
  async kill() {
    this.process.kill('SIGKILL');
    await this.exited;
  }

  async ask(method, path) {
    const { key_id: id, secret, endpoint } = this.told; // an id of Swift's has a colon
    const url = endpoint.replace('://', `://${encodeURIComponent(id)}:${secret}@`) + path;
    const config = [`url = "${url}"`, `request = "${method}"`,
      'aws-sigv4 = "aws:amz:us-east-1:s3"', `header = "x-amz-content-sha256: ${kEmptySha256}"`,
      'silent', 'max-time = 30', 'write-out = "\\n%{http_code}"'].join('\n');
    const asked = promisify(execFile)('curl', ['--config', '-'], { maxBuffer: 1 << 24 });
    asked.child.stdin.end(config);
    const { stdout } = await asked;
    const end = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) };
  }

  // All keys below a prefix.
  async keys(prefix) {
    const { status, text } = await this.ask('GET',
      `/${this.name}?list-type=2&max-keys=1000&prefix=${encodeURIComponent(prefix)}`);
    if (status !== 200) throw new Error(`${status} ${text}`);
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key);
  }

  async remove() {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null) await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
