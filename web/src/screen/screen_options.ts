/**
 * What the screen's address says: channel, site, volume, audio, lang, reload, reload_spread. Whatever is
 * missing, odd or out of its bounds has its default; an address never keeps a screen dark.
 */
import { isLanguage } from '../i18n/i18n';
import type { Language } from '../i18n/messages';
import type { ReloadTime } from './reload_plan';

export interface ScreenOptions {
  channel: string;
  /** Shown as text and nothing else; empty for none. */
  site: string;
  /** 0..1; null when the address does not say. */
  volume: number | null;
  /** Language of the sound, a tag; empty: the channel's first. */
  audio: string;
  /** Null: the browser's. */
  language: Language | null;
  /** Null: never by the clock. */
  reload: ReloadTime | null;
}

const kDefaultChannel = 'main';
const kMaxChannelChars = 63;
const kMaxSiteChars = 40;
const kDefaultReload = { hour: 3, minute: 30, spreadMinutes: 20 };
const kMaxSpreadMinutes = 120;

export function readScreenOptions(search: string): ScreenOptions {
  const asked = new URLSearchParams(search);
  const language = asked.get('lang');
  return {
    channel: (asked.get('channel') ?? '').trim().slice(0, kMaxChannelChars) || kDefaultChannel,
    site: plainText(asked.get('site') ?? '', kMaxSiteChars),
    volume: readVolume(asked.get('volume')),
    audio: readLanguageTag(asked.get('audio')),
    language: isLanguage(language) ? language : null,
    reload: readReload(asked.get('reload'), asked.get('reload_spread')),
  };
}

/** One line without what does not print or turns the writing's direction; cut between characters. */
export function plainText(text: string, maxChars: number): string {
  const line = text.replace(/[\p{C}\p{Z}\s]+/gu, ' ').trim();
  const characters = Array.from(line);
  return characters.length > maxChars ? `${characters.slice(0, maxChars - 1).join('')}…` : line;
}

/** Empty for what is none. */
export function readLanguageTag(text: string | null): string {
  return /^[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}$/i.test(text ?? '') ? (text ?? '') : '';
}

function readVolume(text: string | null): number | null {
  if (text === null || !/^\d{1,3}$/.test(text)) return null;
  return Math.min(100, Number(text)) / 100;
}

function readReload(time: string | null, spread: string | null): ReloadTime | null {
  if (time === 'off') return null;
  const minutes = /^\d{1,3}$/.test(spread ?? '') ? Number(spread) : kDefaultReload.spreadMinutes;
  const spreadMinutes = Math.min(kMaxSpreadMinutes, minutes);
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time ?? '') ?? [];
  if (hour === undefined) return { ...kDefaultReload, spreadMinutes };
  return { hour: Number(hour), minute: Number(minute), spreadMinutes };
}
