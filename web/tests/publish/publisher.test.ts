import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Publisher, type PublishState } from '../../src/publish/publisher';
import { publishLink, readPublishLink } from '../../src/publish/publish_link';
import { WhepError } from '../../src/whep';
import type { WhipClient } from '../../src/whip';

class FakeClient {
  onstate: ((state: RTCPeerConnectionState) => void) | null = null;
  location = 'http://node/whip/main/s';
  connection = {};
  left = false;
  restarts = 0;
  outcome = 'restarted';
  constructor(private readonly refusal: WhepError | null) {}
  async publish() {
    if (this.refusal) throw this.refusal;
  }
  async restartIce() {
    this.restarts++;
    return this.outcome;
  }
  leave() {
    this.left = true;
  }
}

const refusal = (status: number) => new WhepError('http', `HTTP ${status}`, status);

class Scene {
  clients: FakeClient[] = [];
  refusals: (WhepError | null)[] = [];
  states: PublishState[] = [];
  live: boolean | null = false;
  publisher = new Publisher({
    client: () => {
      const client = new FakeClient(this.refusals.shift() ?? null);
      this.clients.push(client);
      return client as unknown as WhipClient;
    },
    stream: () => ({}) as MediaStream,
    isLive: async () => this.live,
    onchange: (state) => this.states.push(state),
    authorization: () => ({}),
    random: () => 0.5,
  });
  get last() {
    return this.clients[this.clients.length - 1];
  }
  async pass(ms: number) {
    await vi.advanceTimersByTimeAsync(ms);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a publisher', () => {
  it('sends once it is connected, and stops', async () => {
    const scene = new Scene();
    scene.publisher.start();
    await scene.pass(0);
    scene.last.onstate?.('connected');
    expect(scene.states).toEqual(['connecting', 'sending']);
    await scene.pass(60_000);
    scene.publisher.stop();
    expect(scene.last.left).toBe(true);
    expect(scene.publisher.state).toBe('idle');
    expect(scene.clients).toHaveLength(1);
  });

  it.each([401, 403])('gives up on a key that is refused (%i)', async (status) => {
    const scene = new Scene();
    scene.refusals = [refusal(status)];
    scene.publisher.start();
    await scene.pass(60_000);
    expect(scene.publisher.state).toBe('rejected');
    expect(scene.clients).toHaveLength(1);
    scene.publisher.start(); // with another key
    await scene.pass(0);
    expect(scene.clients).toHaveLength(2);
  });

  it('tries again when somebody else sends or nobody answers', async () => {
    const scene = new Scene();
    scene.refusals = [refusal(409), new WhepError('network', 'away')];
    scene.publisher.start();
    await scene.pass(0);
    expect(scene.publisher.state).toBe('taken');
    await scene.pass(3_000);
    expect(scene.states).toContain('lost');
    scene.last.onstate?.('connected');
    expect(scene.publisher.state).toBe('sending');
    expect(scene.clients).toHaveLength(3);
  });

  it('restarts ICE on another network and begins anew when that is of no use', async () => {
    const scene = new Scene();
    scene.publisher.start();
    await scene.pass(0);
    const first = scene.last;
    first.onstate?.('connected');
    scene.publisher.networkChanged();
    first.onstate?.('disconnected');
    expect(first.restarts).toBe(2);
    expect(scene.publisher.state).toBe('lost');
    first.onstate?.('connected');
    expect(scene.publisher.state).toBe('sending');
    first.outcome = 'gone';
    scene.publisher.networkChanged();
    await scene.pass(1_000);
    expect(first.left).toBe(true);
    expect(scene.clients).toHaveLength(2);
  });

  it('does not take its place back from who took it, until it is free', async () => {
    const scene = new Scene();
    scene.publisher.start();
    await scene.pass(0);
    scene.last.onstate?.('connected');
    scene.live = true;
    scene.last.onstate?.('closed');
    await scene.pass(30_000);
    expect(scene.publisher.state).toBe('taken');
    expect(scene.clients).toHaveLength(1);
    scene.live = false;
    await scene.pass(5_000);
    expect(scene.clients).toHaveLength(2);
  });
});

describe('a link for sending', () => {
  it('has the key where browsers send it to nobody', () => {
    const link = publishLink('https://node', { channel: 'hall-1', key: 'a key/ö' });
    const url = new URL(link);
    expect(url.search).toBe('?channel=hall-1');
    expect(readPublishLink(url)).toEqual({ channel: 'hall-1', key: 'a key/ö' });
    expect(readPublishLink({ search: '', hash: '#%' })).toEqual({ channel: 'main', key: '%' });
  });
});
