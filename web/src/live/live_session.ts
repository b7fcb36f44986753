/**
 * Keeps one channel playing for ever. It decides when to join, when a connection is dead, when to
 * try again and with what patience; a new connection takes over only when its first picture is
 * there, so a rejoin never shows black. Another rendition is asked for on the connection on show; a
 * new one is made where the server does not do that. It knows neither HTTP nor the DOM: connections
 * come from `open`, pictures go to a Surface.
 *
 * Bounds: at most two connections at a time (the one on screen and the one that will replace it).
 */
import { WhepError, type RestartOutcome } from '../whep';
import { restMs, retryDelayMs } from './backoff';
import { ReceptionMeter, type Reception } from './reception';
import { SoundWatch } from './sound_watch';
import { StallWatch, type Lack } from './stall_watch';

/** What a session needs of WhepClient. */
export interface Connection {
  readonly stream: MediaStream;
  readonly connection: { getStats(): Promise<Iterable<[string, unknown]>> };
  onstate: ((state: RTCPeerConnectionState) => void) | null;
  join(): Promise<void>;
  /** False: another rendition or language takes another connection. */
  select(rendition: string, audio: string): Promise<boolean>;
  restartIce(): Promise<RestartOutcome>;
  leave(): void;
}

/** Where pictures go: one on show, one being prepared behind it. */
export interface Surface {
  /** Resolves when the stream's first picture is ready to be shown. */
  prepare(stream: MediaStream): Promise<void>;
  /** Puts what was prepared on show. */
  promote(): void;
}

export type Phase =
  | 'idle'
  | 'connecting'
  | 'playing'
  /** Was playing; the picture stands still or the connection broke. */
  | 'lost'
  /** Waiting before the next attempt. */
  | 'retrying';

export type Trouble =
  | 'none'
  | 'network'
  | 'busy'
  | 'absent'
  | 'refused'
  | 'unsupported'
  | 'silent'
  /** Sound comes, and no picture. */
  | 'thin';

/** Why a connection that had played was given up. */
export type LossReason =
  | Lack
  /** ICE or DTLS. */
  | 'failed'
  /** The server no longer knew us: its relay was started anew. */
  | 'forgotten'
  /** The browser no longer tells what it receives. */
  | 'blind';

export interface LiveStatus {
  phase: Phase;
  trouble: Trouble;
  /** Monotonic milliseconds of the next attempt, in phase retrying. */
  retryAt: number | null;
  /** Failed attempts in a row. */
  attempt: number;
  /** The server's own words about a refusal. */
  detail: string;
  reception: Reception | null;
  /** How often a connection took the place of one that was lost. */
  reconnections: number;
  lastLoss: LossReason | null;
  /** Pictures come, and sound, which had come, does not. */
  soundless: boolean;
}

export interface LiveSessionOptions {
  open(channel: string, rendition: string, audio: string): Connection;
  surface: Surface;
  onchange(status: LiveStatus): void;
  /**
   * What a loss has in common for many (their relay, their site's network) must not bring them back
   * in the same instant: the first attempt after it waits up to this long. Default 0.
   */
  spreadMs?: number;
  random?: () => number;
  now?: () => number;
}

const kTickMs = 500;
const kFirstPictureMs = 6_000;
/** Playing for this long without a fault makes past failures forgotten. */
const kStableMs = 10_000;
/** A refusal that only an administrator can change is asked about less often. */
const kHopelessMs = 5_000;
/** Statistics that were asked for and have not come for so long never will. */
const kBlindMs = 4_000;

interface Wanted {
  rendition: string;
  audio: string;
}
const isSame = (one: Wanted, other: Wanted) =>
  one.rendition === other.rendition && one.audio === other.audio;

export const kIdle: LiveStatus = {
  phase: 'idle',
  trouble: 'none',
  retryAt: null,
  attempt: 0,
  detail: '',
  reception: null,
  reconnections: 0,
  lastLoss: null,
  soundless: false,
};

export class LiveSession {
  private readonly random: () => number;
  private readonly now: () => number;
  private readonly watch = new StallWatch();
  private readonly sound = new SoundWatch();
  private readonly meter = new ReceptionMeter();
  private status: LiveStatus = kIdle;
  private channel = '';
  private wanted: Wanted = { rendition: '', audio: '' };
  private onShow: Connection | null = null;
  /** What it was asked for last. */
  private onShowAsked: Wanted = { rendition: '', audio: '' };
  /** False once it can only be replaced: another channel was asked for, or it is beyond repair. */
  private onShowWanted = false;
  private pending: Connection | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private tickTimer: ReturnType<typeof setInterval> | null = null;
  private playingSince = 0;
  private askedToRestart = false;
  /** Since when statistics are awaited. */
  private lookingSince: number | null = null;
  private selecting = false;
  /** A connection was lost and nothing has taken its place. */
  private losing = false;
  /** What is pending may fail: the picture on show is good. */
  private spare = false;
  /** Something else is shown meanwhile. */
  private resting = false;
  private rests = 0;

  constructor(private readonly options: LiveSessionOptions) {
    this.random = options.random ?? Math.random;
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * Plays a channel, or the same channel in another rendition ("" for the server's choice), or with its
   * sound in another language ("" for the channel's first).
   */
  play(channel: string, rendition: string, audio = ''): void {
    const another = channel !== this.channel;
    const settled = this.status.phase === 'playing' && this.onShowWanted && !this.pending;
    this.channel = channel;
    this.wanted = { rendition, audio };
    this.tickTimer ??= setInterval(() => void this.tick(), kTickMs);
    if (another) this.onShowWanted = false;
    if (!another && settled) {
      void this.select();
      return;
    }
    if (another || this.status.phase !== 'playing') this.begin('connecting');
    void this.join();
  }

  /** Sound in another language ("" for the channel's first), of what plays, or of what comes next. */
  setAudio(audio: string): void {
    this.wanted = { ...this.wanted, audio };
    if (this.status.phase === 'playing' && this.onShowWanted && !this.pending) void this.select();
  }

  /** The channel's languages are others than before: what was asked for is asked for again. */
  languagesChanged(): void {
    if (this.wanted.audio === '') return;
    this.onShowAsked = { ...this.onShowAsked, audio: '' };
    if (this.status.phase === 'playing' && this.onShowWanted && !this.pending) void this.select();
  }

  /**
   * Something else is shown in place of what cannot be had, or is no longer: attempts that nobody
   * waits for are made seldom, and more seldom each time, until one has played for a while.
   */
  rest(resting: boolean): void {
    this.resting = resting;
  }

  /** The device says that its network is there again, or another one. It may be wrong. */
  networkChanged(): void {
    const { phase, trouble } = this.status;
    if (phase === 'playing') void this.restartIce();
    else if ((phase === 'retrying' && trouble !== 'busy') || phase === 'lost') this.joinSoon();
  }

  /**
   * What lets us watch is another one by now, and the one that the connection on show was made with
   * is about to end: a new connection takes its place, unless that one has not played for so long.
   */
  renew(afterMs = 0): void {
    const settled = this.status.phase === 'playing' && this.onShowWanted && !this.pending;
    const due = this.now() - this.playingSince >= afterMs;
    if (settled && due && this.retryTimer === null) void this.join(true);
  }

  /** What the browser counts of the connection on show; null without one, or if it does not say. */
  async statistics(): Promise<[string, unknown][] | null> {
    try {
      return this.onShow ? [...(await this.onShow.connection.getStats())] : null;
    } catch {
      return null;
    }
  }

  /** The page is looked at again: do not make people wait for the next tick. */
  wake(): void {
    if (this.status.phase === 'retrying' && this.status.trouble !== 'busy') void this.join();
    else void this.tick();
  }

  /** Ends everything; play() starts again. */
  leave(): void {
    this.clearRetry();
    if (this.tickTimer !== null) clearInterval(this.tickTimer);
    this.tickTimer = null;
    this.pending?.leave();
    this.onShow?.leave();
    this.pending = null;
    this.onShow = null;
    this.begin('idle');
  }

  private begin(phase: Phase): void {
    const { reconnections, lastLoss } = this.status;
    this.update({ ...kIdle, phase, reconnections, lastLoss });
  }

  /** Until what was asked for last is what the connection on show was asked for. */
  private async select(): Promise<void> {
    if (this.selecting) return;
    this.selecting = true;
    try {
      while (!isSame(this.onShowAsked, this.wanted)) {
        const client = this.onShow;
        const { wanted } = this;
        const done = client !== null && (await client.select(wanted.rendition, wanted.audio));
        // Whatever replaces it meanwhile asks for the rendition itself.
        if (client !== this.onShow || !this.onShowWanted || this.pending) return;
        if (!done) {
          void this.join();
          return;
        }
        this.onShowAsked = wanted;
      }
    } finally {
      this.selecting = false;
    }
  }

  private joinSoon(): void {
    const delay = this.random() * (this.options.spreadMs ?? 0);
    if (delay === 0) {
      void this.join();
      return;
    }
    this.clearRetry();
    this.retryTimer = setTimeout(() => void this.join(), delay);
  }

  private async join(spare = false): Promise<void> {
    this.clearRetry();
    this.pending?.leave();
    this.spare = spare;
    const { wanted } = this;
    let client: Connection;
    try {
      client = this.options.open(this.channel, wanted.rendition, wanted.audio);
    } catch (error) {
      this.pending = null;
      this.failed(new WhepError('unsupported', String(error)));
      return;
    }
    this.pending = client;
    if (this.status.phase === 'retrying') {
      this.update({ phase: this.onShow ? 'lost' : 'connecting', retryAt: null });
    }
    let giveUp = () => {};
    try {
      const broken = new Promise<never>((_, reject) => {
        const timer = setTimeout(
          () => reject(new WhepError('timeout', 'no picture came')),
          kFirstPictureMs,
        );
        giveUp = () => clearTimeout(timer);
        client.onstate = (state) => {
          if (state === 'failed') reject(new WhepError('network', 'the connection failed'));
        };
      });
      const ready = client.join().then(() => this.options.surface.prepare(client.stream));
      await Promise.race([ready, broken]);
    } catch (error) {
      client.leave();
      if (this.pending !== client) return;
      this.pending = null;
      if (!this.spare || this.status.phase !== 'playing') this.failed(error);
      return;
    } finally {
      giveUp();
    }
    if (this.pending !== client) {
      client.leave();
      return;
    }
    this.takeOver(client, wanted);
  }

  private takeOver(client: Connection, asked: Wanted): void {
    const before = this.onShow;
    this.pending = null;
    this.onShow = client;
    this.onShowAsked = asked;
    this.onShowWanted = true;
    this.options.surface.promote();
    before?.leave();
    client.onstate = (state) => {
      if (this.onShow !== client || !this.onShowWanted) return;
      if (state === 'failed' || state === 'closed') this.replace('failed');
    };
    this.playingSince = this.now();
    this.askedToRestart = false;
    this.lookingSince = null;
    this.watch.reset(this.playingSince);
    this.sound.reset(this.playingSince);
    this.meter.reset();
    const reconnections = this.status.reconnections + (this.losing ? 1 : 0);
    this.losing = false;
    this.update({ phase: 'playing', trouble: 'none', retryAt: null, detail: '', reconnections });
    void this.select(); // what was chosen since it was asked for
    void this.tick();
  }

  /** The connection on show will never play again. */
  private replace(reason: LossReason): void {
    this.onShowWanted = false;
    this.rejoin(reason);
  }

  private rejoin(reason: LossReason): void {
    if (this.pending || this.retryTimer !== null) return;
    this.losing = true;
    const trouble = reason === 'picture' ? 'thin' : 'silent';
    this.update({ phase: 'lost', trouble, lastLoss: reason });
    this.joinSoon();
  }

  private failed(error: unknown): void {
    const problem =
      error instanceof WhepError ? error : new WhepError('negotiation', String(error));
    const trouble = troubleOf(problem);
    const attempt = this.status.attempt + 1;
    const asked = problem.retryAfterMs ?? (isHopeless(trouble) ? kHopelessMs : null);
    let delay = retryDelayMs(attempt, asked, this.random());
    if (this.resting) delay = Math.max(delay, restMs(++this.rests, this.random()));
    this.update({
      phase: 'retrying',
      trouble,
      attempt,
      retryAt: this.now() + delay,
      detail: problem.failure === 'http' ? problem.message : '',
      reception: this.onShow ? this.status.reception : null,
    });
    this.retryTimer = setTimeout(() => void this.join(), delay);
  }

  private async tick(): Promise<void> {
    const client = this.onShow;
    if (!client || !this.onShowWanted) return;
    if (this.lookingSince !== null) {
      if (this.now() - this.lookingSince > kBlindMs) this.replace('blind');
      return;
    }
    this.lookingSince = this.now();
    let report: Iterable<[string, unknown]>;
    try {
      report = await client.connection.getStats();
    } catch {
      return;
    } finally {
      if (client === this.onShow) this.lookingSince = null;
    }
    if (client !== this.onShow || !this.onShowWanted) return;
    const now = this.now();
    const reception = this.meter.read(report, now);
    const motion = this.watch.look(reception, now);
    if (motion === 'moving') this.moving(now, reception);
    else this.still(motion === 'frozen', reception);
  }

  private still(frozen: boolean, reception: Reception): void {
    const lack = this.watch.lack();
    if (this.status.phase === 'retrying') this.update({ reception });
    else this.update({ phase: 'lost', trouble: lack === 'picture' ? 'thin' : 'silent', reception });
    if (frozen) this.rejoin(lack);
    else if (!this.askedToRestart && lack !== 'picture') void this.restartIce();
  }

  private moving(now: number, reception: Reception): void {
    this.askedToRestart = false;
    if (this.status.phase === 'playing') {
      const stable = now - this.playingSince > kStableMs;
      if (stable) this.rests = 0;
      const sound = this.sound.look(reception.audioPackets, now);
      const soundless = sound !== 'fine';
      this.update({ reception, attempt: stable ? 0 : this.status.attempt, soundless });
      if (sound === 'mend' && !this.pending && this.retryTimer === null) void this.join(true);
      return;
    }
    // What was given up for lost came back by itself before its replacement did.
    this.losing = false;
    this.clearRetry();
    this.pending?.leave();
    this.pending = null;
    this.playingSince = now;
    this.update({ phase: 'playing', trouble: 'none', retryAt: null, detail: '', reception });
    void this.select(); // what its replacement would have brought
  }

  /** Also the quickest way to learn that the server has forgotten us (it was started anew). */
  private async restartIce(): Promise<void> {
    const client = this.onShow;
    if (!client || !this.onShowWanted) return;
    this.askedToRestart = true;
    const outcome = await client.restartIce();
    if (client !== this.onShow) return;
    if (outcome === 'gone') this.replace('forgotten');
    else if (outcome === 'failed') this.askedToRestart = false;
  }

  private clearRetry(): void {
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
  }

  private update(change: Partial<LiveStatus>): void {
    this.status = { ...this.status, ...change };
    this.options.onchange(this.status);
  }
}

function troubleOf(error: WhepError): Trouble {
  if (error.failure === 'unsupported') return 'unsupported';
  if (error.failure === 'timeout' && error.status === 0) return 'silent';
  if (error.failure !== 'http') return 'network';
  if (error.status === 404) return 'absent';
  if (error.status === 406) return 'unsupported';
  if (error.status === 503 || error.status === 429) return 'busy';
  return error.status >= 500 ? 'network' : 'refused';
}

function isHopeless(trouble: Trouble): boolean {
  return trouble === 'absent' || trouble === 'refused' || trouble === 'unsupported';
}
