// A node as an administrator runs it (ServedNode) with the test programme on air, and its studio: what
// Node of tests/e2e is, with a configuration of one's own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { kBinary, until } from '../../tests/e2e/support/node.mjs';
import { ServedNode } from '../../tests/e2e/support/served_node.mjs';
import { Studio } from '../../tests/e2e/support/studio.mjs';
import { kPrimaryKey } from '../../tests/e2e/support/two_senders.mjs';

export class LiveNode {
  // `options` of ServedNode.start.
  static async start(options = {}) {
    const node = new LiveNode();
    node.served = await ServedNode.start(options);
    try {
      // All clients of a bench have one address.
      await node.served.reload((text) => text.replace('https_port = 0', 'https_port = 0\nmax_connections_per_address = 9000'));
      const { ports } = await node.status();
      node.http = `http://127.0.0.1:${ports.http}/`;
      node.rtmp = `rtmp://127.0.0.1:${ports.rtmp}/live/${kPrimaryKey}`;
      await node.startFeed();
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  get dataDir() {
    return this.served.dataDir;
  }

  status() {
    return this.served.status();
  }

  async pidOf(role) {
    return (await this.served.role(role))?.pid ?? 0;
  }

  async #isLive() {
    return (await this.status())?.on_air.some(({ source }) => source === 'live') ?? false;
  }

  async startFeed() {
    // A session of its own, as a sender on another machine would be to the scheduler.
    this.feed = spawn(kBinary, ['test-feed', '--url', this.rtmp], { stdio: 'ignore', detached: true });
    await until('live on air', () => this.#isLive(), { timeoutMs: 60_000 });
  }

  async stopFeed() {
    if (!this.feed || this.feed.exitCode !== null || this.feed.signalCode !== null) return;
    const gone = once(this.feed, 'exit');
    this.feed.kill('SIGKILL');
    await gone;
  }

  async studio() {
    return Studio.open({ http: this.http, addresses: { studio: await this.served.firstLink() } });
  }

  // Another one in its place, which has nothing of what clients left in the memory of the one before.
  async freshGateway() {
    const before = await until('a gateway', () => this.pidOf('gateway'), { timeoutMs: 30_000 });
    process.kill(before, 'SIGKILL');
    return until('another gateway', async () => {
      const pid = await this.pidOf('gateway');
      return pid !== before && pid;
    }, { timeoutMs: 30_000 });
  }

  async stop() {
    await this.stopFeed();
    await this.served.remove();
  }
}
