/**
 * A LiveSession as Vue state: what the player, its controls and the state line share. It also
 * carries the page's events (network, visibility, leaving) to the session.
 */
import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { kIdle, LiveSession, type LiveStatus } from '../live/live_session';
import { whepAddress } from '../live/watch_token';
import { WhepClient } from '../whep';
import { VideoSurface } from './video_surface';

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
  /** With which a channel is watched that is not open; empty: none. */
  token?(channel: string): string;
  /** Of LiveSession. */
  spreadMs?: number;
}

export interface Playback {
  status: ShallowRef<LiveStatus>;
  channel: Ref<string>;
  rendition: Ref<string>;
  muted: Ref<boolean>;
  volume: Ref<number>;
  /** The browser wants a gesture before it plays at all. */
  blocked: Ref<boolean>;
  /** The browser wants a gesture before there is sound; it is off meanwhile. */
  soundRefused: Ref<boolean>;
  online: Ref<boolean>;
  /** Hands over the two video elements and starts. */
  begin(videos: [HTMLVideoElement, HTMLVideoElement]): void;
  tune(channel: string, rendition?: string): void;
  setMuted(muted: boolean): void;
  setVolume(volume: number): void;
  /** Silence for something else that sounds; no choice of anybody, and not kept. */
  hush(silent: boolean): void;
  retryNow(): void;
  /** Of LiveSession: the token is another one, and the one before is about to end. */
  renew(afterMs?: number): void;
  /** Of LiveSession. */
  statistics(): Promise<[string, unknown][] | null>;
  /** The video element on show, or null before begin(). */
  video(): HTMLVideoElement | null;
}

export function usePlayback(options: PlaybackOptions): Playback {
  const status = shallowRef<LiveStatus>(kIdle);
  const channel = ref(options.channel);
  const rendition = ref('');
  const muted = ref(options.sound.muted);
  const volume = ref(options.sound.volume);
  const blocked = ref(false);
  const soundRefused = ref(false);
  const online = ref(navigator.onLine);
  let surface: VideoSurface | null = null;
  let session: LiveSession | null = null;

  let hushed = false;
  const applySound = () => surface?.setSound(muted.value || hushed, volume.value);
  const choose = () => {
    soundRefused.value = false;
    options.onsound({ muted: muted.value, volume: volume.value });
    applySound();
  };
  const start = () => session?.play(channel.value, rendition.value);

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
    surface?.clear();
  });

  return {
    status,
    channel,
    rendition,
    muted,
    volume,
    blocked,
    soundRefused,
    online,
    begin(videos) {
      surface = new VideoSurface(videos, {
        onblocked: (refused) => (blocked.value = refused),
        onsoundrefused: () => {
          muted.value = true;
          soundRefused.value = true;
        },
      });
      applySound();
      session = new LiveSession({
        open: (name, wanted) =>
          new WhepClient({
            endpoint: whepAddress(name, options.token?.(name) ?? ''),
            rendition: wanted,
          }),
        surface,
        spreadMs: options.spreadMs,
        onchange: (fresh) => (status.value = fresh),
      });
      start();
    },
    tune(name, wanted = '') {
      if (name === channel.value && wanted === rendition.value) return;
      channel.value = name;
      rendition.value = wanted;
      start();
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
    renew: (afterMs) => session?.renew(afterMs),
    statistics: async () => (await session?.statistics()) ?? null,
    video: () => surface?.video ?? null,
  };
}
