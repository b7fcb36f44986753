/**
 * Plays a recording, or a session on air from its start, in a video element: by hls.js, or by the
 * browser's own player where Media Source Extensions are missing. What fails is tried again from where
 * it stood; a session that ends goes on at the same instant in its replay. It tells what it learns on the
 * way, of chapters and of languages, and knows no page.
 */
import type { default as HlsPlayer, LevelDetails } from 'hls.js';
import type { MessageKey } from '../i18n/messages';
import type { RenditionInfo, SoundLanguage } from '../live/channels';
import { positionOf } from '../live/fallback';
import { chooseLanguage, chooseLanguageNatively, findLanguage, languagesOf } from '../player/hls_language';
import { chooseRendition, findRendition, renditionAt, renditionsOf, type WantedRendition } from '../player/hls_rendition';
import { playsHls } from '../player/native_hls';
import { fetchChapters, readChapters, type ChapterMark } from './chapters';
import { instantOf } from './instants';

/** The recording of a session that is rewound. */
export interface RecordedSession {
  /** "/replay/ID". */
  folder: string;
  /** When it began, in milliseconds since 1970. */
  startMs: number;
}

export interface Recorded {
  /** "/replay/ID", "/hls/CHANNEL": what all of it is below. */
  folder: string;
  /** "index.m3u8" of a replay, "rewind.m3u8" of what is on air. */
  playlist: 'index.m3u8' | 'rewind.m3u8';
  /** Empty: none. */
  token: string;
  startS: number;
  /** An instant to begin at, rather than `startS`; null: none. */
  atMs: number | null;
  /** A language, where there are several; empty: the first. */
  audio: string;
}

export interface RecordedPlayerEvents {
  /** Why it does not play; null: it does. */
  ontrouble(words: MessageKey | null): void;
  onchapters(chapters: ChapterMark[]): void;
  /** When there are several. */
  onlanguages(languages: SoundLanguage[]): void;
  /** Which can be chosen; none of sound alone, and where the browser chooses by itself. */
  onrenditions(renditions: RenditionInfo[]): void;
  /** The one that is shown. */
  onrendition(shown: RenditionInfo | null): void;
  /** The session that was rewound is over: from here on its replay is played. */
  onover(): void;
}

const kRetryMs = 3_000;
/** Those who rewind a session do not all ask for its replay in one instant. */
const kSpreadMs = 2_000;
const kNearS = 0.1;
const kTroubles: Record<number, MessageKey> = {
  401: 'replay.forbidden',
  403: 'replay.forbidden',
  404: 'replay.gone',
};

export class RecordedPlayer {
  private hls: HlsPlayer | null = null;
  private run = 0;
  private fromS: number;
  private atMs: number | null;
  private audio: string;
  private soundOnly = false;
  private rendition: WantedRendition = null;
  private speed = 1;
  private languages: SoundLanguage[] = [];
  /** Of each language's playlist, where that is known. */
  private sounds: string[] = [];
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private session: RecordedSession | null = null;
  private details: LevelDetails | null = null;
  /** The first segment of what is rewound: of another session it is another one. */
  private firstSegment: number | null = null;
  private over = false;
  private overTimer: ReturnType<typeof setTimeout> | null = null;
  /** Somebody paused it. */
  private held = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private recorded: Recorded,
    private readonly events: RecordedPlayerEvents,
  ) {
    this.fromS = recorded.startS;
    this.atMs = recorded.atMs;
    this.audio = recorded.audio;
  }

  async play(): Promise<void> {
    const run = ++this.run;
    const module = await import('hls.js').catch(() => null);
    if (run !== this.run) return;
    if (!module) return this.failed(0);
    const { default: Hls } = module;
    if (Hls.isSupported()) this.playBy(Hls);
    else if (playsHls(this.video)) this.playNatively();
    else this.events.ontrouble('replay.unsupported');
  }

  stop(): void {
    this.run += 1;
    for (const timer of [this.retryTimer, this.overTimer]) if (timer !== null) clearTimeout(timer);
    this.retryTimer = this.overTimer = null;
    const { video } = this;
    if (video.currentTime > 0) {
      this.held = video.paused;
      this.atMs = this.rewinds ? this.instant() : null;
      this.fromS = video.currentTime;
    }
    this.hls?.destroy();
    this.hls = this.details = null;
    video.onerror = video.onplaying = video.onloadedmetadata = null;
    video.removeAttribute('src');
    video.load();
  }

  /** As soon as it is known of what is rewound. */
  setSession(session: RecordedSession): void {
    this.session = session;
    if (this.over) this.goOnInReplay();
  }

  /** The instant on show, in milliseconds since 1970; null: it is not known. */
  instant(): number | null {
    const { video, details } = this;
    if (video.currentTime <= 0) return this.atMs;
    if (details) return instantOf(details.fragments, video.currentTime);
    // Of a replay it would be wrong behind a hole that was cut out.
    const begun = this.rewinds ? (video as { getStartDate?(): Date }).getStartDate?.().getTime() : undefined;
    return begun !== undefined && Number.isFinite(begun) ? Math.floor(begun + video.currentTime * 1000) : null;
  }

  setSpeed(rate: number): void {
    this.speed = rate;
    this.video.playbackRate = rate;
  }

  setSoundOnly(soundOnly: boolean): void {
    this.soundOnly = soundOnly;
    this.restart();
  }

  setAudio(audio: string): void {
    this.audio = audio;
    if (this.soundOnly) this.restart();
    else if (this.hls) chooseLanguage(this.hls, audio);
    else chooseLanguageNatively(this.video, audio);
  }

  /** From the next segment on; null: what the line carries. */
  setRendition(rendition: WantedRendition): void {
    this.rendition = rendition;
    if (this.hls) chooseRendition(this.hls, rendition);
  }

  private get rewinds(): boolean {
    return this.recorded.playlist === 'rewind.m3u8';
  }

  private restart(): void {
    this.stop();
    void this.play();
  }

  /** Where to begin stands in the playlist. The token goes on by a cookie, for all that is below its folder. */
  private address(): string {
    const { folder, playlist, token } = this.recorded;
    const heard = findLanguage(this.languages.map(({ tag }) => ({ lang: tag })), this.audio);
    // Its sound alone costs a twentieth.
    const sound = this.sounds[heard] ?? `${folder}/audio/${playlist}`;
    const { atMs, session } = this;
    // What is rewound has no holes cut out.
    const fromS = this.rewinds && atMs !== null && session ? Math.max(0, (atMs - session.startMs) / 1000) : this.fromS;
    const begin = atMs !== null && !this.rewinds ? `at=${atMs}` : `t=${fromS.toFixed(3)}`;
    const leave = token ? `&token=${encodeURIComponent(token)}` : '';
    return `${this.soundOnly ? sound : `${folder}/${playlist}`}?${begin}${leave}`;
  }

  private playBy(Hls: typeof HlsPlayer): void {
    const hls = new Hls({
      backBufferLength: 30,
      lowLatencyMode: this.rewinds,
      // hls.js takes its own setting for the live edge when what the playlist says lies a millisecond
      // before the first segment, as sound and picture are aligned.
      startPosition: this.soundOnly && this.atMs === null ? this.fromS : -1,
      // The page has its own list of chapters.
      enableDateRangeMetadataCues: false,
      // The browser has the captions that a recording was given whole, with and without a picture.
      enableWebVTT: false,
      captionsTextTrack1LanguageCode: '',
      enableIMSC1: false,
      subtitleTrackController: undefined,
      subtitleStreamController: undefined,
    });
    this.hls = hls;
    hls.on(Hls.Events.ERROR, (_, error) => {
      if (!error.fatal) return;
      if (error.type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else this.failed(error.response?.code ?? 0);
    });
    hls.on(Hls.Events.FRAG_BUFFERED, () => this.events.ontrouble(null));
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.events.onrenditions(renditionsOf(hls.levels));
      if (findRendition(hls.levels, this.rendition) >= 0) chooseRendition(hls, this.rendition);
    });
    hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => this.events.onrendition(renditionAt(hls.levels, level)));
    hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => {
      const tracks = hls.audioTracks.filter(({ lang }) => lang);
      if (tracks.length < 2) return;
      this.sounds = tracks.map(({ url }) => new URL(url, location.href).pathname);
      this.tell(tracks.map(({ lang = '', name }) => ({ tag: lang, name })));
      chooseLanguage(hls, this.audio);
    });
    // Also those that are marked while one watches.
    hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
      if (this.rewinds && this.isAnother(details)) return this.goOnInReplay();
      this.details = details;
      this.events.onchapters(readChapters(Object.values(details.dateRanges)));
      if (this.rewinds && !details.live) this.goOnInReplay();
    });
    this.placeOnceLoaded(hls);
    hls.loadSource(this.address());
    hls.attachMedia(this.video);
    this.begin();
  }

  /** What is rewound begins at a segment's start, and sound alone where hls.js likes. */
  private placeOnceLoaded(hls: HlsPlayer): void {
    const { video, atMs } = this;
    if (atMs === null || !(this.rewinds || this.soundOnly)) return;
    const place = () => {
      const from = hls === this.hls && this.details ? positionOf(this.details, atMs) : null;
      if (from !== null && Math.abs(from - video.currentTime) > kNearS) video.currentTime = from;
    };
    video.addEventListener('loadedmetadata', place, { once: true });
  }

  private isAnother({ startSN }: LevelDetails): boolean {
    this.firstSegment ??= startSN;
    return startSN !== this.firstSegment;
  }

  /** Within a moment, or once it is known whose replay that is. */
  private goOnInReplay(): void {
    this.over = true;
    if (!this.session) return;
    this.overTimer ??= setTimeout(() => this.turnToReplay(), this.details ? kSpreadMs * Math.random() : 0);
  }

  private turnToReplay(): void {
    const { session } = this;
    if (!session || !this.rewinds) return;
    const atMs = this.instant();
    this.stop();
    this.atMs = atMs ?? this.atMs;
    this.recorded = { ...this.recorded, folder: session.folder, playlist: 'index.m3u8' };
    // Those of the channel are elsewhere.
    this.sounds = [];
    this.events.ontrouble(null);
    this.events.onover();
    void this.play();
  }

  private playNatively(): void {
    const { video } = this;
    const address = this.address();
    video.onloadedmetadata = () => {
      // Not every player heeds where a playlist says to begin.
      if (this.atMs === null && this.fromS > 0) video.currentTime = this.fromS;
      const languages = languagesOf(video);
      if (languages.length > 1) this.tell(languages);
      chooseLanguageNatively(video, this.audio);
    };
    video.onplaying = () => this.events.ontrouble(null);
    video.onerror = () => void this.failedNatively(address);
    video.src = address;
    this.begin();
    if (this.recorded.playlist === 'index.m3u8') void this.fetchChapters();
  }

  private begin(): void {
    this.video.playbackRate = this.speed;
    if (this.held) return;
    // A browser that wants a gesture first: the page's button waits for one.
    this.video.play().catch(() => undefined);
  }

  private tell(languages: SoundLanguage[]): void {
    this.languages = languages;
    this.events.onlanguages(languages);
  }

  private async fetchChapters(): Promise<void> {
    const { folder, token } = this.recorded;
    const chapters = await fetchChapters(`${folder}/chapters.json`, token);
    if (chapters.length > 0) this.events.onchapters(chapters);
  }

  /** The browser does not say what the server answered. */
  private async failedNatively(address: string): Promise<void> {
    const { run } = this;
    const answer = await fetch(address).catch(() => null);
    if (run === this.run) this.failed(answer?.status ?? 0);
  }

  private failed(status: number): void {
    if (this.rewinds && status === 404 && this.session) return this.goOnInReplay();
    this.stop();
    this.events.ontrouble(kTroubles[status] ?? 'replay.trouble');
    this.retryTimer = setTimeout(() => void this.play(), kRetryMs);
  }
}
