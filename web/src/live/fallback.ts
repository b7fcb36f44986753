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

/** The last picture that was shown. */
export interface LastPicture {
  agoMs: number;
  /** On the server's line of time, milliseconds since 1970; null: it is not known. */
  instantMs: number | null;
}

export interface FallbackOptions {
  /** `last`: null when there was none. */
  begin(last: LastPicture | null): void;
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
  private lastPicture: { at: number; instantMs: number | null } | null = null;
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
      const { framesDecoded: frames = -1, instantMs = null } = status.reception ?? {};
      if (frames !== this.frames || this.lastPicture === null) this.lastPicture = { at: this.now(), instantMs };
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
    const noRoom = trouble === 'busy' && this.lastPicture === null;
    const hopeless = noRoom || trouble === 'unsupported';
    const left = hopeless ? 0 : this.missingSince + this.patienceMs - this.now();
    if (left <= 0) this.begin();
    else this.timer ??= setTimeout(() => this.begin(), left);
  }

  /** Another channel is shown: what is shown in its place is another one, too. */
  retarget(): void {
    this.lastPicture = null;
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
    const { lastPicture: last } = this;
    this.options.begin(last && { agoMs: this.now() - last.at, instantMs: last.instantMs });
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

/** A live playlist as a player has it. Seconds are its own. */
export interface LivePlaylist {
  /** Where it ends, and so about the present. */
  edge: number;
  partHoldBack: number;
  holdBack: number;
  /** What it begins with. */
  fragmentStart: number;
  fragments: { start: number; duration: number; programDateTime: number | null }[];
}

/** Where an instant is in a playlist; null when it is not. */
export function positionOf({ fragments }: Pick<LivePlaylist, 'fragments'>, instantMs: number | null): number | null {
  if (instantMs === null) return null;
  for (const { start, duration, programDateTime } of fragments) {
    if (programDateTime === null) continue;
    const into = (instantMs - programDateTime) / 1000;
    if (into >= 0 && into < duration) return start + into;
  }
  return null;
}

/** A picture is known to be the last one by the next look at it: rather too much is shown twice than a gap. */
const kMarginS = 0.5;

/**
 * Where in a live playlist to begin so that what was seen last goes on: at its instant, or where it must be
 * by how long ago that was. Null: where a player begins by itself, since that is no later.
 */
export function resumePosition(last: LastPicture | null, playlist: LivePlaylist): number | null {
  if (last === null) return null;
  const { edge, partHoldBack, holdBack, fragmentStart } = playlist;
  const wanted = (positionOf(playlist, last.instantMs) ?? edge - last.agoMs / 1000) - kMarginS;
  // What left the window is gone; so is what nobody would wait for.
  const usual = edge - (partHoldBack || holdBack);
  return wanted < usual && wanted > fragmentStart ? wanted : null;
}

const kCatchUpRate = 1.1;
/** Nobody notices so much, and a look at it may be that late. */
const kNearS = 0.1;
/** As much is kept in hand: two parts; for a while after a stall, more than a usual line is late by. */
const kInHandS = 0.5;
const kInHandAfterStallS = 1.5;

/**
 * At what speed to play what is so far behind its place and has so much buffered. hls.js leaves what is further behind
 * than its target and a segment as far behind for ever (its issue 4681), and comes no nearer than a second.
 */
export function catchUpRate(behindS: number, bufferedS: number, stalledLately: boolean): number {
  const inHandS = stalledLately ? kInHandAfterStallS : kInHandS;
  return behindS > kNearS && bufferedS > inHandS ? kCatchUpRate : 1;
}
