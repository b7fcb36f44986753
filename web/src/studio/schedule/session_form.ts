/** A session as a form holds it, what of it was changed, and where two people's changes differ. */
import type { MessageKey } from '../../i18n/messages';
import { noSlates, type ChosenSlates } from '../slates/slate_api';
import { kWeekdays, type Repeat, type Session, type SessionTexts } from './schedule_api';
import { fromInput, inputText, weekdayOf } from './zone_time';

export interface SessionForm {
  channel: string;
  series: string;
  title: string;
  description: string;
  speakers: string; // one a line
  theme: string;
  language: string;
  place: string;
  slates: ChosenSlates;
  start: string;
  end: string;
  autoStart: boolean;
  autoEnd: boolean;
}

export interface RepeatForm {
  kind: 'none' | 'days' | 'weekly';
  everyDays: number;
  weekdays: string[];
  ends: 'count' | 'until';
  count: number;
  until: string;
}

const kHour = 3_600_000;

export function newForm(startMs: number, zone: string): SessionForm {
  return {
    channel: '',
    series: '',
    title: '',
    description: '',
    speakers: '',
    theme: '',
    language: '',
    place: '',
    slates: noSlates(),
    start: inputText(startMs, zone),
    end: inputText(startMs + kHour, zone),
    autoStart: false,
    autoEnd: false,
  };
}

export function formOf(session: Session, zone: string): SessionForm {
  return {
    channel: session.channel,
    series: session.series,
    title: session.title,
    description: session.description,
    speakers: session.speakers.join('\n'),
    theme: session.theme ?? '',
    language: session.language,
    place: session.place,
    slates: { ...session.slates },
    start: inputText(session.start_ms, zone),
    end: inputText(session.end_ms, zone),
    autoStart: session.auto_start,
    autoEnd: session.auto_end,
  };
}

export function newRepeat(startMs: number, zone: string): RepeatForm {
  const weekday = kWeekdays[weekdayOf(startMs, zone)];
  return { kind: 'none', everyDays: 7, weekdays: [weekday], ends: 'count', count: 8, until: '' };
}

/** Null: a time is missing. */
export function textsOf(form: SessionForm, zone: string): SessionTexts | null {
  const startMs = fromInput(form.start, zone);
  const endMs = fromInput(form.end, zone);
  if (startMs === null || endMs === null) return null;
  return {
    channel: form.channel,
    series: form.series,
    title: form.title.trim(),
    description: form.description.replace(/\r\n?/g, '\n').trim(),
    speakers: form.speakers
      .split('\n')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    theme: form.theme || null,
    language: form.language.trim(),
    place: form.place.trim(),
    slates: { ...form.slates },
    start_ms: startMs,
    end_ms: endMs,
    auto_start: form.autoStart,
    auto_end: form.autoEnd,
  };
}

export function repeatOf(form: RepeatForm): Repeat | undefined {
  if (form.kind === 'none') return undefined;
  const days = form.kind === 'days' ? { every_days: form.everyDays } : { weekdays: form.weekdays };
  return { ...days, ...(form.ends === 'count' ? { count: form.count } : { until: form.until }) };
}

export const kFieldWords: Record<keyof SessionTexts, MessageKey> = {
  channel: 'schedule.channel',
  series: 'schedule.series',
  title: 'schedule.title',
  description: 'schedule.description',
  speakers: 'schedule.speakers',
  theme: 'schedule.theme',
  language: 'schedule.language',
  place: 'schedule.place',
  slates: 'slates.session',
  start_ms: 'schedule.start',
  end_ms: 'schedule.end',
  auto_start: 'schedule.auto_start',
  auto_end: 'schedule.auto_end',
};
const kFields = Object.keys(kFieldWords) as (keyof SessionTexts)[];

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

export function changedFields(
  from: SessionTexts,
  to: SessionTexts,
): (keyof SessionTexts)[] {
  return kFields.filter((field) => !same(from[field], to[field]));
}

/** What was changed alone, so that a field nobody touched is not sent. */
export function changeOf(from: SessionTexts, to: SessionTexts): Partial<SessionTexts> {
  return Object.fromEntries(changedFields(from, to).map((field) => [field, to[field]]));
}
