/** What the studio's page asks of /api/v1 about sites and screens. */
import type { SoundLanguage } from '../../live/channels';
import { call, onceKey } from '../api_call';

export const kTiers = ['city', 'centre', 'township', 'site'] as const;
export type Tier = (typeof kTiers)[number];
export const kScreenStates = ['silent', 'no_picture', 'no_sound', 'fine', 'unenrolled'] as const;
export type ScreenState = (typeof kScreenStates)[number];
export const kStates = ['trouble', ...kScreenStates] as const;
export type StateFilter = (typeof kStates)[number];

interface Row {
  id: string;
  version: number;
  changed_ms: number;
  changed_by: string;
}
export interface Presence {
  enrolled: number;
  reporting: number;
  picture: number;
  sound: number;
  frozen: number;
  silent: number;
  trouble: number;
}
export interface NetworkPresence extends Presence {
  sites: number;
  sites_in_trouble: number;
  screens: number;
}
export interface SiteTexts {
  code: string;
  name: string;
  tier: Tier;
  parent: string | null;
  address: string;
  notes: string;
}
export interface Site extends Row, SiteTexts {
  parent_name: string | null;
  screens: number;
  children: number;
  presence: Presence;
}
export type VolumeRule = 'own' | 'start' | 'fixed';
export interface ScreenTexts {
  site: string;
  name: string;
  channel: string;
  test: boolean;
  volume_rule: VolumeRule;
  volume_percent: number;
  /** A language tag; empty: the channel's first sound. */
  audio: string;
}
export interface ScreenChannel {
  id: string;
  name: string;
  languages: SoundLanguage[];
}
export interface ScreenReport {
  picture: boolean;
  sound: boolean;
  frozen: boolean;
  silent: boolean;
  latency_ms: number | null;
  loss_permille: number | null;
  reconnections: number;
  uptime_s: number;
  rendition: string;
  relay: string;
  node: string;
  version: string;
  last_loss: string;
}
export interface Screen extends Row, ScreenTexts {
  site_name: string;
  enrolled_ms: number | null;
  enrolled_by: string | null;
  state: ScreenState;
  seen_ms: number | null;
  report: ScreenReport | null;
}
export interface ImportReport {
  done: boolean;
  sites_made: number;
  sites_changed: number;
  screens_made: number;
  screens_changed: number;
  unchanged: number;
  mistakes: { line: number | null; words: string }[];
  mistakes_in_all: number;
}
export interface EnrolWish {
  code: string;
  screen?: string;
  new_screen?: Partial<ScreenTexts>;
  new_site?: Partial<SiteTexts>;
  replace?: boolean;
}
export interface SiteFilter {
  q: string;
  tier: Tier | '';
  state: StateFilter | '';
}

export const kSitesAPage = 50;

function query(fields: Record<string, string | number>): string {
  const asked = Object.entries(fields).filter(([, value]) => value !== '');
  return new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString();
}

export const sitesApi = {
  presence: () => call<NetworkPresence>('GET', 'presence'),
  sites: (filter: SiteFilter, cursor: string, limit = kSitesAPage) =>
    call<{ sites: Site[]; next: string | null }>(
      'GET',
      `sites?${query({ ...filter, cursor, limit })}`,
    ),
  createSite: (wish: Partial<SiteTexts>) => call<Site>('POST', 'sites', wish, { once: onceKey() }),
  changeSite: (seen: Row, wish: Partial<SiteTexts>) =>
    call<Site>('PATCH', `sites/${seen.id}`, wish, { seen: seen.version }),
  removeSite: (seen: Row) => call<Site>('DELETE', `sites/${seen.id}`, undefined, { seen: seen.version }),
  importTable: (text: string, dryRun: boolean, take: 'all' | 'right') =>
    call<ImportReport>('POST', `sites/import?dry_run=${dryRun}&take=${take}`, text, {
      type: 'text/csv',
    }),

  screensOf: async (site: string) =>
    (await call<{ screens: Screen[] }>('GET', `screens?${query({ site, limit: 200 })}`)).screens,
  createScreen: (wish: Partial<ScreenTexts>) =>
    call<Screen>('POST', 'screens', wish, { once: onceKey() }),
  changeScreen: (seen: Row, wish: Partial<ScreenTexts>) =>
    call<Screen>('PATCH', `screens/${seen.id}`, wish, { seen: seen.version }),
  removeScreen: (seen: Row) =>
    call<Screen>('DELETE', `screens/${seen.id}`, undefined, { seen: seen.version }),
  revoke: (id: string) => call<Screen>('POST', `screens/${id}/revoke`),
  enrol: (wish: EnrolWish) => call<Screen>('POST', 'screens/enrol', wish, { once: onceKey() }),
  channels: async () =>
    (await call<{ channels: ScreenChannel[] }>('GET', 'channels')).channels,
};
