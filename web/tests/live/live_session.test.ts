import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveSession, type Connection, type LiveStatus } from '../../src/live/live_session';
import { WhepError, type RestartOutcome } from '../../src/whep';

class FakeConnection implements Connection {
  readonly stream = {} as MediaStream;
  readonly connection = {
    getStats: async (): Promise<Iterable<[string, unknown]>> => {
      if (this.blind) return new Promise(() => {});
      if (this.flowing) this.frames += 15;
      if (this.sounding) this.sounds += 25;
      return [
        ['v', { type: 'inbound-rtp', kind: 'video', framesDecoded: this.frames }],
        ['a', { type: 'inbound-rtp', kind: 'audio', packetsReceived: this.sounds }],
      ];
    },
  };
  onstate: ((state: RTCPeerConnectionState) => void) | null = null;
  frames = 0;
  flowing = true;
  sounds = 0;
  sounding = false;
  /** Statistics never come. */
  blind = false;
  left = false;
  restarts = 0;
  restartOutcome: RestartOutcome = 'failed';
  selected: string[] = [];
  /** Answers to select(), each when it is called. */
  selections: ((done: boolean) => void)[] = [];

  constructor(
    readonly channel: string,
    readonly rendition: string,
    readonly audio: string,
    private readonly refusal: WhepError | null,
  ) {}

  async join() {
    if (this.refusal) throw this.refusal;
  }
  async restartIce() {
    this.restarts += 1;
    return this.restartOutcome;
  }
  select(rendition: string, audio: string) {
    this.selected.push(audio === '' ? rendition : `${rendition} in ${audio}`);
    return new Promise<boolean>((resolve) => this.selections.push(resolve));
  }
  leave() {
    this.left = true;
  }
}

class Stage {
  opened: FakeConnection[] = [];
  promoted = 0;
  status!: LiveStatus;
  refusals: (WhepError | null)[] = [];
  pictureComes = true;
  randomness = 0;
  constructor(private readonly spreadMs = 0) {}
  readonly session = new LiveSession({
    spreadMs: this.spreadMs,
    open: (channel, rendition, audio) => {
      const connection = new FakeConnection(channel, rendition, audio, this.refusals.shift() ?? null);
      this.opened.push(connection);
      return connection;
    },
    surface: {
      prepare: () => (this.pictureComes ? Promise.resolve() : new Promise(() => {})),
      promote: () => (this.promoted += 1),
    },
    onchange: (status) => (this.status = status),
    random: () => this.randomness,
    now: () => Date.now(),
  });
  get last() {
    return this.opened[this.opened.length - 1];
  }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('LiveSession', () => {
  it('plays, and keeps one connection as long as pictures come', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    expect(stage.status.phase).toBe('connecting');
    await pass(60_000);
    expect(stage.status).toMatchObject({ phase: 'playing', trouble: 'none' });
    expect(stage.opened).toHaveLength(1);
    stage.session.leave();
    expect(stage.last.left).toBe(true);
    await pass(60_000);
    expect(stage.opened).toHaveLength(1);
  });

  it('never gives up, with growing patience', async () => {
    const stage = new Stage();
    stage.refusals = Array.from({ length: 200 }, () => new WhepError('network', 'refused'));
    stage.session.play('main', '');
    await pass(10);
    expect(stage.status).toMatchObject({ phase: 'retrying', trouble: 'network', attempt: 1 });
    await pass(60_000);
    const soon = stage.opened.length;
    expect(soon).toBeGreaterThan(5);
    expect(soon).toBeLessThan(25);
    await pass(600_000);
    expect(stage.opened.length).toBeGreaterThan(soon + 50);
    stage.refusals = [];
    await pass(10_000);
    expect(stage.status.phase).toBe('playing');
  });

  it('waits as long as a full server asks', async () => {
    const stage = new Stage();
    stage.refusals = [new WhepError('http', 'full', 503, 7000)];
    stage.session.play('main', '');
    await pass(6_900);
    expect(stage.opened).toHaveLength(1);
    expect(stage.status).toMatchObject({ phase: 'retrying', trouble: 'busy' });
    stage.session.wake(); // a look at the page is no reason to press a full server
    await pass(10);
    expect(stage.opened).toHaveLength(1);
    await pass(200);
    expect(stage.status.phase).toBe('playing');
  });

  it('says lost, tries an ICE restart, joins again after three seconds without a frame', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(5_000);
    const first = stage.last;
    first.flowing = false;
    await pass(2_000);
    expect(stage.status.phase).toBe('lost');
    expect(first.restarts).toBeGreaterThan(0);
    expect(stage.opened).toHaveLength(1);
    await pass(2_000);
    expect(stage.opened).toHaveLength(2);
    expect(first.left).toBe(true);
    expect(stage.status.phase).toBe('playing');
  });

  it('joins again at once when the server has forgotten the viewer', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(5_000);
    stage.last.restartOutcome = 'gone';
    stage.last.flowing = false;
    await pass(2_000);
    expect(stage.opened).toHaveLength(2);
    expect(stage.status.phase).toBe('playing');
  });

  it('stays on the old connection when it recovers before its replacement is there', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(5_000);
    const first = stage.last;
    first.flowing = false;
    stage.pictureComes = false;
    await pass(4_000);
    expect(stage.opened).toHaveLength(2);
    expect(stage.status.phase).toBe('lost');
    first.flowing = true;
    await pass(600);
    expect(stage.status.phase).toBe('playing');
    expect(first.left).toBe(false);
    expect(stage.last.left).toBe(true);
    await pass(30_000);
    expect(stage.opened).toHaveLength(2);
  });

  it('joins again at once when the connection fails', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    stage.last.onstate?.('failed');
    await pass(10);
    expect(stage.opened).toHaveLength(2);
    expect(stage.status.phase).toBe('playing');
  });

  it('does not mistake the last frames of a failed connection for its recovery', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    stage.pictureComes = false;
    stage.last.onstate?.('failed');
    await pass(2_000);
    expect(stage.status.phase).toBe('lost');
    expect(stage.last.left).toBe(false);
    expect(stage.opened).toHaveLength(2);
  });

  it('gives a silent server up after a while', async () => {
    const stage = new Stage();
    stage.pictureComes = false;
    stage.session.play('main', '');
    await pass(6_100);
    expect(stage.status).toMatchObject({ phase: 'retrying', trouble: 'silent' });
    expect(stage.opened[0].left).toBe(true);
  });

  it('asks the connection on show for another rendition, one request at a time', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    stage.session.play('main', '360p');
    stage.session.play('main', '480p');
    stage.session.play('main', '720p');
    await pass(10);
    expect(stage.last.selected).toEqual(['360p']);
    stage.last.selections[0](true);
    await pass(10);
    expect(stage.last.selected).toEqual(['360p', '720p']);
    stage.last.selections[1](true);
    await pass(60_000);
    expect(stage.last.selected).toHaveLength(2);
    expect(stage.opened).toHaveLength(1);
    expect(stage.status.phase).toBe('playing');
  });

  it('asks for a language, and once more when the channel has others', async () => {
    const stage = new Stage();
    stage.session.play('main', '', 'ug');
    await pass(1_000);
    expect(stage.last.audio).toBe('ug');
    stage.session.play('main', '', 'zh');
    stage.last.selections[0](true);
    await pass(10);
    stage.session.languagesChanged();
    stage.last.selections[1](true);
    await pass(10);
    expect(stage.last.selected).toEqual([' in zh', ' in zh']);
    expect(stage.opened).toHaveLength(1);
  });

  it('notes a language while nothing plays, and asks for it then', async () => {
    const stage = new Stage();
    stage.pictureComes = false;
    stage.session.play('main', '');
    await pass(100);
    stage.session.setAudio('ug');
    expect(stage.opened).toHaveLength(1);
    expect(stage.status.phase).toBe('connecting');
    stage.pictureComes = true;
    await pass(20_000);
    expect(stage.status.phase).toBe('playing');
    expect(stage.last.audio === 'ug' || stage.last.selected.includes(' in ug')).toBe(true);
  });

  it('leaves a rendition to the connection that takes the place of the one asked', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    stage.session.play('main', '360p');
    stage.session.play('field', '');
    await pass(1_000);
    stage.opened[0].selections[0](false);
    await pass(10);
    expect(stage.opened.map(({ channel }) => channel)).toEqual(['main', 'field']);
    stage.session.play('field', '480p');
    expect(stage.last.selected).toEqual(['480p']);
  });

  it('asks again when the picture comes back by itself', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    const first = stage.last;
    first.flowing = false;
    stage.pictureComes = false;
    await pass(4_000);
    expect(stage.status.phase).toBe('lost');
    stage.session.play('main', '360p');
    first.flowing = true;
    await pass(1_000);
    expect(stage.status.phase).toBe('playing');
    expect(first.selected).toEqual(['360p']);
  });

  it('where it cannot, changes rendition behind the picture that is on show', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    const first = stage.last;
    stage.pictureComes = false;
    stage.session.play('main', '360p');
    first.selections[0](false);
    await pass(1_000);
    expect(stage.status.phase).toBe('playing');
    expect(stage.last.rendition).toBe('360p');
    expect(first.left).toBe(false);
  });

  it('does not take the old channel for the new one', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    const first = stage.last;
    stage.pictureComes = false;
    stage.session.play('field', '');
    await pass(3_000);
    expect(stage.status.phase).toBe('connecting');
    expect(first.left).toBe(false);
    expect(stage.last.channel).toBe('field');
  });

  it('follows a change of network with an ICE restart, or a join when it was lost', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    stage.session.networkChanged();
    expect(stage.last.restarts).toBe(1);
    expect(stage.opened).toHaveLength(1);
    stage.refusals = [new WhepError('network', 'refused')];
    stage.last.onstate?.('failed');
    stage.last.flowing = false;
    await pass(10);
    stage.opened[0].flowing = false;
    stage.session.networkChanged();
    await pass(10);
    expect(stage.opened).toHaveLength(3);
    expect(stage.status.phase).toBe('playing');
  });

  it('spreads the first attempt after a loss that many share', async () => {
    const stage = new Stage(2_000);
    stage.randomness = 0.5;
    stage.session.play('main', '');
    await pass(1_000);
    stage.last.onstate?.('failed');
    expect(stage.status).toMatchObject({ phase: 'lost', lastLoss: 'failed', reconnections: 0 });
    await pass(900);
    expect(stage.opened).toHaveLength(1);
    await pass(200);
    expect(stage.opened).toHaveLength(2);
    expect(stage.status).toMatchObject({ phase: 'playing', reconnections: 1 });
  });

  it('does not press a full server when the network changes', async () => {
    const stage = new Stage();
    stage.refusals = [new WhepError('http', 'full', 503, 7000)];
    stage.session.play('main', '');
    await pass(100);
    stage.session.networkChanged();
    await pass(1_000);
    expect(stage.opened).toHaveLength(1);
  });

  it('says that only sound comes, and does not join again soon for that', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(2_000);
    Object.assign(stage.last, { flowing: false, sounding: true });
    await pass(10_000);
    expect(stage.status).toMatchObject({ phase: 'lost', trouble: 'thin' });
    expect(stage.opened).toHaveLength(1);
    expect(stage.last.restarts).toBeLessThan(2);
    await pass(12_000);
    expect(stage.opened).toHaveLength(2);
    expect(stage.status).toMatchObject({ phase: 'playing', lastLoss: 'picture' });
  });

  it('joins again when the browser no longer says what it receives', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(2_000);
    stage.last.blind = true;
    await pass(6_000);
    expect(stage.opened).toHaveLength(2);
    expect(stage.status).toMatchObject({ phase: 'playing', lastLoss: 'blind' });
    await pass(2_000);
    expect(stage.status.reception?.framesDecoded).toBeGreaterThan(0);
  });

  it('counts what took the place of a loss, and says why the last one was', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(1_000);
    expect(stage.status).toMatchObject({ reconnections: 0, lastLoss: null });
    stage.last.flowing = false;
    await pass(4_000);
    expect(stage.status).toMatchObject({ reconnections: 1, lastLoss: 'packets' });
    stage.last.restartOutcome = 'gone';
    stage.last.flowing = false;
    await pass(2_000);
    expect(stage.status).toMatchObject({ reconnections: 2, lastLoss: 'forgotten' });
    stage.session.play('field', '');
    await pass(1_000);
    expect(stage.status).toMatchObject({ phase: 'playing', reconnections: 2 });
  });

  it('is on another connection before its leave to watch ends, and keeps the picture if that fails', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(15_000);
    stage.session.renew(60_000);
    await pass(100);
    expect(stage.opened, 'it has not played for so long').toHaveLength(1);
    stage.refusals = [new WhepError('http', 'full', 503, 7_000)];
    stage.session.renew();
    await pass(9_000);
    expect(stage.opened).toHaveLength(2);
    expect(stage.opened[0].left).toBe(false);
    expect(stage.status).toMatchObject({ phase: 'playing', trouble: 'none' });
    stage.session.renew();
    await pass(1_000);
    expect(stage.opened).toHaveLength(3);
    expect(stage.opened.map(({ left }) => left)).toEqual([true, true, false]);
    expect(stage.status).toMatchObject({ phase: 'playing', reconnections: 0 });
  });

  it('tries another connection for sound that stopped, behind a picture that is good', async () => {
    const stage = new Stage();
    stage.session.play('main', '');
    await pass(100);
    stage.last.sounding = true;
    await pass(3_000);
    stage.last.sounding = false;
    stage.refusals = [new WhepError('http', 'full', 503, 7_000)];
    await pass(9_000);
    expect(stage.opened).toHaveLength(2);
    expect(stage.status).toMatchObject({ phase: 'playing', trouble: 'none', soundless: true });
    await pass(17_000);
    expect(stage.opened).toHaveLength(3);
    stage.last.sounding = true;
    await pass(2_000);
    expect(stage.status).toMatchObject({ phase: 'playing', soundless: false, reconnections: 0 });
  });
});
