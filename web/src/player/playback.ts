/**
 * A LiveSession as Vue state: what the player, its controls and the state line share. It also
 * carries the page's events (network, visibility, leaving) to the session.
 */
import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { kIdle, LiveSession, type LiveStatus } from '../live/live_session';
import { Fallback } from '../live/fallback';
import type { Reception } from '../live/reception';
import { hlsAddress, whepAddress } from '../live/watch_token';
import { WhepClient } from '../whep';
import { HlsCover, type Way } from './hls_cover';
import { findLanguage } from './hls_language';
import type { WantedRendition } from './hls_rendition';
import { VideoSurface } from './video_surface';

const kNothingReceived: Reception = {
  framesDecoded: 0,
  videoPackets: 0,
  audioPackets: 0,
  width: null,
  height: null,
  framesPerSecond: null,
  instantMs: null,
  latencyMs: null,
  loss: null,
  jitterMs: null,
  bitsPerSecond: null,
};

/** What a person chose for the sound, and where that is kept. */
export interface SoundChoice {
  muted: boolean;
  /** 0..1 */
  volume: number;
}

export interface PlaybackOptions {
  channel: string;
  sound: SoundChoice;
  onsound(choice: SoundChoice): void;
  /** Language of the sound where a channel has two, a tag; empty: the channel's first. */
  audio?: string;
  /** With which a channel is watched that is not open; empty: none. */
  token?(channel: string): string;
  /** Of LiveSession. */
  spreadMs?: number;
  /** Shows the channel by HLS while it cannot be had by WebRTC, in the third element of begin(). Of Fallback. */
  fallback?: { spreadMs: number };
}

export interface Playback {
  status: ShallowRef<LiveStatus>;
  channel: Ref<string>;
  rendition: Ref<string>;
  audio: Ref<string>;
  muted: Ref<boolean>;
  volume: Ref<number>;
  /** The browser wants a gesture before it plays at all. */
  blocked: Ref<boolean>;
  /** The browser wants a gesture before there is sound; it is off meanwhile. */
  soundRefused: Ref<boolean>;
  online: Ref<boolean>;
  /** How the picture comes. */
  way: Ref<Way>;
  /** Whether a rendition can be chosen. */
  choosable: Ref<boolean>;
  /** Hands over the two video elements, and the one for HLS, and starts. */
  begin(videos: [HTMLVideoElement, HTMLVideoElement], cover?: HTMLVideoElement): void;
  /** `size`: of the rendition, by which it is found in a playlist. */
  tune(channel: string, rendition?: string, size?: WantedRendition): void;
  setAudio(audio: string): void;
  /** What the channel offers, whenever it is known: its tags. */
  offer(languages: string[]): void;
  setMuted(muted: boolean): void;
  setVolume(volume: number): void;
  /** Silence for something else that sounds; no choice of anybody, and not kept. */
  hush(silent: boolean): void;
  retryNow(): void;
  /** The token is another one, and the one before is about to end. `afterMs`: of LiveSession. */
  renew(afterMs?: number): void;
  /** Of LiveSession; null while HLS is shown. */
  statistics(): Promise<[string, unknown][] | null>;
  /** The video element on show, or null before begin(). */
  video(): HTMLVideoElement | null;
}

export function usePlayback(options: PlaybackOptions): Playback {
  const status = shallowRef<LiveStatus>(kIdle);
  const channel = ref(options.channel);
  const rendition = ref('');
  const audio = ref(options.audio ?? '');
  let offered: string | null = null;
  const muted = ref(options.sound.muted);
  const volume = ref(options.sound.volume);
  const blocked = ref(false);
  const soundRefused = ref(false);
  const online = ref(navigator.onLine);
  let surface: VideoSurface | null = null;
  let session: LiveSession | null = null;
  const way = ref<Way>('webrtc');
  const choosable = ref(true);
  let fallback: Fallback | null = null;
  let cover: HlsCover | null = null;
  let said: LiveStatus = kIdle;
  /** Of HLS, once it has a picture. */
  let covered: Reception | null = null;

  /** What HLS shows counts as what is shown. */
  const tell = () => {
    status.value =
      covered && fallback?.active
        ? { ...said, phase: 'playing', trouble: 'none', retryAt: null, detail: '', reception: covered, soundless: false }
        : said;
  };
  function prepareFallback(video: HTMLVideoElement) {
    cover = new HlsCover(video, {
      onplaying(by) {
        covered ??= { ...kNothingReceived };
        session?.rest(true);
        way.value = by;
        choosable.value = cover?.isChoosing ?? false;
        surface?.cover(video);
        tell();
      },
      onstill() {
        covered = null;
        session?.rest(false);
        tell();
      },
      onreception(reception) {
        if (!covered) return;
        covered = reception;
        tell();
      },
      onblocked: () => (blocked.value = true),
    });
    fallback = new Fallback({
      ...options.fallback,
      begin(last) {
        const name = channel.value;
        cover?.setAudio(audio.value);
        cover?.start(() => hlsAddress(name, options.token?.(name) ?? ''), last);
      },
      end() {
        session?.rest(false);
        cover?.stop();
        covered = null;
        way.value = 'webrtc';
        choosable.value = true;
        surface?.cover(null);
      },
    });
  }

  let hushed = false;
  const applySound = () => surface?.setSound(muted.value || hushed, volume.value);
  const choose = () => {
    soundRefused.value = false;
    options.onsound({ muted: muted.value, volume: volume.value });
    applySound();
  };
  const start = () => session?.play(channel.value, rendition.value, audio.value);

  const networkChanged = () => {
    online.value = navigator.onLine;
    if (navigator.onLine) session?.networkChanged();
  };
  const visible = () => {
    if (!document.hidden) session?.wake();
  };
  const leave = () => session?.leave();
  const comeBack = (event: PageTransitionEvent) => {
    if (event.persisted) start();
  };
  // Not every browser has the Network Information API.
  const radio = (navigator as { connection?: EventTarget }).connection;

  window.addEventListener('online', networkChanged);
  window.addEventListener('offline', networkChanged);
  window.addEventListener('pagehide', leave);
  window.addEventListener('pageshow', comeBack);
  document.addEventListener('visibilitychange', visible);
  radio?.addEventListener('change', networkChanged);
  onBeforeUnmount(() => {
    window.removeEventListener('online', networkChanged);
    window.removeEventListener('offline', networkChanged);
    window.removeEventListener('pagehide', leave);
    window.removeEventListener('pageshow', comeBack);
    document.removeEventListener('visibilitychange', visible);
    radio?.removeEventListener('change', networkChanged);
    leave();
    cover?.stop();
    surface?.clear();
  });

  return {
    status,
    channel,
    rendition,
    audio,
    muted,
    volume,
    blocked,
    soundRefused,
    online,
    way,
    choosable,
    begin(videos, over) {
      surface = new VideoSurface(videos, {
        onblocked: (refused) => (blocked.value = refused),
        onsoundrefused: () => {
          muted.value = true;
          soundRefused.value = true;
        },
      });
      applySound();
      session = new LiveSession({
        open: (name, wanted, language) =>
          new WhepClient({
            endpoint: whepAddress(name, options.token?.(name) ?? ''),
            rendition: wanted,
            audio: language,
          }),
        surface,
        spreadMs: options.spreadMs,
        onchange: (fresh) => {
          said = fresh;
          fallback?.update(fresh);
          tell();
        },
      });
      if (options.fallback && over) prepareFallback(over);
      start();
    },
    tune(name, wanted = '', size = null) {
      if (name === channel.value && wanted === rendition.value) return;
      const another = name !== channel.value;
      channel.value = name;
      rendition.value = wanted;
      cover?.setRendition(size);
      start();
      if (another) {
        covered = null;
        fallback?.retarget();
      }
    },
    setAudio(value) {
      if (value === audio.value) return;
      audio.value = value;
      cover?.setAudio(value);
      session?.setAudio(value);
    },
    offer(languages) {
      const tags = `${channel.value} ${languages.join(' ')}`;
      const another = offered !== null && offered !== tags;
      offered = tags;
      const there = findLanguage(languages.map((lang) => ({ lang })), audio.value) >= 0;
      if (another && there) session?.languagesChanged();
    },
    setMuted(value) {
      muted.value = value;
      if (!value && volume.value === 0) volume.value = 0.5;
      choose();
    },
    setVolume(value) {
      volume.value = Math.min(1, Math.max(0, value));
      muted.value = volume.value === 0;
      choose();
    },
    hush(silent) {
      hushed = silent;
      applySound();
    },
    retryNow: () => session?.wake(),
    renew(afterMs) {
      session?.renew(afterMs);
      cover?.renew();
    },
    statistics: async () => (covered ? null : ((await session?.statistics()) ?? null)),
    video: () => surface?.video ?? null,
  };
}
