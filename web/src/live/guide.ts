/**
 * The programme guide from the node's API, checked field by field: what is odd is left out, never an
 * exception. Times are instants; how they are shown is of the node's wall clock, whose zone comes along.
 */
import { fetchJson, field, text } from './json';

export type GuideState = 'scheduled' | 'live' | 'ended' | 'cancelled';

export interface GuideSession {
  id: string;
  channel: string;
  channelName: string;
  series: string;
  title: string;
  speakers: string[];
  place: string;
  state: GuideState;
  startMs: number;
  endMs: number;
}
export interface Guide {
  zone: string;
  sessions: GuideSession[];
}

const kMaxSessions = 1000;

/** @throws when there is no answer that is one. */
export async function fetchGuide(channel = '', get: typeof fetch = fetch): Promise<Guide> {
  const query = channel ? `?channel=${encodeURIComponent(channel)}` : '';
  return readGuide(await fetchJson(`/api/v1/guide${query}`, get));
}

export function readGuide(json: unknown): Guide {
  const list = field(json, 'sessions');
  if (!Array.isArray(list)) throw new Error('no guide');
  return {
    zone: readZone(field(json, 'time_zone')),
    sessions: list.slice(0, kMaxSessions).flatMap((entry) => readSession(entry) ?? []),
  };
}

/** A zone that this browser does not know would throw wherever it is used. */
function readZone(value: unknown): string {
  try {
    if (typeof value === 'string' && value !== '') {
      new Intl.DateTimeFormat('en', { timeZone: value });
      return value;
    }
  } catch {
    // Then in the browser's own.
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function readSession(entry: unknown): GuideSession | null {
  const id = text(field(entry, 'id'));
  const state = field(entry, 'state');
  const startMs = field(entry, 'start_ms');
  const endMs = field(entry, 'end_ms');
  if (id === '' || typeof startMs !== 'number' || typeof endMs !== 'number') return null;
  if (state !== 'scheduled' && state !== 'live' && state !== 'ended' && state !== 'cancelled') {
    return null;
  }
  const speakers = field(entry, 'speakers');
  return {
    id,
    channel: text(field(field(entry, 'channel'), 'id')),
    channelName: text(field(field(entry, 'channel'), 'name')),
    series: text(field(field(entry, 'series'), 'title')),
    title: text(field(entry, 'title')),
    speakers: Array.isArray(speakers) ? speakers.map(text).filter((name) => name !== '') : [],
    place: text(field(entry, 'place')),
    state,
    startMs,
    endMs,
  };
}

/** What is to come: neither over nor cancelled, and whose end has not passed. */
export function upcoming(guide: Guide, nowMs: number): GuideSession[] {
  return guide.sessions.filter(({ state, endMs }) => state === 'scheduled' && endMs > nowMs);
}

export function onAir(guide: Guide): GuideSession[] {
  return guide.sessions.filter(({ state }) => state === 'live');
}

/** "2 h 5 min" as numbers; the smallest unit is a minute, rounded up. */
export function timeUntil(startMs: number, nowMs: number): { days: number; hours: number; minutes: number } {
  const minutes = Math.max(0, Math.ceil((startMs - nowMs) / 60_000));
  return {
    days: Math.floor(minutes / 1440),
    hours: Math.floor((minutes % 1440) / 60),
    minutes: minutes % 60,
  };
}
