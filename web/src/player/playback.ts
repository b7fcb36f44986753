/**
 * A LiveSession as Vue state: what the player, its controls and the state line share. It also
 * carries the page's events (network, visibility, leaving) to the session.
 */
import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { LiveSession, type LiveStatus } from '../live/live_session';
import { recall, remember } from '../preference';
import { WhepClient } from '../whep';
import { VideoSurface } from './video_surface';

const kVolumeKey = 'longmen.volume';
const kSoundKey = 'longmen.sound';

export interface Playback {
  status: ShallowRef<LiveStatus>;
  channel: Ref<string>;
  rendition: Ref<string>;
  muted: Ref<boolean>;
  volume: Ref<number>;
  /** The browser wants a gesture before it plays at all. */
  blocked: Ref<boolean>;
  online: Ref<boolean>;
  /** Hands over the two video elements and starts. */
  begin(videos: [HTMLVideoElement, HTMLVideoElement]): void;
  tune(channel: string, rendition?: string): void;
  setMuted(muted: boolean): void;
  setVolume(volume: number): void;
  retryNow(): void;
  /** The video element on show, or null before begin(). */
  video(): HTMLVideoElement | null;
}

export function usePlayback(firstChannel: string): Playback {
  const status = shallowRef<LiveStatus>({
    phase: 'idle',
    trouble: 'none',
    retryAt: null,
    attempt: 0,
    detail: '',
    reception: null,
  });
  const channel = ref(firstChannel);
  const rendition = ref('');
  const muted = ref(recall(kSoundKey) !== 'on');
  const volume = ref(keptVolume());
  const blocked = ref(false);
  const online = ref(navigator.onLine);
  let surface: VideoSurface | null = null;
  let session: LiveSession | null = null;

  const applySound = () => surface?.setSound(muted.value, volume.value);
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
    online,
    begin(videos) {
      surface = new VideoSurface(videos, {
        onblocked: (refused) => (blocked.value = refused),
        onsoundrefused: () => (muted.value = true),
      });
      applySound();
      session = new LiveSession({
        open: (name, wanted) =>
          new WhepClient({ endpoint: `/whep/${encodeURIComponent(name)}`, rendition: wanted }),
        surface,
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
      remember(kSoundKey, value ? 'off' : 'on');
      applySound();
    },
    setVolume(value) {
      volume.value = Math.min(1, Math.max(0, value));
      muted.value = volume.value === 0;
      remember(kVolumeKey, String(volume.value));
      remember(kSoundKey, muted.value ? 'off' : 'on');
      applySound();
    },
    retryNow: () => session?.wake(),
    video: () => surface?.video ?? null,
  };
}

function keptVolume(): number {
  const kept = Number.parseFloat(recall(kVolumeKey) ?? '');
  return kept > 0 && kept <= 1 ? kept : 1;
}
