/**
 * Replays on a screen whose channel has nothing on: asks control for the programme, and has the player
 * follow it. Where nobody knows any more whether something is live, nothing is replayed.
 */
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, type ComputedRef, type Ref } from 'vue';
import { fetchJson } from '../live/json';
import { ReplayPlayer } from './replay_player';
import { ServerClock } from './server_clock';
import { TrafficJump } from './traffic_jump';
import { readProgramme, showingAt, type Showing, type WallProgramme, type WallReplay } from './wall_replay';

/** While something is replayed, and where no rule is in force. */
const kAskMs = 8_000;
const kAskRarelyMs = 45_000;
const kStaleMs = 40_000;
const kTickMs = 250;
const kLookMs = 1_000;
const kHastenAtMostEveryMs = 3_000;
/** Screens that show the same second fetch it one after the other: within so much of the pause. */
const kSpreadOfPause = 0.6;
/** The monotonic clock stood still meanwhile: the device slept, or its own clock was set. */
const kClockJumpMs = 5_000;

export interface WallReplayOptions {
  channel: string;
  /** With which the channel is watched; empty: none. */
  token(): string;
  /** Language of the sound; empty: the first. */
  audio(): string;
  /** Nothing is known that forbids it: a rehearsal on this screen, something live. */
  allowed(): boolean;
  /** Of the live connection. */
  statistics(): Promise<[string, unknown][] | null>;
}

export interface WallReplays {
  /** On the screen now; null: nothing is replayed. */
  shown: ComputedRef<WallReplay | null>;
  programme: Ref<WallProgramme | null>;
  /** The server's time of day; null: it is not known. */
  now(): number | null;
  begin(video: HTMLVideoElement): void;
  setSound(muted: boolean, volume: number): void;
  allowSound(): void;
}

export function useWallReplay(options: WallReplayOptions): WallReplays {
  const programme = shallowRef<WallProgramme | null>(null);
  const current = shallowRef<WallReplay | null>(null);
  const moving = ref(false);
  const clock = new ServerClock();
  const jump = new TrafficJump();
  const draw = Math.random();
  let clocksApart = Date.now() - performance.now();
  let player: ReplayPlayer | null = null;
  let answeredAt = -Infinity;
  let hastenedAt = -Infinity;
  let askTimer: ReturnType<typeof setTimeout> | null = null;
  let tickTimer: ReturnType<typeof setInterval> | null = null;
  let lookTimer: ReturnType<typeof setInterval> | null = null;
  let asking = false;
  let ended = false;

  const withToken = (address: string) => {
    const token = options.token();
    return token ? `${address}?token=${encodeURIComponent(token)}` : address;
  };

  async function ask() {
    if (asking || ended) return;
    if (askTimer !== null) clearTimeout(askTimer);
    asking = true;
    const asked = performance.now();
    try {
      const json = await fetchJson(
        withToken(`/api/v1/channels/${encodeURIComponent(options.channel)}/wall-replay`),
        fetch,
      );
      const fresh = readProgramme(json);
      if (fresh) {
        answeredAt = performance.now();
        clock.learn(Number((json as { now_ms: number }).now_ms), asked, answeredAt);
        programme.value = fresh;
      }
    } catch {
      // Asked again; what was known goes stale.
    }
    asking = false;
    if (ended) return;
    const period = programme.value?.on ? kAskMs : kAskRarelyMs;
    askTimer = setTimeout(() => void ask(), period * (0.8 + 0.4 * Math.random()));
  }

  function showing(): Showing {
    const now = performance.now();
    const serverMs = clock.at(now);
    const known = programme.value !== null && serverMs !== null && now - answeredAt < kStaleMs;
    if (!known || !options.allowed()) return { kind: 'idle' };
    return showingAt(programme.value!, serverMs!);
  }

  function mindSleep() {
    const apart = Date.now() - performance.now();
    if (Math.abs(apart - clocksApart) < kClockJumpMs) return;
    clocksApart = apart;
    clock.forget();
    answeredAt = -Infinity;
    void ask();
  }

  function tick() {
    mindSleep();
    const wanted = showing();
    if (wanted.kind === 'idle') {
      current.value = null;
      player?.stop();
      return;
    }
    const { replay, atMs } = wanted;
    const pauseMs = programme.value?.pauseMs ?? 0;
    if (wanted.kind === 'soon' && wanted.inMs > pauseMs * (1 - kSpreadOfPause * draw)) {
      current.value = null;
      player?.stop();
      return;
    }
    current.value = replay;
    const address = () => withToken(`/replay/${encodeURIComponent(replay.id)}/index.m3u8`);
    player?.setAudio(options.audio());
    player?.keepAt(replay.id, address, atMs, wanted.kind === 'replay');
  }

  /** What comes for the slate becomes more: perhaps something is live. */
  async function look() {
    if (current.value === null) return;
    const now = performance.now();
    const pictures = ((await options.statistics()) ?? [])
      .map(([, stats]) => Object(stats) as Record<string, unknown>)
      .find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    const bytes = Number(pictures?.bytesReceived ?? NaN);
    if (!Number.isFinite(bytes) || !jump.look(bytes, now)) return;
    if (now - hastenedAt < kHastenAtMostEveryMs) return;
    hastenedAt = now;
    await ask();
  }

  onMounted(() => {
    tickTimer = setInterval(tick, kTickMs);
    lookTimer = setInterval(() => void look(), kLookMs);
    void ask();
  });
  onBeforeUnmount(() => {
    ended = true;
    if (askTimer !== null) clearTimeout(askTimer);
    for (const timer of [tickTimer, lookTimer]) if (timer !== null) clearInterval(timer);
    player?.stop();
  });

  return {
    shown: computed(() => (moving.value ? current.value : null)),
    programme,
    now: () => clock.at(performance.now()),
    begin(video) {
      player = new ReplayPlayer(video, { onshown: (shown) => (moving.value = shown) });
    },
    setSound: (muted, volume) => player?.setSound(muted, volume),
    allowSound: () => player?.allowSound(),
  };
}
