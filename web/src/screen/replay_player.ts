/**
 * Keeps a video element at an instant of a recording, by HLS, be it hls.js' or the browser's own: told several times a second what is to
 * be on the screen, it fetches that, goes there, and stays there by playing a little faster or slower.
 * What fails is tried again with growing patience, without end; what stands still, or of which nothing
 * is there at that instant, is not shown. It knows no rule and no clock but the one it is told.
 */
import type HlsPlayer from 'hls.js';
import { retryDelayMs } from '../live/backoff';
import { chooseLanguage, chooseLanguageNatively } from '../player/hls_language';
import { playsHls } from '../player/native_hls';
import { fetchPieces, placeOf, type Piece } from './pieces';

export interface ReplayPlayerEvents {
  /** The picture is where it is to be and moves, or no longer. */
  onshown(shown: boolean): void;
}

/** Farther off than this it jumps, at most so often. */
const kJumpS = 1;
const kJumpsApartMs = 2_500;
/** As far off as nobody sees between two screens, or hears in a hall. */
const kInStepS = 0.06;
const kMostFaster = 0.06;
const kShownWithinS = 2.5;
const kStandsStillMs = 2_500;
const kAheadMs = 400;

export class ReplayPlayer {
  private hls: HlsPlayer | null = null;
  private loaded = false;
  private recording = '';
  private run = 0;
  private pieces: Piece[] | null = null;
  private attempt = 0;
  private retryAt = 0;
  private jumpedAt = -Infinity;
  private mendedAt = -Infinity;
  private moved = { at: 0, time: -1 };
  private shown = false;
  private refusedSound = false;
  private audio = '';

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly events: ReplayPlayerEvents,
  ) {}

  /**
   * @param recording its id.
   * @param address of its playlist, whenever it is fetched.
   * @param running false: it is to wait there.
   */
  keepAt(recording: string, address: () => string, atMs: number, running: boolean): void {
    if (recording !== this.recording) {
      this.stop();
      this.recording = recording;
    }
    if (!this.loaded) {
      if (performance.now() >= this.retryAt) void this.load(address(), atMs);
      this.show(false);
      return;
    }
    const place = this.pieces && placeOf(this.pieces, atMs);
    if (place === null) {
      if (this.pieces && !this.video.paused) this.video.pause();
      this.show(false);
      return;
    }
    this.follow(place, running);
  }

  stop(): void {
    this.run += 1;
    this.recording = '';
    this.attempt = 0;
    this.retryAt = 0;
    this.drop();
    this.show(false);
  }

  /** Sound in that language, where there is one; empty: the first. */
  setAudio(audio: string): void {
    this.audio = audio;
    if (this.hls) chooseLanguage(this.hls, audio);
    else if (this.loaded) chooseLanguageNatively(this.video, audio);
  }

  setSound(muted: boolean, volume: number): void {
    this.video.volume = volume;
    this.video.muted = muted || this.refusedSound;
  }

  private follow(place: number, running: boolean): void {
    const { video } = this;
    const now = performance.now();
    const offS = place - video.currentTime;
    if (Math.abs(offS) > kJumpS && now - this.jumpedAt > kJumpsApartMs && video.readyState > 0) {
      this.jumpedAt = now;
      video.currentTime = place + (running ? kAheadMs / 1000 : 0);
    }
    const hurry = Math.min(kMostFaster, Math.max(-kMostFaster, offS / 5));
    video.playbackRate = Math.abs(offS) < kInStepS ? 1 : 1 + hurry;
    // The browser's own player may fetch nothing before it is to play.
    const ready = !this.hls || video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    if (running && video.paused && ready) this.play();
    if (!running && !video.paused) video.pause();
    if (video.currentTime !== this.moved.time) this.moved = { at: now, time: video.currentTime };
    const moves = running && !video.paused && now - this.moved.at < kStandsStillMs;
    this.show(moves && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && Math.abs(offS) < kShownWithinS);
  }

  private play(): void {
    this.video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      // The browser wants a gesture before there is sound.
      this.refusedSound = true;
      this.video.muted = true;
    });
  }

  /** Sound that was refused is tried again: somebody was here. */
  allowSound(): void {
    this.refusedSound = false;
  }

  private show(shown: boolean): void {
    if (shown === this.shown) return;
    this.shown = shown;
    if (shown) this.attempt = 0;
    this.events.onshown(shown);
  }

  private async load(playlist: string, atMs: number): Promise<void> {
    const run = ++this.run;
    this.retryAt = Infinity; // while it is fetched
    const module = await import('hls.js').catch(() => null);
    if (run !== this.run) return;
    if (!module) return this.failed();
    const { default: Hls } = module;
    // Where to begin stands in the playlist.
    const address = `${playlist}${playlist.includes('?') ? '&' : '?'}at=${Math.round(atMs)}`;
    if (!Hls.isSupported()) {
      if (playsHls(this.video)) await this.loadNatively(address);
      return;
    }
    const hls = new Hls({
      backBufferLength: 10,
      maxBufferLength: 20,
      capLevelToPlayerSize: true,
      enableDateRangeMetadataCues: false,
    });
    this.hls = hls;
    this.loaded = true;
    hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => chooseLanguage(hls, this.audio));
    hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
      if (hls === this.hls) this.pieces = details.fragments;
    });
    hls.on(Hls.Events.ERROR, (_, error) => {
      if (!error.fatal || hls !== this.hls) return;
      const now = performance.now();
      if (error.type === Hls.ErrorTypes.MEDIA_ERROR && now - this.mendedAt > 10_000) {
        this.mendedAt = now;
        hls.recoverMediaError();
      } else {
        this.failed();
      }
    });
    hls.loadSource(address);
    hls.attachMedia(this.video);
  }

  private async loadNatively(address: string): Promise<void> {
    const { run, video } = this;
    const pieces = await fetchPieces(address).catch(() => null);
    if (run !== this.run) return;
    if (!pieces) return this.failed();
    this.pieces = pieces;
    this.loaded = true;
    video.onloadedmetadata = () => chooseLanguageNatively(video, this.audio);
    video.onerror = () => this.failed();
    video.src = address;
    video.load();
  }

  private failed(): void {
    this.drop();
    this.attempt += 1;
    this.retryAt = performance.now() + retryDelayMs(this.attempt + 1, null, Math.random());
    this.show(false);
  }

  private drop(): void {
    if (this.loaded && !this.hls) {
      this.video.onerror = this.video.onloadedmetadata = null;
      this.video.removeAttribute('src');
      this.video.load();
    }
    this.hls?.destroy();
    this.hls = null;
    this.loaded = false;
    this.pieces = null;
    this.moved = { at: 0, time: -1 };
  }
}
