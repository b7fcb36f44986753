/** What the studio's page asks of /api/v1 about the schedule, channels and stream keys. */
import type { SoundLanguage } from '../../live/channels';
import { call, onceKey } from '../api_call';
import type { ChosenSlates, SlateChoice } from '../slates/slate_api';

export type SessionState = 'scheduled' | 'live' | 'ended' | 'cancelled' | 'missed';
export type SessionAction = 'start' | 'end' | 'reopen' | 'cancel' | 'restore';

interface Row {
  id: string;
  version: number;
  changed_ms: number;
  changed_by: string;
}
export interface Series extends Row {
  title: string;
  description: string;
  /** Its recordings; 0: as the node says, -1: for ever. */
  keep_days: number;
}
export interface Theme extends Row {
  title: string;
  core: boolean;
}
export interface SessionTexts {
  channel: string;
  series: string;
  title: string;
  description: string;
  speakers: string[];
  theme: string | null;
  language: string;
  place: string;
  slates: ChosenSlates;
  start_ms: number;
  end_ms: number;
  auto_start: boolean;
  auto_end: boolean;
}
export interface Session extends Row, SessionTexts {
  state: SessionState;
  live_ms: number | null;
  ended_ms: number | null;
  reopen_until_ms: number | null;
  repeat: string | null;
}
export interface Repeat {
  every_days?: number;
  weekdays?: string[];
  until?: string;
  count?: number;
}
export const kWeekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

export interface Rendition {
  name: string;
  width: number;
  height: number;
  kbps: number;
}
export interface FailoverCondition {
  after_ms: number;
  else: 'slate' | 'stay';
}
export interface FailoverRules {
  no_data: FailoverCondition;
  black: FailoverCondition;
  frozen: FailoverCondition;
  errors: FailoverCondition;
  silent: FailoverCondition;
  errors_per_second: number;
  return_after_ms: number | null;
}
/** Hours as "08:00". */
export interface WallReplayRule {
  what: 'off' | 'last' | 'day';
  from: string;
  until: string;
  minutes_before: number;
  sound: boolean;
}
export type SoundMapping = 'stereo' | 'left' | 'right' | 'mono' | 'swap' | 'languages';
export interface SoundRules {
  target_lufs: number | null;
  primary_mapping: SoundMapping;
  backup_mapping: SoundMapping;
  /** Of left and right. */
  languages?: SoundLanguage[] | null;
}
export interface ChannelSettings extends Row {
  name: string;
  frames_per_second: number;
  gop_seconds: number;
  renditions: Rendition[];
  opus_kbps: number;
  aac_kbps: number;
  second_publisher: 'refuse' | 'take_over';
  access: 'open' | 'screens' | 'token';
  record: 'sessions' | 'always' | 'off';
  failover: FailoverRules;
  wall_replay: WallReplayRule;
  slates: SlateChoice;
  sound: SoundRules;
}
export type ChannelWish = Partial<Omit<ChannelSettings, keyof Row>>;
export interface StreamKey {
  input: 'primary' | 'backup';
  id: string;
  label: string;
  configured: boolean;
  created_ms: number;
  created_by: string;
}
export interface NewStreamKey extends StreamKey {
  stream_key: string;
}
export interface ImportReport {
  done: boolean;
  scheduled: number;
  unchanged: number;
  series_made: string[];
  mistakes: { line: number | null; words: string }[];
  mistakes_in_all: number;
}
export interface SessionPage {
  sessions: Session[];
  next: string | null;
  time_zone: string;
  now_ms: number;
}

const kMaxPages = 20;

async function allSessions(fromMs: number, toMs: number, channel = ''): Promise<SessionPage> {
  const query = new URLSearchParams({ from_ms: String(fromMs), to_ms: String(toMs), limit: '200' });
  if (channel) query.set('channel', channel);
  let page = await call<SessionPage>('GET', `sessions?${query}`);
  const sessions = page.sessions;
  for (let i = 1; page.next && i < kMaxPages; i++) {
    query.set('cursor', page.next);
    page = await call<SessionPage>('GET', `sessions?${query}`);
    sessions.push(...page.sessions);
  }
  return { ...page, sessions };
}

async function allSeries(): Promise<Series[]> {
  const list: Series[] = [];
  let cursor: string | null = '';
  for (let i = 0; cursor !== null && i < kMaxPages; i++) {
    const page: { series: Series[]; next: string | null } = await call(
      'GET',
      `series?limit=200&cursor=${encodeURIComponent(cursor)}`,
    );
    list.push(...page.series);
    cursor = page.next;
  }
  return list;
}

export const scheduleApi = {
  series: allSeries,
  createSeries: (title: string, description: string) =>
    call<Series>('POST', 'series', { title, description }, { once: onceKey() }),
  changeSeries: (seen: Series, wish: { title?: string; description?: string; keep_days?: number }) =>
    call<Series>('PATCH', `series/${seen.id}`, wish, { seen: seen.version }),
  removeSeries: (seen: Series) =>
    call<Series>('DELETE', `series/${seen.id}`, undefined, { seen: seen.version }),

  themes: async () => (await call<{ themes: Theme[] }>('GET', 'themes')).themes,
  createTheme: (title: string) => call<Theme>('POST', 'themes', { title }, { once: onceKey() }),
  changeTheme: (seen: Theme, title: string) =>
    call<Theme>('PATCH', `themes/${seen.id}`, { title }, { seen: seen.version }),
  removeTheme: (seen: Theme) =>
    call<Theme>('DELETE', `themes/${seen.id}`, undefined, { seen: seen.version }),

  sessions: allSessions,
  session: (id: string) => call<Session>('GET', `sessions/${id}`),
  schedule: (wish: SessionTexts & { repeat?: Repeat }, once: string) =>
    call<{ sessions: Session[] }>('POST', 'sessions', wish, { once }),
  change: (seen: Session, wish: Partial<SessionTexts>) =>
    call<Session>('PATCH', `sessions/${seen.id}`, wish, { seen: seen.version }),
  act: (seen: Session, action: SessionAction) =>
    call<Session>('POST', `sessions/${seen.id}/${action}`, undefined, {
      seen: seen.version,
      once: onceKey(),
    }),
  remove: (seen: Session, following: boolean) =>
    call<{ removed: number }>('DELETE', `sessions/${seen.id}?following=${following}`, undefined, {
      seen: seen.version,
    }),
  importGuide: (text: string, type: string, dryRun: boolean, take: 'all' | 'right') =>
    call<ImportReport>('POST', `guide/import?dry_run=${dryRun}&take=${take}`, text, { type }),

  channels: async () =>
    (await call<{ channels: { id: string; name: string }[] }>('GET', 'channels')).channels,
  createChannel: (id: string, name: string) =>
    call<ChannelSettings>('POST', 'channels', { id, name }, { once: onceKey() }),
  settings: (id: string) => call<ChannelSettings>('GET', `channels/${encodeURIComponent(id)}/settings`),
  changeChannel: (seen: ChannelSettings, wish: ChannelWish) =>
    call<ChannelSettings>('PATCH', `channels/${seen.id}/settings`, wish, { seen: seen.version }),
  removeChannel: (seen: ChannelSettings) =>
    call<ChannelSettings>('DELETE', `channels/${seen.id}`, undefined, { seen: seen.version }),
  keys: async (channel: string) =>
    (await call<{ keys: StreamKey[] }>('GET', `channels/${channel}/keys`)).keys,
  createKey: (channel: string, label: string, input: 'primary' | 'backup') =>
    call<NewStreamKey>('POST', `channels/${channel}/keys`, { label, input }, { once: onceKey() }),
  rotateKey: (channel: string, key: string) =>
    call<NewStreamKey>('POST', `channels/${channel}/keys/${key}/rotate`, undefined, {
      once: onceKey(),
    }),
  createWatchToken: (channel: string, who: string, minutes: number) =>
    call<{ page: string }>('POST', `channels/${channel}/watch-tokens`, { for: who, minutes }),
  revokeKey: (channel: string, key: string) =>
    call<StreamKey>('DELETE', `channels/${channel}/keys/${key}`),
};
