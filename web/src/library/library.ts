/**
 * The library as the node has it: what is found, and under what it is filed, checked field by
 * field; and the search as it stands in the page's address, so that it can be linked.
 */
import { fetchJson, field, text } from '../live/json';
import { readReplay, type Replay } from '../replay/recordings';

export interface FoundChapter {
  atMs: number;
  title: string;
}
export interface Found extends Replay {
  seriesId: string;
  themeId: string;
  /** That have what was searched. */
  chapters: FoundChapter[];
}
export interface LibraryPage {
  zone: string;
  found: Found[];
  /** Where the next page begins; null: that was all. */
  next: string | null;
}
export interface Facet {
  value: string;
  title: string;
  recordings: number;
}
export type FacetKind = 'series' | 'themes' | 'speakers' | 'places';
export type Facets = Record<FacetKind, Facet[]>;

/** What is looked for; each empty when it does not matter. */
export interface Search {
  q: string;
  series: string;
  theme: string;
  speaker: string;
  place: string;
  /** Days of the node's wall clock, "2026-11-26"; the last one is among them. */
  from: string;
  to: string;
}
export const kNoSearch: Search = { q: '', series: '', theme: '', speaker: '', place: '', from: '', to: '' };

export function searchInAddress(query: string): Search {
  const asked = new URLSearchParams(query);
  const search = { ...kNoSearch };
  for (const key of Object.keys(search) as (keyof Search)[]) search[key] = asked.get(key) ?? '';
  for (const key of ['from', 'to'] as const)
    if (!/^\d{4}-\d\d-\d\d$/.test(search[key])) search[key] = '';
  return search;
}

/** Without what does not matter. */
export function addressOf(search: Partial<Search>, token: string): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) if (value) query.set(key, value);
  if (token) query.set('token', token);
  const text = query.toString();
  return text ? `/library?${text}` : '/library';
}

export interface LibraryQuery {
  search: Search;
  /** Of the days in it. */
  fromMs: number | null;
  toMs: number | null;
  cursor: string | null;
  token: string;
  limit: number;
}

/** @throws when there is no answer that is one. */
export async function fetchLibrary(asked: LibraryQuery, get: typeof fetch = fetch): Promise<LibraryPage> {
  const query = new URLSearchParams({ limit: String(asked.limit) });
  for (const key of ['q', 'series', 'theme', 'speaker', 'place'] as const)
    if (asked.search[key]) query.set(key, asked.search[key]);
  if (asked.fromMs !== null) query.set('from_ms', String(asked.fromMs));
  if (asked.toMs !== null) query.set('to_ms', String(asked.toMs));
  if (asked.cursor) query.set('cursor', asked.cursor);
  if (asked.token) query.set('token', asked.token);
  return readLibrary(await fetchJson(`/api/v1/library?${query}`, get));
}

export function readLibrary(json: unknown): LibraryPage {
  const list = field(json, 'recordings');
  if (!Array.isArray(list)) throw new Error('no list of recordings');
  const next = text(field(json, 'next'));
  return {
    zone: text(field(json, 'time_zone')) || 'UTC',
    found: list.flatMap((entry) => readFound(entry) ?? []),
    next: next || null,
  };
}

function readFound(entry: unknown): Found | null {
  const replay = readReplay(entry);
  if (!replay) return null;
  const chapters = field(entry, 'chapters');
  return {
    ...replay,
    seriesId: text(field(entry, 'series_id')),
    themeId: text(field(entry, 'theme_id')),
    chapters: Array.isArray(chapters) ? chapters.flatMap((each) => readChapter(each) ?? []) : [],
  };
}

function readChapter(entry: unknown): FoundChapter | null {
  const atMs = field(entry, 'at_ms');
  const title = text(field(entry, 'title'));
  return typeof atMs === 'number' && title ? { atMs, title } : null;
}

export async function fetchFacets(token: string, get: typeof fetch = fetch): Promise<Facets> {
  const query = token ? `?${new URLSearchParams({ token })}` : '';
  const json = await fetchJson(`/api/v1/library/facets${query}`, get);
  const read = (kind: FacetKind): Facet[] => {
    const list = field(json, kind);
    return Array.isArray(list) ? list.flatMap((each) => readFacet(each) ?? []) : [];
  };
  return { series: read('series'), themes: read('themes'), speakers: read('speakers'), places: read('places') };
}

function readFacet(entry: unknown): Facet | null {
  const value = text(field(entry, 'value'));
  const recordings = field(entry, 'recordings');
  if (!value || typeof recordings !== 'number') return null;
  return { value, title: text(field(entry, 'title')) || value, recordings };
}
