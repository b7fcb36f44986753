/** Captions that a recording was given, and which of them this browser's people want. */
import { fetchJson, field, text } from '../live/json';
import { recall, remember } from '../preference';

export interface Captions {
  language: string;
  label: string;
}

const kStorageKey = 'longmen.captions';

const tokenQuery = (token: string) => (token ? `?${new URLSearchParams({ token })}` : '');

/** @throws when there is no answer that is one. */
export async function fetchCaptions(recording: string, token: string, get: typeof fetch = fetch): Promise<Captions[]> {
  const address = `/replay/${encodeURIComponent(recording)}/captions.json${tokenQuery(token)}`;
  return readCaptions(await fetchJson(address, get));
}

export function readCaptions(json: unknown): Captions[] {
  const list = field(json, 'captions');
  if (!Array.isArray(list)) throw new Error('no list of captions');
  return list.flatMap((entry) => {
    const [language, label] = [text(field(entry, 'language')), text(field(entry, 'label'))];
    return /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/.test(language) && label ? [{ language, label }] : [];
  });
}

export function captionsAddress(recording: string, { language }: Captions, token: string): string {
  return `/replay/${encodeURIComponent(recording)}/captions/${language}.vtt${tokenQuery(token)}`;
}

/** One that can be shown: a text track of the player's. */
export interface ShownCaptions {
  language: string;
  label: string;
  mode: TextTrackMode;
}

/** Empty: none. */
export function keptCaptions(): string {
  return recall(kStorageKey) ?? '';
}
export function keepCaptions(language: string): void {
  remember(kStorageKey, language);
}

const primary = (language: string) => language.toLowerCase().split('-')[0];

/** Which of them somebody wants who wanted that language before: itself, or what is nearest; -1: none. */
export function wantedCaptions(tracks: { language: string }[], language: string): number {
  if (!language) return -1;
  const exact = tracks.findIndex((track) => track.language.toLowerCase() === language.toLowerCase());
  return exact >= 0 ? exact : tracks.findIndex((track) => primary(track.language) === primary(language));
}

/** What people call a language in itself: "简体中文"; the tag when this browser does not know. */
export function languageWords(tag: string): string {
  try {
    return new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
