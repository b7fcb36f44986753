/**
 * Keeps a channel supplied from this device: connects, says honestly how that stands, moves along
 * when the network changes, and begins again by itself after whatever may pass. It gives up alone on
 * what only a person can put right: a key or a channel that is not. It does not know devices or pages.
 *
 * Whoever was hung up on by the server has perhaps lost its place to another sender, and had better not
 * take it back from it in turns: it waits until the channel has no feed.
 */

import { retryDelayMs } from '../live/backoff';
import { endSession, WhipClient } from '../whip';
import { WhepError } from '../whep';

export type PublishState =
  | 'idle'
  | 'connecting'
  /** Media goes. */
  | 'sending'
  /** It went, and is being got back. */
  | 'lost'
  /** Another sender has the channel; tried again. */
  | 'taken'
  /** The key is not the channel's. */
  | 'rejected'
  /** There is no such channel, or this browser cannot. */
  | 'impossible';

export interface PublisherOptions {
  client: () => WhipClient;
  stream: () => MediaStream | null;
  /** Whether the channel has a live feed; null: nobody knows. */
  isLive: () => Promise<boolean | null>;
  onchange: (state: PublishState, words: string) => void;
  /** For what an earlier page left behind, e.g. sessionStorage. */
  kept?: Storage | null;
  authorization: () => Record<string, string>;
  random?: () => number;
}

const kKeptSession = 'longmen.whip';
const kConnectWithinMs = 12_000;
const kLostForMs = 6_000; // of "disconnected", before a session is given up for a new one
const kLookMs = 2_000;

export class Publisher {
  state: PublishState = 'idle';
  private client: WhipClient | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: PublisherOptions) {}

  start(): void {
    if (this.state !== 'idle' && this.state !== 'rejected' && this.state !== 'impossible') return;
    this.attempt = 0;
    this.become('connecting');
    this.endWhatWasLeft();
    void this.connect();
  }

  stop(): void {
    this.drop();
    this.become('idle');
  }

  /** The page is going: what can still be said is said. */
  unload(): void {
    this.drop();
  }

  /** The device has another network, or one again. */
  networkChanged(): void {
    if (this.client && (this.state === 'sending' || this.state === 'lost')) void this.restart();
    else if (this.state === 'connecting' || this.state === 'lost') this.again(0);
  }

  replace(track: MediaStreamTrack): void {
    void this.client?.replace(track).catch(() => this.begin('lost'));
  }

  get connection(): RTCPeerConnection | null {
    return this.client?.connection ?? null;
  }

  private async connect(): Promise<void> {
    const stream = this.options.stream();
    if (!stream) return this.stop();
    const client = this.options.client();
    this.client = client;
    client.onstate = (state) => this.heard(client, state);
    this.wait(kConnectWithinMs, () => this.begin('lost'));
    try {
      await client.publish(stream);
      if (client.location) this.options.kept?.setItem(kKeptSession, client.location);
    } catch (error) {
      if (this.client === client) this.failed(error);
    }
  }

  private heard(client: WhipClient, state: RTCPeerConnectionState): void {
    if (client !== this.client) return;
    if (state === 'connected') {
      this.clear();
      this.attempt = 0;
      this.become('sending');
    } else if (state === 'disconnected') {
      this.become('lost');
      void this.restart();
      this.wait(kLostForMs, () => this.begin('lost'));
    } else if (state === 'failed') {
      this.begin('lost');
    } else if (state === 'closed') {
      this.drop();
      void this.waitForPlace();
    }
  }

  private async restart(): Promise<void> {
    const client = this.client;
    if (!client) return;
    const outcome = await client.restartIce();
    if (client === this.client && outcome === 'gone') this.begin('lost');
  }

  private failed(error: unknown): void {
    const problem = error instanceof WhepError ? error : new WhepError('negotiation', String(error));
    this.drop();
    if (problem.status === 401 || problem.status === 403) return this.become('rejected', problem.message);
    if (problem.failure === 'unsupported' || problem.status === 404 || problem.status === 406 || problem.status === 422) {
      return this.become('impossible', problem.message);
    }
    this.become(problem.status === 409 ? 'taken' : this.attempt > 0 ? 'lost' : 'connecting', problem.message);
    this.again(retryDelayMs(++this.attempt, problem.retryAfterMs, (this.options.random ?? Math.random)()));
  }

  private async waitForPlace(): Promise<void> {
    this.become('lost');
    const live = await this.options.isLive().catch(() => null);
    if (this.state !== 'lost' && this.state !== 'taken') return;
    if (live) this.become('taken');
    this.wait(kLookMs, () => void (live ? this.waitForPlace() : this.connect()));
  }

  private begin(state: PublishState): void {
    this.drop();
    this.become(state);
    this.again(retryDelayMs(++this.attempt, null, (this.options.random ?? Math.random)()));
  }

  private again(delayMs: number): void {
    this.wait(delayMs, () => void this.connect());
  }

  private endWhatWasLeft(): void {
    const left = this.options.kept?.getItem(kKeptSession);
    if (left) endSession(left, this.options.authorization());
    this.options.kept?.removeItem(kKeptSession);
  }

  private drop(): void {
    this.clear();
    const client = this.client;
    this.client = null;
    client?.leave();
    this.options.kept?.removeItem(kKeptSession);
  }

  private wait(delayMs: number, then: () => void): void {
    this.clear();
    this.timer = setTimeout(then, delayMs);
  }

  private clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private become(state: PublishState, words = ''): void {
    this.state = state;
    this.options.onchange(state, words);
  }
}
