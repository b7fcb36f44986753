/**
 * Plays a channel by HLS while WebRTC cannot be had: in low-latency mode; without it when that
 * stalls again and again, from the same place on; and by the browser's own player where Media
 * Source Extensions are missing. It begins where the last picture was, if that is still there, and
 * catches up gently. What fails is tried again, with growing patience; a picture that stands still is
 * not said to play. One channel at a time.
 */
import type HlsPlayer from 'hls.js';
import { retryDelayMs } from '../live/backoff';
import { catchUpRate, positionOf, resumePosition, type LastPicture, type LivePlaylist } from '../live/fallback';
import type { Reception } from '../live/reception';
import { StallWatch } from '../live/stall_watch';
import { chooseLanguage, chooseLanguageNatively } from './hls_language';
import { chooseRendition, findRendition, type WantedRendition } from './hls_rendition';
import { playsHls } from './native_hls';

/** How a picture comes to the page. */
export type Way = 'webrtc' | 'll-hls' | 'hls';

export interface HlsCoverEvents {
  /** The first picture is there, or one that moves again, or another way is taken. */
  onplaying(way: Way): void;
  /** The picture stands still. */
  onstill(): void;
  onreception(reception: Reception): void;
  /** The browser wants a gesture. */
  onblocked(): void;
}

const kStallsTooMany = 3;
const kStallWindowMs = 20_000;
const kCarefulMs = 60_000; // after a stall
const kFiguresMs = 1_000;
const kMendsApartMs = 10_000;

export class HlsCover {
  private hls: HlsPlayer | null = null;
  private way: Way = 'll-hls';
  private run = 0;
  private attempt = 0;
  private stalls: number[] = [];
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private figuresTimer: ReturnType<typeof setInterval> | null = null;
  private readonly watch = new StallWatch();
  private still = true;
  private mendedAt = -Infinity;
  private frames = 0;
  private audio = '';
  private rendition: WantedRendition = null;
  private address: () => string = () => '';

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly events: HlsCoverEvents,
  ) {
    video.addEventListener('playing', () => {
      this.attempt = 0;
      if (this.figuresTimer !== null) this.moves();
    });
    video.addEventListener('timeupdate', () => this.catchUp());
  }

  /** @param address of the channel's playlist, whenever it is fetched. */
  start(address: () => string, last: LastPicture | null): void {
    this.stop();
    this.address = address;
    this.way = 'll-hls';
    this.stalls = [];
    this.attempt = 0;
    const begun = performance.now();
    this.figuresTimer = setInterval(() => this.tellFigures(), kFiguresMs);
    void this.play((playlist) =>
      resumePosition(last && { ...last, agoMs: last.agoMs + performance.now() - begun }, playlist),
    );
  }

  /** Sound in that language, where there is one; empty: the channel's first. */
  setAudio(audio: string): void {
    this.audio = audio;
    if (this.hls) chooseLanguage(this.hls, audio);
    else chooseLanguageNatively(this.video, audio);
  }

  /** From the next segment on; null: what the line carries. */
  setRendition(rendition: WantedRendition): void {
    this.rendition = rendition;
    if (this.hls) chooseRendition(this.hls, rendition);
  }

  /** Whether a rendition can be chosen: the browser's own player chooses by itself. */
  get isChoosing(): boolean {
    return this.hls !== null;
  }

  /** The address has another token: its answer sets the cookie with which all the rest is asked for. */
  renew(): void {
    if (this.figuresTimer !== null) fetch(this.address(), { cache: 'no-store' }).catch(() => undefined);
  }

  stop(): void {
    this.run += 1;
    this.still = true;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    if (this.figuresTimer !== null) clearInterval(this.figuresTimer);
    this.retryTimer = this.figuresTimer = null;
    this.hls?.destroy();
    this.hls = null;
    this.video.removeAttribute('src');
    this.video.load();
  }

  private async play(begin: (details: LivePlaylist) => number | null) {
    const run = this.run;
    const module = await import('hls.js').catch(() => null);
    if (run !== this.run) return;
    if (!module) return this.again();
    const { default: Hls } = module;
    if (!Hls.isSupported()) {
      this.playNatively();
      return;
    }
    // How near it comes is decided here: hls.js would stay a second further back for ever after each stall.
    const hls = new Hls({ lowLatencyMode: this.way === 'll-hls', backBufferLength: 10, liveSyncOnStallIncrease: 0 });
    this.hls = hls;
    hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => chooseLanguage(hls, this.audio));
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      if (findRendition(hls.levels, this.rendition) >= 0) chooseRendition(hls, this.rendition);
    });
    let known: LivePlaylist | null = null;
    hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => {
      if (details.live) known = details;
    });
    // Once the first media have settled what time the playlist's is.
    const place = () => {
      const from = known && hls === this.hls ? begin(known) : null;
      if (from !== null) this.video.currentTime = from;
    };
    this.video.addEventListener('loadedmetadata', place, { once: true });
    hls.on(Hls.Events.ERROR, (_, error) => {
      if (error.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR && this.tooManyStalls()) {
        this.withoutLowLatency();
      } else if (error.fatal && error.type === Hls.ErrorTypes.MEDIA_ERROR && this.mayMend()) {
        hls.recoverMediaError();
      } else if (error.fatal) {
        this.again();
      }
    });
    hls.loadSource(this.address());
    hls.attachMedia(this.video);
    this.begin();
  }

  private playNatively(): void {
    if (!playsHls(this.video)) return;
    this.way = 'hls';
    this.video.src = this.address();
    this.video.onloadedmetadata = () => chooseLanguageNatively(this.video, this.audio);
    this.video.onerror = () => this.again();
    this.begin();
  }

  private begin(): void {
    this.video.play().catch((error: unknown) => {
      const refused = error instanceof DOMException && error.name === 'NotAllowedError';
      if (refused) this.events.onblocked();
    });
  }

  private catchUp(): void {
    const { hls, video } = this;
    if (!hls || this.way !== 'll-hls') return;
    const { buffered } = video;
    const end = buffered.length > 0 ? buffered.end(buffered.length - 1) : video.currentTime;
    const behind = hls.latency - (hls.targetLatency ?? hls.latency);
    const stalledLately = performance.now() - (this.stalls.at(-1) ?? -Infinity) < kCarefulMs;
    video.playbackRate = catchUpRate(behind, end - video.currentTime, stalledLately);
  }

  private tooManyStalls(): boolean {
    const now = performance.now();
    this.stalls = [...this.stalls.filter((at) => now - at < kStallWindowMs), now];
    return this.way === 'll-hls' && this.stalls.length >= kStallsTooMany;
  }

  private mayMend(): boolean {
    const now = performance.now();
    if (now - this.mendedAt < kMendsApartMs) return false;
    this.mendedAt = now;
    return true;
  }

  /** Plain HLS keeps more ahead of it; it goes on from where it stands. */
  private withoutLowLatency(): void {
    const at = this.hls?.playingDate?.getTime() ?? null;
    this.hls?.destroy();
    this.way = 'hls';
    this.video.playbackRate = 1;
    if (!this.still) this.events.onplaying(this.way);
    void this.play((details) => positionOf(details, at));
  }

  private again(): void {
    this.hls?.destroy();
    this.hls = null;
    this.attempt += 1;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(
      () => void this.play(() => null),
      retryDelayMs(this.attempt + 1, null, Math.random()),
    );
  }

  private moves(): void {
    this.still = false;
    this.watch.reset(performance.now());
    this.events.onplaying(this.way);
  }

  /** A page that nobody looks at is not always given pictures. */
  private lookWhetherItMoves(framesDecoded: number): void {
    const motion = this.watch.look({ framesDecoded, videoPackets: 0, audioPackets: 0 }, performance.now());
    const moving = motion === 'moving' || document.hidden;
    if (this.still && moving && framesDecoded > this.frames) this.moves();
    if (this.still || moving) return;
    this.still = true;
    this.events.onstill();
  }

  private tellFigures(): void {
    const { totalVideoFrames } = this.video.getVideoPlaybackQuality();
    this.lookWhetherItMoves(totalVideoFrames);
    const level = this.hls?.levels?.[this.hls.currentLevel];
    const latency = this.hls?.latency ?? 0;
    this.events.onreception({
      framesDecoded: totalVideoFrames,
      videoPackets: 0,
      audioPackets: 0,
      width: this.video.videoWidth || null,
      height: this.video.videoHeight || null,
      framesPerSecond: ((totalVideoFrames - this.frames) * 1000) / kFiguresMs,
      instantMs: this.hls?.playingDate?.getTime() ?? null,
      latencyMs: latency > 0 ? latency * 1000 : null,
      loss: null,
      jitterMs: null,
      bitsPerSecond: level?.averageBitrate || null,
    });
    this.frames = totalVideoFrames;
  }
}
