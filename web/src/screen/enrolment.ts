/**
 * Which screen of the network this device is. It asks control for its settings; who is told that it
 * is none (401, and nothing else) asks for a code, which somebody types in the studio. Who it is, the
 * browser's cookie says, which no script sees. Control may be away for any time: what was known last
 * holds until control itself says otherwise, and whatever goes wrong here, the screen plays on.
 */
import { field } from '../live/json';
import { retryAfterMs } from '../whep';
import { readSettings, readWaiting, type ScreenSettings, type WaitingCode } from './screen_settings';

export type EnrolmentState =
  /** Control has not said anything yet, and nothing was kept. */
  | { kind: 'unknown' }
  | { kind: 'waiting'; waiting: WaitingCode }
  /** Codes are given and are not this device's: it keeps no cookies. */
  | { kind: 'cookieless' }
  | { kind: 'enrolled'; settings: ScreenSettings };

export interface EnrolmentOptions {
  onchange(state: EnrolmentState): void;
  recall(): string | null;
  /** '' forgets. */
  remember(text: string): void;
  fetch?: typeof fetch;
  random?: () => number;
  now?: () => number;
}

const kAddress = '/api/v1/screen';
const kTimeoutMs = 8_000;
const kRefreshMs = 6 * 3_600_000;
/** While somebody stands before the screen with the code, and otherwise. */
const kEagerMs = 3_000;
const kPatientMs = 30_000;
const kFirstRetryMs = 2_000;
const kLongestRetryMs = 60_000;
/** A server that knows nothing of screens; and the longest that one may ask for. */
const kAbsentMs = 600_000;
const kUrgentAtMostEveryMs = 10_000;
/** So many in a row that are good and have been lost. One may go where there is no room for it. */
const kLostCodes = 3;

interface Reply {
  status: number;
  json: unknown;
  retryAfterMs: number | null;
}

export class ScreenEnrolment {
  private state: EnrolmentState = { kind: 'unknown' };
  private timer: ReturnType<typeof setTimeout> | null = null;
  private asking = false;
  private askedAt = -Infinity;
  /** Until when the last code is good. */
  private codeUntil = -Infinity;
  private codesLost = 0;
  /** What the timer waits for. */
  private dueAt = 0;
  private failures = 0;
  private ended = false;
  private eager = false;
  private readonly fetch: typeof fetch;
  private readonly random: () => number;
  private readonly now: () => number;

  constructor(private readonly options: EnrolmentOptions) {
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.random = options.random ?? Math.random;
    this.now = options.now ?? (() => performance.now());
  }

  start(): void {
    const settings = kept(this.options.recall());
    if (settings) this.become({ kind: 'enrolled', settings });
    void this.ask();
  }

  stop(): void {
    this.ended = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Somebody may be typing the code just now. */
  setEager(eager: boolean): void {
    if (this.eager === eager) return;
    this.eager = eager;
    if (eager && this.state.kind === 'waiting') this.askSoon(0);
  }

  /**
   * Something says that what is known is no longer so: a report's answer, a refusal to play. It may say
   * so to every screen of a town in the same moment, so each waits up to as long as it is between reports.
   */
  urgent(): void {
    const everyMs = this.state.kind === 'enrolled' ? this.state.settings.reportEveryMs : 0;
    this.askSoon(this.random() * everyMs);
  }

  private askSoon(delayMs: number): void {
    if (this.asking || this.ended) return;
    const due = this.now() + Math.max(delayMs, this.askedAt + kUrgentAtMostEveryMs - this.now());
    // What is due sooner already stays: doubts that come one after the other put nothing off.
    if (this.timer !== null && this.dueAt <= due) return;
    if (due <= this.now()) void this.ask();
    else this.askIn(due - this.now());
  }

  /** What a screen says of itself. Null: nobody heard it, which changes nothing. */
  async report(figures: object): Promise<void> {
    if (this.state.kind !== 'enrolled') return;
    const { version } = this.state.settings;
    const reply = await this.request('POST', `${kAddress}/report`, figures);
    if (reply === null) return;
    const other = reply.status === 200 && field(reply.json, 'version') !== version;
    if (reply.status === 401) this.askSoon(0);
    else if (other) this.urgent();
  }

  private async ask(): Promise<void> {
    if (this.asking || this.ended) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.asking = true;
    this.askedAt = this.now();
    let reply = await this.request('GET', kAddress);
    if (reply?.status === 401) {
      this.options.remember('');
      if (this.state.kind === 'enrolled') this.become({ kind: 'unknown' });
      if (this.keepsNoCode()) {
        this.asking = false;
        this.become({ kind: 'cookieless' });
        if (!this.ended) this.askIn(this.codeUntil - this.now());
        return;
      }
      reply = await this.request('POST', `${kAddress}/code`, {});
      const life = reply?.status === 200 ? readWaiting(reply.json)?.lifeMs : undefined;
      if (life !== undefined) this.codeUntil = this.now() + life;
    } else if (reply?.status === 200) {
      this.codesLost = 0;
    }
    this.asking = false;
    if (!this.ended) this.askIn(this.take(reply));
  }

  /** Asking for one code after the other would fill the server's list, and nobody could type one. */
  private keepsNoCode(): boolean {
    this.codesLost = this.now() < this.codeUntil ? this.codesLost + 1 : 0;
    return this.codesLost >= kLostCodes;
  }

  /** @returns when to ask again. */
  private take(reply: Reply | null): number {
    const settings = reply?.status === 200 ? readSettings(reply.json) : null;
    const waiting = reply?.status === 200 ? readWaiting(reply.json) : null;
    if (settings || waiting) this.failures = 0;
    if (settings) {
      this.options.remember(JSON.stringify(reply?.json));
      this.become({ kind: 'enrolled', settings });
      return kRefreshMs * (0.75 + 0.5 * this.random());
    }
    if (waiting) {
      this.become({ kind: 'waiting', waiting });
      return (this.eager ? kEagerMs : kPatientMs) * (0.8 + 0.4 * this.random());
    }
    if (reply?.status === 404) return kAbsentMs;
    this.failures++;
    const own = Math.min(kLongestRetryMs, kFirstRetryMs * 2 ** Math.min(this.failures - 1, 10));
    const asked = Math.min(reply?.retryAfterMs ?? 0, kAbsentMs);
    return Math.max(own * (0.5 + 0.5 * this.random()), asked);
  }

  private askIn(delayMs: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.dueAt = this.now() + delayMs;
    this.timer = setTimeout(() => void this.ask(), delayMs);
  }

  private become(state: EnrolmentState): void {
    this.state = state;
    this.options.onchange(state);
  }

  /** Null: no answer. */
  private async request(method: string, address: string, body?: object): Promise<Reply | null> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), kTimeoutMs);
    try {
      const response = await this.fetch(address, {
        method,
        credentials: 'same-origin',
        cache: 'no-store',
        signal: deadline.signal,
        ...(body ? { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {}),
      });
      const json: unknown = await response.json().catch(() => null);
      // A network that wants a login first may answer anything: control's refusals are problems.
      const ours = field(json, 'status') === response.status;
      const status = response.status === 401 && !ours ? 0 : response.status;
      const wait = retryAfterMs(response.headers.get('Retry-After'), Date.now());
      return { status, json, retryAfterMs: wait };
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

function kept(text: string | null): ScreenSettings | null {
  if (!text) return null;
  try {
    return readSettings(JSON.parse(text));
  } catch {
    return null;
  }
}
