/** How long ago, and how it is, in words. */
import type { I18n } from '../../i18n/i18n';
import type { Presence, ScreenState } from './sites_api';

type Translate = I18n['t'];

export function agoWords(atMs: number | null, nowMs: number, t: Translate): string {
  if (atMs === null) return t('sites.screen.never');
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  if (seconds < 120) return t('sites.seconds', { count: seconds });
  if (seconds < 7_200) return t('sites.minutes', { count: Math.round(seconds / 60) });
  if (seconds < 172_800) return t('sites.hours', { count: Math.round(seconds / 3_600) });
  return t('sites.days', { count: Math.round(seconds / 86_400) });
}

/** The worst that a screen of the site is in. */
export function siteState(presence: Presence, screens: number): ScreenState | 'no_screens' {
  if (presence.silent > 0) return 'silent';
  if (presence.reporting > presence.picture) return 'no_picture';
  if (presence.reporting > presence.sound) return 'no_sound';
  if (presence.enrolled > 0) return 'fine';
  return screens > 0 ? 'unenrolled' : 'no_screens';
}
