/**
 * When something else is to be shown in place of a WebRTC connection that cannot be had: at once
 * when the server has no room for who comes or the browser no WebRTC, and after kPatienceMs without
 * a picture in any other case, be it that no answer came, that UDP is blocked, or that the relay is away. Not
 * when whoever asks may not watch, nor when there is no channel, which HLS would not change; nor
 * when the link is too thin for a picture, which HLS would make thinner. It ends with the first
 * picture that WebRTC brings. It knows neither HLS nor the DOM.
 */
import type { LiveStatus } from './live_session';

export const kPatienceMs = 3_000;

export interface FallbackOptions {
  /** `stoppedAgoMs`: how long ago the last picture was shown; null when there was none. */
  begin(stoppedAgoMs: number | null): void;
  end(): void;
  /** What many lose together they do not all ask for by HLS in one instant: each waits up to so much longer. Default 0. */
  spreadMs?: number;
  random?: () => number;
  now?: () => number;
}

export class Fallback {
  private readonly now: () => number;
  private readonly patienceMs: number;
  private covering = false;
  private missingSince: number | null = null;
  private lastPictureAt: number | null = null;
  private frames = -1;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: FallbackOptions) {
    this.now = options.now ?? (() => performance.now());
    this.patienceMs = kPatienceMs + (options.random ?? Math.random)() * (options.spreadMs ?? 0);
  }

  get active(): boolean {
    return this.covering;
  }

  /** Whatever the session says, each time it says it. */
  update(status: LiveStatus): void {
    const { phase, trouble } = status;
    if (phase === 'playing') {
      const frames = status.reception?.framesDecoded ?? -1;
      if (frames !== this.frames || this.lastPictureAt === null) this.lastPictureAt = this.now();
      this.frames = frames;
      this.stop();
      return;
    }
    if (phase === 'idle' || trouble === 'absent' || trouble === 'refused' || trouble === 'thin') {
      this.stop();
      return;
    }
    this.missingSince ??= this.now();
    if (this.covering) return;
    // A relay that was killed has no room for a second; then it has.
    const noRoom = trouble === 'busy' && this.lastPictureAt === null;
    const hopeless = noRoom || trouble === 'unsupported';
    const left = hopeless ? 0 : this.missingSince + this.patienceMs - this.now();
    if (left <= 0) this.begin();
    else this.timer ??= setTimeout(() => this.begin(), left);
  }

  /** Another channel is shown: what is shown in its place is another one, too. */
  retarget(): void {
    this.lastPictureAt = null;
    this.frames = -1;
    if (!this.covering) {
      this.stop();
      return;
    }
    this.options.end();
    this.options.begin(null);
  }

  private begin(): void {
    this.clearTimer();
    this.covering = true;
    this.options.begin(this.lastPictureAt === null ? null : this.now() - this.lastPictureAt);
  }

  private stop(): void {
    this.clearTimer();
    this.missingSince = null;
    if (!this.covering) return;
    this.covering = false;
    this.options.end();
  }

  private clearTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

/** What lies between a picture and when it can be had by HLS; rather too much than a gap. */
const kMarginS = 0.5;

/**
 * Where in a live playlist to begin so that what was seen last goes on, in seconds of the playlist;
 * null: where it begins by itself, since that is no later.
 *
 * @param edge where the playlist ends, and so about the present.
 * @param usual where a player begins by itself.
 * @param first what the playlist begins with.
 */
export function resumePosition(
  stoppedAgoMs: number | null,
  edge: number,
  usual: number,
  first: number,
): number | null {
  if (stoppedAgoMs === null) return null;
  const wanted = edge - stoppedAgoMs / 1000 - kMarginS;
  // What left the window is gone; so is what nobody would wait for.
  return wanted < usual && wanted > first ? wanted : null;
}
