/** The replays that the node has, checked field by field: what is odd is left out. */
import { fetchJson, field, text } from '../live/json';

export interface Replay {
  id: string;
  channel: string;
  /** Empty: of none. */
  session: string;
  title: string;
  series: string;
  speakers: string[];
  theme: string;
  place: string;
  startMs: number;
  /** Null while it goes on. */
  endMs: number | null;
  /** Where what is shown of it begins, from which times in it count. */
  replayStartMs: number;
  /** How long what is shown of it is; null while it goes on. */
  replayMs: number | null;
  /** How many files are attached. */
  courseware: number;
}
export interface ReplayPage {
  zone: string;
  replays: Replay[];
}

const kPageSize = 20;

/** The token in the page's address, with which a channel that is not open is watched; empty: none. */
export const watchToken = (): string => new URLSearchParams(location.search).get('token') ?? '';

export interface ReplayQuery {
  id?: string;
  channel?: string;
  beforeMs?: number;
  /** That of the page's address. */
  token?: string;
}

/** @throws when there is no answer that is one. */
export async function fetchReplays(
  asked: ReplayQuery = {},
  get: typeof fetch = fetch,
): Promise<ReplayPage> {
  const query = new URLSearchParams({ limit: String(kPageSize) });
  if (asked.id) query.set('id', asked.id);
  if (asked.channel) query.set('channel', asked.channel);
  if (asked.beforeMs !== undefined) query.set('before_ms', String(asked.beforeMs));
  if (asked.token) query.set('token', asked.token);
  return readReplays(await fetchJson(`/api/v1/recordings?${query}`, get));
}

export const isFull = (page: ReplayPage): boolean => page.replays.length >= kPageSize;

export function readReplays(json: unknown): ReplayPage {
  const list = field(json, 'recordings');
  if (!Array.isArray(list)) throw new Error('no list of recordings');
  return {
    zone: text(field(json, 'time_zone')) || 'UTC',
    replays: list.flatMap((entry) => readReplay(entry) ?? []),
  };
}

export function readReplay(entry: unknown): Replay | null {
  const id = text(field(entry, 'id'));
  const startMs = field(entry, 'start_ms');
  const endMs = field(entry, 'end_ms');
  const replayStartMs = field(entry, 'replay_start_ms');
  const replayMs = field(entry, 'replay_ms');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id) || typeof startMs !== 'number') return null;
  const speakers = field(entry, 'speakers');
  const courseware = field(entry, 'courseware');
  return {
    id,
    channel: text(field(field(entry, 'channel'), 'id')),
    session: text(field(entry, 'session')),
    title: text(field(entry, 'title')) || id,
    series: text(field(entry, 'series')),
    speakers: Array.isArray(speakers) ? speakers.map(text).filter((name) => name !== '') : [],
    theme: text(field(entry, 'theme')),
    place: text(field(entry, 'place')),
    startMs,
    endMs: typeof endMs === 'number' ? endMs : null,
    replayStartMs: typeof replayStartMs === 'number' ? replayStartMs : startMs,
    replayMs: typeof replayMs === 'number' ? replayMs : null,
    courseware: typeof courseware === 'number' ? courseware : 0,
  };
}

/**
 * The address of the page that plays it: while the session is on air by rewinding it, afterwards its
 * replay. An instant stays what it is, whatever is trimmed or filled in front of it.
 */
export function replayAddress(id: string, token: string, atMs: number | null = null): string {
  const query = new URLSearchParams({ replay: id });
  if (atMs !== null) query.set('at', String(Math.floor(atMs)));
  if (token) query.set('token', token);
  return `/?${query}`;
}

/** The address of its picture, which may not be there yet. */
export function posterOf(id: string, token: string): string {
  const query = token ? `?${new URLSearchParams({ token })}` : '';
  return `/replay/${encodeURIComponent(id)}/poster.jpg${query}`;
}

/** As long as a session that ended may be opened again, it is rewound, too. */
const kReopenMs = 10 * 60_000;

/** Of a channel's, the latest first: which is rewound now. */
export function rewindable(replays: Replay[], nowMs: number): Replay | null {
  const onAir = replays.find(({ endMs }) => endMs === null);
  return onAir ?? replays.find(({ endMs }) => endMs !== null && endMs > nowMs - kReopenMs) ?? null;
}

/** "1:02:03", "2:03". */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number: number) => String(number).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** Seconds of a time link: "90", "1m30s", "1h2m3s"; null when it is none. */
export function readTimeLink(words: string | null): number | null {
  if (!words) return null;
  if (/^\d{1,7}(\.\d{1,3})?$/.test(words)) return Number(words);
  const parts = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,7})s?)?$/.exec(words);
  if (!parts) return null;
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}
