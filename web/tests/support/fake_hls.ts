/** What pages ask of a video element, and of hls.js, which a test then says the events of. */

export class FakeVideo extends EventTarget {
  src = '';
  currentSrc = '';
  srcObject: unknown = null;
  currentTime = 0;
  duration = NaN;
  playbackRate = 1;
  muted = false;
  volume = 1;
  paused = true;
  ended = false;
  readyState = 0;
  frames = 0;
  /** Up to where there is media. */
  bufferedTo: number | null = null;
  audioTracks: { language: string; label: string; enabled: boolean }[] = [];
  readonly attributes = new Set<string>();
  playable = 'maybe';
  plays = 0;
  error: unknown = null;
  /** Whom a browser would not let play. */
  refuses: (video: FakeVideo) => boolean = () => false;
  onloadedmetadata: (() => void) | null = null;
  onplaying: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onpause: (() => void) | null = null;

  override dispatchEvent(event: Event): boolean {
    const own = this[`on${event.type}` as 'onplaying'];
    own?.call(this);
    return super.dispatchEvent(event);
  }
  play(): Promise<void> {
    this.plays += 1;
    if (this.refuses(this)) return Promise.reject(new DOMException('a gesture first', 'NotAllowedError'));
    this.paused = false;
    return Promise.resolve();
  }
  pause(): void {
    this.paused = true;
  }
  load(): void {
    this.currentTime = 0;
    this.paused = true;
  }
  canPlayType(): string {
    return this.playable;
  }
  get buffered() {
    return { length: this.bufferedTo === null ? 0 : 1, end: () => this.bufferedTo ?? 0 };
  }
  getVideoPlaybackQuality() {
    return { totalVideoFrames: this.frames };
  }
  toggleAttribute(name: string, on: boolean): void {
    if (on) this.attributes.add(name);
    else this.attributes.delete(name);
  }
  removeAttribute(name: string): void {
    if (name === 'src') this.src = '';
  }
}
export const asVideo = (video: FakeVideo) => video as unknown as HTMLVideoElement;

type Listener = (event: string, data: unknown) => void;

export class FakeHls {
  static readonly Events = {
    ERROR: 'hlsError',
    AUDIO_TRACKS_UPDATED: 'hlsAudioTracksUpdated',
    MANIFEST_PARSED: 'hlsManifestParsed',
    LEVEL_SWITCHED: 'hlsLevelSwitched',
    LEVEL_LOADED: 'hlsLevelLoaded',
    LEVEL_UPDATED: 'hlsLevelUpdated',
    FRAG_BUFFERED: 'hlsFragBuffered',
  };
  static readonly ErrorTypes = { MEDIA_ERROR: 'mediaError', NETWORK_ERROR: 'networkError' };
  static readonly ErrorDetails = { BUFFER_STALLED_ERROR: 'bufferStalledError' };
  static supported = true;
  static made: FakeHls[] = [];

  static isSupported = () => FakeHls.supported;
  static get last(): FakeHls {
    return FakeHls.made[FakeHls.made.length - 1];
  }
  static reset(): void {
    FakeHls.supported = true;
    FakeHls.made = [];
  }

  source = '';
  destroyed = false;
  mended = 0;
  latency = 0;
  targetLatency: number | null = null;
  playingDate: Date | null = null;
  levels: { width: number; height: number; bitrate: number; averageBitrate: number }[] = [];
  currentLevel = -1;
  nextLevel = -1;
  audioTracks: { lang?: string; name: string; url: string }[] = [];
  audioTrack = 0;
  private readonly listeners = new Map<string, Listener[]>();

  constructor(readonly config: Record<string, unknown>) {
    FakeHls.made.push(this);
  }
  on(event: string, listener: Listener): void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }
  say(event: string, data: unknown = {}): void {
    for (const listener of this.listeners.get(event) ?? []) listener(event, data);
  }
  /** `status`: of the answer that was none. */
  fail(type: string, details = '', fatal = true, status = 0): void {
    this.say(FakeHls.Events.ERROR, { type, details, fatal, response: { code: status } });
  }
  loadSource(address: string): void {
    this.source = address;
  }
  attachMedia(): void {}
  recoverMediaError(): void {
    this.mended += 1;
  }
  destroy(): void {
    this.destroyed = true;
  }
}
