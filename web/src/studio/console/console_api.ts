/** What the console asks of /api/v1, and what it is told there as it happens (openapi.json: StudioNews). */
import type { SoundLanguage } from '../../live/channels';
import { call, onceKey } from '../api_call';
import type { Session, SoundMapping } from '../schedule/schedule_api';

export type Order = 'auto' | 'slate' | 'primary' | 'backup';
export type InputName = 'primary' | 'backup';
export type Shown = InputName | 'slate';
/** From the worst to the most bearable. */
export type Condition = 'no_data' | 'black' | 'frozen' | 'errors' | 'silent';
export type Reason =
  | 'cut'
  | 'rehearsal'
  | 'ordered_slate'
  | 'ordered_primary'
  | 'ordered_backup'
  | 'no_session'
  | 'auto';
export type TallyState = 'on_air' | 'preview' | 'off';
export type Trouble =
  | 'cut'
  | 'cut_asked'
  | 'no_feed'
  | 'live_not_on_air'
  | 'no_picture'
  | 'feed_stalled'
  | 'old_keyframe'
  | 'feed_loss'
  | 'on_backup'
  | 'loss'
  | 'process';

export interface Air {
  order: Order;
  /** Which slate the order "slate" shows; null: the one for breaks. */
  slate: string | null;
  cut: boolean;
  rehearsal: boolean;
  on_air: 'feed' | 'session';
  in_force: 'feed' | 'slate' | 'cut';
  reason: Reason;
  /** Who wants a cut that somebody else has to confirm, and until when that counts. */
  cut_asked: { by: string; by_id: string; until_ms: number } | null;
  version: number;
  changed_ms: number;
  changed_by: string;
  obeyed: 'feed' | 'slate' | 'cut' | null;
}
export interface Feed {
  protocol: string;
  sender: string;
  encoder: string;
  since_ms: number | null;
  kbps: number | null;
  fps: number | null;
  keyframe_age_ms: number | null;
  keyframe_interval_ms: number | null;
  round_trip_ms: number | null;
  lost_percent: number | null;
  retransmitted_percent: number | null;
  too_late_percent: number | null;
  stream_errors_last_minute: number | null;
  uptime_ms: number | null;
}
/** Of each input: what is wrong with it, and how loud it is. */
export interface InputState {
  input: InputName;
  conditions: Condition[];
  peak_dbfs: number;
  hold_ms: number;
  /** Since its feed came: of its stream, its path and its decoding. */
  errors: number;
}
/** How loud it is, by EBU R 128. null: silence, or nothing yet. */
export interface SoundFigures {
  momentary_lufs: number | null;
  short_term_lufs: number | null;
  integrated_lufs: number | null;
  range_lu: number | null;
  true_peak_dbtp: number | null;
  since_ms: number;
  session: string;
  target_lufs: number | null;
  limited_by_db: number;
  inputs: InputSound[];
  /** Of a channel with two: the first one's, and the other sound. */
  language?: SoundLanguage;
  second?: SoundFigures;
}
export interface InputSound {
  input: InputName;
  mapping: SoundMapping;
  momentary_lufs: number | null;
  short_term_lufs: number | null;
  gain_db: number;
}
/** What the channel's streamer shows, and why. */
export interface Inputs {
  shown: Shown;
  why: string;
  since_ms: number;
  inputs: InputState[];
  backup_later_ms: number | null;
  backup_later_by: 'time' | 'sound' | null;
  /** For how long what is made is held, by the streamer that runs, and how much that is now. */
  air_delay_ms?: number;
  held_bytes?: number;
  sound: SoundFigures;
}
/** What is set. */
export interface AirDelay {
  delay_ms: number;
  version: number;
}
export interface Person {
  name: string;
  role: string;
  since_ms: number;
}
export interface Tile {
  id: string;
  name: string;
  source: 'live' | 'slate' | 'none';
  source_since_ms: number | null;
  tally: TallyState;
  air: Air;
  delay: AirDelay;
  feed: Feed | null;
  backup: Feed | null;
  inputs: Inputs | null;
  viewers: { webrtc: number | null; hls: number | null };
  renditions: string[];
  session: { id: string; title: string; live_ms: number; end_ms: number } | null;
  people: Person[];
  trouble: Trouble[];
}
export interface Chapter {
  id: string;
  session: string;
  at_ms: number;
  title: string;
  version: number;
}
export interface StudioEvent {
  number: number;
  at_ms: number;
  kind: string;
  who: string;
  detail: string;
  /** Of a switch alone. */
  from?: Shown;
  to?: Shown;
  why?: string;
  stood_slots?: number | null;
  jump_slots?: number | null;
  jump_by?: 'time' | 'sound' | null;
}
export interface Detail {
  id: string;
  live: Session | null;
  next: Session | null;
  reopenable: Session | null;
  chapters: Chapter[];
  watching: {
    by_rendition: Record<string, number>;
    preview: number | null;
    loss_percent: number | null;
    picture_stops_last_minute: number | null;
  };
  events: StudioEvent[];
}
export interface StudioNews {
  now_ms: number;
  node: { name: string; heard_ms: number | null; not_ready: { role: string; state: string }[] };
  channels: Tile[];
  channel?: Detail;
}
/** A value a second; null where nothing was known. */
export interface InputHistory {
  kbps: (number | null)[];
  fps: (number | null)[];
  round_trip_ms: (number | null)[];
  lost_percent: (number | null)[];
  keyframe_age_ms: (number | null)[];
  errors: (number | null)[];
  peak_dbfs: (number | null)[];
}
export interface History {
  at_ms: number[];
  viewers: (number | null)[];
  inputs: Record<InputName, InputHistory>;
}
/** What of a channel is the studio's alone. */
export type HiddenPicture = InputName | 'programme';
export interface PreviewToken {
  channel: string;
  token: string;
  expires_ms: number;
}

const of = (channel: string) => `channels/${encodeURIComponent(channel)}`;

export const consoleApi = {
  eventsAddress: (channel: string) =>
    `/api/v1/studio/events${channel ? `?channel=${encodeURIComponent(channel)}` : ''}`,
  order: (
    channel: string,
    seen: Air,
    wish: { order?: Order; slate?: string | null; rehearsal?: boolean; on_air?: 'feed' | 'session' },
  ) => call<Air>('PATCH', `${of(channel)}/air`, wish, { seen: seen.version, once: onceKey() }),
  /** `slate`: empty for the one that the channel has for it. */
  cut: (channel: string, once: string, slate: string) =>
    call<Air>('POST', `${of(channel)}/air/cut`, slate ? { slate } : {}, { once }),
  undoCut: (channel: string, seen: Air) =>
    call<Air>('DELETE', `${of(channel)}/air/cut`, undefined, { seen: seen.version }),
  delay: (channel: string, seen: AirDelay, delay_ms: number, now: boolean) =>
    call<AirDelay>('PATCH', `${of(channel)}/air/delay`, { delay_ms, now }, { seen: seen.version }),
  mark: (session: string, title: string, at_ms?: number) =>
    call<Chapter>('POST', `sessions/${session}/chapters`, at_ms === undefined ? { title } : { title, at_ms }, {
      once: onceKey(),
    }),
  chapters: (session: string) => call<{ chapters: Chapter[] }>('GET', `sessions/${session}/chapters`),
  changeChapter: (seen: Chapter, wish: { title?: string; at_ms?: number }) =>
    call<Chapter>('PATCH', `chapters/${seen.id}`, wish, { seen: seen.version }),
  removeChapter: (seen: Chapter) =>
    call<Chapter>('DELETE', `chapters/${seen.id}`, undefined, { seen: seen.version }),
  history: (channel: string) =>
    call<History>('GET', `studio/channels/${encodeURIComponent(channel)}/history`),
  previewToken: (channel: string, picture: HiddenPicture) =>
    call<PreviewToken>('POST', `${of(channel)}/preview-token`, { of: picture }),
  tallyLink: (channel: string) =>
    call<{ link: string; expires_ms: number }>('POST', `${of(channel)}/tally-link`, {}),
};

/** Throws when it is none. */
export function readNews(data: string): StudioNews {
  const news = JSON.parse(data) as StudioNews;
  if (!Array.isArray(news.channels)) throw new Error('no list of channels');
  return news;
}
