/**
 * What control says of this screen (GET /api/v1/screen), checked field by field. It is kept on the
 * device as it came, so that a screen whose control is away starts with what it knew last.
 */
import { readGuide, type Guide } from '../live/guide';
import { field, text } from '../live/json';
import { plainText, readLanguageTag } from './screen_options';

export type VolumeRule = 'own' | 'start' | 'fixed';

export interface ScreenSettings {
  /** Another one means that there are other settings. */
  version: string;
  name: string;
  site: string;
  test: boolean;
  channel: string;
  /** What it asks for by WHEP: the channel, or what is rehearsed on it. */
  plays: string;
  volumeRule: VolumeRule;
  /** 0..1 */
  volume: number;
  /** Language of the sound, a tag; empty: the channel's first. */
  audio: string;
  /** Leave to watch the channel; null where none is given. */
  watch: { token: string; expiresMs: number } | null;
  reportEveryMs: number;
  guide: Guide | null;
}

export interface WaitingCode {
  code: string;
  expiresMs: number;
  /** From now on, by the server's clock; 0 where it does not say. */
  lifeMs: number;
}

export const kReportEveryMs = 30_000;
const kMaxNameChars = 40;
const kCode = /^[0-9A-Z]{4,12}$/;
const kMaxTokenChars = 2_000;

/** Null: it is not enrolled, or this is no answer. */
export function readSettings(json: unknown): ScreenSettings | null {
  const channel = text(field(field(json, 'channel'), 'id'));
  if (field(json, 'enrolled') !== true || channel === '') return null;
  const rule = field(field(json, 'volume'), 'rule');
  const percent = field(field(json, 'volume'), 'percent');
  const every = field(json, 'report_every_s');
  return {
    version: text(field(json, 'version')),
    name: plainText(text(field(field(json, 'screen'), 'name')), kMaxNameChars),
    site: plainText(text(field(field(json, 'site'), 'name')), kMaxNameChars),
    test: field(field(json, 'screen'), 'test') === true,
    channel,
    plays: text(field(json, 'plays')) || channel,
    volumeRule: rule === 'start' || rule === 'fixed' ? rule : 'own',
    volume: typeof percent === 'number' ? Math.min(100, Math.max(0, percent)) / 100 : 1,
    audio: readLanguageTag(text(field(json, 'audio'))),
    watch: readWatch(field(json, 'watch')),
    reportEveryMs: typeof every === 'number' && every >= 1 ? every * 1000 : kReportEveryMs,
    guide: readGuideOf(json),
  };
}

export function readWaiting(json: unknown): WaitingCode | null {
  const code = text(field(json, 'code'));
  const expires = field(json, 'expires_ms');
  if (field(json, 'enrolled') !== false || !kCode.test(code)) return null;
  const now = field(json, 'now_ms');
  const told = typeof expires === 'number' && typeof now === 'number';
  return {
    code,
    expiresMs: typeof expires === 'number' ? expires : 0,
    lifeMs: told ? Math.max(0, expires - now) : 0,
  };
}

/** As people read it to each other: "K7M 2QP". */
export function spacedCode(code: string): string {
  const half = Math.ceil(code.length / 2);
  return `${code.slice(0, half)} ${code.slice(half)}`;
}

function readWatch(value: unknown): ScreenSettings['watch'] {
  const token = text(field(value, 'token'));
  const expires = field(value, 'expires_ms');
  if (token === '' || token.length > kMaxTokenChars || typeof expires !== 'number') return null;
  return { token, expiresMs: expires };
}

function readGuideOf(json: unknown): Guide | null {
  try {
    return readGuide(field(json, 'guide'));
  } catch {
    return null;
  }
}
