/**
 * The times that editors of recordings show and are told: those of the replay as it is played now, as its
 * page and its captions count them, whatever was trimmed or is a hole that was cut out. What lies before the
 * replay's start has a minus. They stand for instants, which is what the node is told.
 */
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue';
import { durationWords } from '../../replay/recordings';
import { fetchPieces } from '../../screen/pieces';
import { readOffset, type Recording } from './recordings_api';

/** A stretch of the replay: where it is played, and when it was, in milliseconds since 1970. */
interface Stretch {
  startS: number;
  startMs: number;
}
/** In order, at least one. */
export interface ReplayTime {
  stretches: Stretch[];
  /** Of the last one. */
  endMs: number;
}

type Dated = { start: number; duration: number; programDateTime: number | null };

/** Null when there are no dates. */
export function replayTimeOf(pieces: readonly Dated[]): ReplayTime | null {
  const dated = pieces.filter(({ programDateTime }) => programDateTime !== null);
  const last = dated.at(-1);
  if (!last) return null;
  const stretches = dated.map(({ start, programDateTime }) => ({ startS: start, startMs: programDateTime ?? 0 }));
  return { stretches, endMs: (last.programDateTime ?? 0) + last.duration * 1000 };
}

/** As far as it is known without the playlist. */
export function plainTime({ start_ms, end_ms, shown }: Recording): ReplayTime {
  const startMs = Math.max(start_ms, shown?.from_ms ?? start_ms);
  const endMs = Math.min(end_ms ?? Infinity, shown?.to_ms ?? Infinity);
  return { stretches: [{ startS: 0, startMs }], endMs: Number.isFinite(endMs) ? endMs : startMs };
}

export const firstMs = ({ stretches }: ReplayTime): number => stretches[0]?.startMs ?? 0;

export function instantAt({ stretches }: ReplayTime, seconds: number): number {
  const { startS, startMs } = stretches.filter(({ startS: from }) => from <= seconds).at(-1) ?? stretches[0]!;
  return Math.round(startMs + (seconds - startS) * 1000);
}

/** Of what was cut out, where it would be. */
export function secondsAt({ stretches }: ReplayTime, instantMs: number): number {
  const index = stretches.filter(({ startMs }) => startMs <= instantMs).length - 1;
  const { startS, startMs } = stretches[Math.max(0, index)]!;
  const next = stretches[index + 1]?.startS ?? Infinity;
  return Math.min(startS + (instantMs - startMs) / 1000, index >= 0 ? next : Infinity);
}

/** "1:02:03", "-0:05". */
export function timeWords(time: ReplayTime, instantMs: number): string {
  const seconds = Math.floor(secondsAt(time, instantMs) + 0.001);
  return seconds < 0 ? `-${durationWords(-seconds)}` : durationWords(seconds);
}

/** The instant of a time in words; null when they are none. */
export function readTime(time: ReplayTime, words: string): number | null {
  const [, minus, rest] = /^\s*([-−–]?)(.*)$/.exec(words) ?? [];
  const ms = readOffset(rest ?? '');
  return ms === null ? null : instantAt(time, (minus ? -ms : ms) / 1000);
}

const kLooks = 6;
const kLookAgainMs = 700;
/** So far from what it is trimmed to a replay does not begin. */
const kSlackMs = 3_000;

/** Of a replay as it is now; of one that was trimmed a moment ago, once its node has heard of it. Null: not yet. */
export function useReplayTime(recording: Recording): ShallowRef<ReplayTime | null> {
  const time = shallowRef<ReplayTime | null>(null);
  const plain = plainTime(recording);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let left = false;
  async function look(looks: number) {
    const address = `/replay/${encodeURIComponent(recording.id)}/index.m3u8`;
    const read = replayTimeOf(await fetchPieces(address).catch(() => []));
    if (left) return;
    const fits = read !== null && Math.abs(firstMs(read) - firstMs(plain)) < kSlackMs;
    if (read !== null && !fits && looks > 1) timer = setTimeout(() => void look(looks - 1), kLookAgainMs);
    else time.value = read ?? plain;
  }
  onMounted(() => void look(kLooks));
  onBeforeUnmount(() => {
    left = true;
    if (timer !== null) clearTimeout(timer);
  });
  return time;
}
