/**
 * Reads the node's channels from its API (/api/v1/openapi.json describes it). What comes from
 * outside is checked field by field: what is missing or odd becomes unknown, never an exception.
 */

import { fetchJson, field, text } from './json';

/** Who may watch: everybody, enrolled screens, or who has a token. */
export type Access = 'open' | 'screens' | 'token';
export type Source = 'live' | 'slate' | 'none' | 'unknown';

export interface RenditionInfo {
  name: string;
  width: number;
  height: number;
  kbps: number | null;
}

/** Of one of two sounds: a tag of BCP 47, and how it is called. */
export interface SoundLanguage {
  tag: string;
  name: string;
}

export interface ChannelInfo {
  id: string;
  name: string;
  source: Source;
  access: Access;
  viewers: number | null;
  /** On air as the studio planned it; null when none is. */
  session: { id: string; title: string; series: string } | null;
  /** Video only, largest first. */
  renditions: RenditionInfo[];
  /** Of the channel's sounds when it has two, the first one's first; else empty. */
  languages: SoundLanguage[];
}

const kAddress = '/api/v1/channels';
const kMaxNameChars = 100;
const kMaxChannels = 256;
const kMaxRenditions = 16;
const kMaxLanguages = 2;

/** Throws when the API does not answer with a list. */
export async function fetchChannels(get: typeof fetch = fetch): Promise<ChannelInfo[]> {
  return readChannels(await fetchJson(kAddress, get));
}

/** One channel, as a list of one. Throws when the API does not know it, or does not answer. */
export async function fetchChannel(id: string, get: typeof fetch = fetch): Promise<ChannelInfo[]> {
  const json = await fetchJson(`${kAddress}/${encodeURIComponent(id)}`, get);
  return readChannels({ channels: [json] });
}

/** The name of the node that answers, or null. */
export async function fetchNodeName(get: typeof fetch = fetch): Promise<string | null> {
  try {
    const name = field(await fetchJson('/api/v1/node', get), 'name');
    return typeof name === 'string' ? name.slice(0, kMaxNameChars) : null;
  } catch {
    return null;
  }
}

export function readChannels(json: unknown): ChannelInfo[] {
  const list = field(json, 'channels');
  if (!Array.isArray(list)) throw new Error('not a list of channels');
  return list.slice(0, kMaxChannels).flatMap((entry) => readChannel(entry) ?? []);
}

function readChannel(entry: unknown): ChannelInfo | null {
  const id = field(entry, 'id');
  if (typeof id !== 'string' || id === '') return null;
  const name = field(entry, 'name');
  const viewers = field(entry, 'viewers');
  return {
    id,
    name: typeof name === 'string' && name !== '' ? name : id,
    source: readSource(field(field(entry, 'on_air'), 'source')),
    access: readAccess(field(entry, 'access')),
    viewers: typeof viewers === 'number' && viewers >= 0 ? viewers : null,
    session: readSession(field(entry, 'session')),
    renditions: readRenditions(field(entry, 'renditions')),
    languages: readLanguages(field(entry, 'languages')),
  };
}

function readSession(value: unknown): ChannelInfo['session'] {
  const title = text(field(value, 'title'));
  if (title === '') return null;
  return { id: text(field(value, 'id')), title, series: text(field(field(value, 'series'), 'title')) };
}

function readAccess(value: unknown): Access {
  return value === 'screens' || value === 'token' ? value : 'open';
}

function readSource(value: unknown): Source {
  return value === 'live' || value === 'slate' || value === 'none' ? value : 'unknown';
}

function readLanguages(value: unknown): SoundLanguage[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, kMaxLanguages).flatMap((entry): SoundLanguage[] => {
    const tag = text(field(entry, 'tag'));
    return tag === '' ? [] : [{ tag, name: text(field(entry, 'name')) || tag }];
  });
}

function readRenditions(value: unknown): RenditionInfo[] {
  if (!Array.isArray(value)) return [];
  const renditions = value.slice(0, kMaxRenditions).flatMap((entry): RenditionInfo[] => {
    const name = field(entry, 'name');
    const width = field(entry, 'width');
    const height = field(entry, 'height');
    const kbps = field(entry, 'kbps');
    if (typeof name !== 'string' || typeof width !== 'number' || typeof height !== 'number') {
      return [];
    }
    if (width <= 0 || height <= 0) return [];
    return [{ name, width, height, kbps: typeof kbps === 'number' ? kbps : null }];
  });
  return renditions.sort((a, b) => b.height - a.height);
}
