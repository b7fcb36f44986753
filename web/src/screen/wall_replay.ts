/**
 * What the screens of a channel show while nothing is on it: the programme as control says it, and
 * what follows of it at an instant. Both are of the server's clock, so every screen shows the same
 * second, and one that comes late is in the middle of a replay. Nothing here plays anything.
 */
import { field, text } from '../live/json';
import { plainText } from './screen_options';

export interface Stretch {
  fromMs: number;
  toMs: number;
}
export interface WallReplay {
  id: string;
  title: string;
  series: string;
  /** When the session began. */
  startMs: number;
  ranges: Stretch[];
}
export interface WallProgramme {
  zone: string;
  /** A rule is in force, whether there is anything to be shown or not. */
  on: boolean;
  sound: boolean;
  /** Something is live, or an operator wants the slate. */
  held: boolean;
  nextMs: number | null;
  stopsMs: number | null;
  fromMs: number;
  untilMs: number;
  begunMs: number;
  pauseMs: number;
  replays: WallReplay[];
}

export type Showing =
  | { kind: 'idle' }
  /** It begins within the pause: time to fetch it. */
  | { kind: 'soon'; replay: WallReplay; atMs: number }
  /** `atMs`: the instant of the session that is to be on the screen. */
  | { kind: 'replay'; replay: WallReplay; atMs: number };

const kIdle: Showing = { kind: 'idle' };
const kMaxReplays = 100;
const kMaxRanges = 200;
const kMaxTitleChars = 200;

const lengthOf = ({ ranges }: WallReplay) =>
  ranges.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);

export function showingAt(programme: WallProgramme, nowMs: number): Showing {
  const { held, stopsMs, fromMs, untilMs, begunMs, pauseMs, replays } = programme;
  if (held || replays.length === 0 || nowMs < fromMs || nowMs >= untilMs) return kIdle;
  if (stopsMs !== null && nowMs >= stopsMs) return kIdle;
  if (nowMs < begunMs) return begunMs - nowMs <= pauseMs ? soon(replays[0]) : kIdle;
  const round = replays.reduce((sum, replay) => sum + lengthOf(replay) + pauseMs, 0);
  let into = (nowMs - begunMs) % round;
  for (const [index, replay] of replays.entries()) {
    for (const { fromMs: from, toMs } of replay.ranges) {
      if (into < toMs - from) return { kind: 'replay', replay, atMs: from + into };
      into -= toMs - from;
    }
    if (into < pauseMs) return soon(replays[(index + 1) % replays.length]);
    into -= pauseMs;
  }
  return kIdle;
}

const soon = (replay: WallReplay): Showing => ({ kind: 'soon', replay, atMs: replay.ranges[0].fromMs });

/** Null: this is no programme. */
export function readProgramme(json: unknown): WallProgramme | null {
  const number = (name: string, from: unknown = json) => {
    const value = field(from, name);
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
  const list = field(json, 'replays');
  const what = field(json, 'what');
  const [fromMs, untilMs, begunMs, pauseMs] = ['from_ms', 'until_ms', 'begun_ms', 'pause_ms'].map((name) => number(name));
  if (!Array.isArray(list) || typeof what !== 'string') return null;
  if (fromMs === null || untilMs === null || begunMs === null || pauseMs === null || pauseMs < 0) return null;
  return {
    zone: text(field(json, 'time_zone')) || 'UTC',
    on: what !== 'off',
    sound: field(json, 'sound') === true,
    held: field(json, 'held') !== null,
    nextMs: number('next_ms'),
    stopsMs: number('stops_ms'),
    fromMs,
    untilMs,
    begunMs,
    pauseMs,
    replays: list.slice(0, kMaxReplays).flatMap((entry) => readReplay(entry) ?? []),
  };
}

function readReplay(entry: unknown): WallReplay | null {
  const id = text(field(entry, 'id'));
  const startMs = field(entry, 'start_ms');
  const list = field(entry, 'ranges');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id) || typeof startMs !== 'number' || !Array.isArray(list)) return null;
  const ranges = list.slice(0, kMaxRanges).flatMap((range) => {
    const fromMs = field(range, 'from_ms');
    const toMs = field(range, 'to_ms');
    return typeof fromMs === 'number' && typeof toMs === 'number' && fromMs < toMs ? [{ fromMs, toMs }] : [];
  });
  if (ranges.length === 0) return null;
  return {
    id,
    title: plainText(text(field(entry, 'title')), kMaxTitleChars) || id,
    series: plainText(text(field(entry, 'series')), kMaxTitleChars),
    startMs,
    ranges,
  };
}
