/** Days, times and waits of the guide in words. */
import type { I18n } from '../i18n/i18n';
import type { Language } from '../i18n/messages';
import { timeUntil } from './guide';

const tag = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en-GB');

export function clockWords(ms: number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(ms);
}

/** The same for two instants of one day there. */
export function dayOf(ms: number, zone: string): string {
  const parts: Record<string, string> = {};
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  for (const { type, value } of format.formatToParts(ms)) parts[type] = value;
  return `${parts.year}-${parts.month}-${parts.day}`;
}

export function dayWords(ms: number, zone: string, language: Language): string {
  return new Intl.DateTimeFormat(tag(language), {
    timeZone: zone,
    month: 'long',
    day: 'numeric',
    weekday: 'long',
  }).format(ms);
}

/** With its year, of what may be long ago. */
export function dateWords(ms: number, zone: string, language: Language): string {
  const year = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric' }).format(ms);
  return `${year} · ${dayWords(ms, zone, language)} ${clockWords(ms, zone)}`;
}

export function waitWords(startMs: number, nowMs: number, t: I18n['t']): string {
  const { days, hours, minutes } = timeUntil(startMs, nowMs);
  if (days === 0 && hours === 0 && minutes === 0) return t('guide.soon');
  const parts = [
    days > 0 ? t('guide.days', { days }) : '',
    hours > 0 ? t('guide.hours', { hours }) : '',
    days === 0 && minutes > 0 ? t('guide.minutes', { minutes }) : '',
  ].filter((part) => part !== '');
  return t('guide.in', { time: parts.join(' ') });
}
