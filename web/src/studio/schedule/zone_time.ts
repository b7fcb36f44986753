/**
 * Times of the node's wall clock, whatever zone the browser is in: to what a form shows and back. A
 * time that the clock skips is an hour later by the wall, of one that it shows twice the first is
 * meant; the server does the same (control/time_zone.h).
 */

export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

export function wallTime(ms: number, zone: string): WallTime {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(ms)) parts[type] = Number(value);
  const { year, month, day, hour, minute } = parts;
  return { year, month, day, hour, minute };
}

function asUtc(time: WallTime): number {
  return Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute);
}

export function epochOf(time: WallTime, zone: string): number {
  const utc = asUtc(time);
  const kDay = 86_400_000;
  const offset = (at: number) => asUtc(wallTime(at, zone)) - Math.floor(at / 60_000) * 60_000;
  const before = utc - offset(utc - kDay);
  const after = utc - offset(utc + kDay);
  return (
    [Math.min(before, after), Math.max(before, after)].find(
      (each) => asUtc(wallTime(each, zone)) === utc,
    ) ?? before
  );
}

const two = (value: number) => String(value).padStart(2, '0');

export function dayText({ year, month, day }: WallTime): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}
export function clockText({ hour, minute }: WallTime): string {
  return `${two(hour)}:${two(minute)}`;
}

/** "2026-11-26T19:30", what an <input type="datetime-local"> has. */
export function inputText(ms: number, zone: string): string {
  const time = wallTime(ms, zone);
  return `${dayText(time)}T${clockText(time)}`;
}
export function fromInput(text: string, zone: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1).map(Number);
  return epochOf({ year, month, day, hour, minute }, zone);
}

/** The instant at which the day begins, so many days after the one that `ms` is in. */
export function startOfDay(ms: number, zone: string, daysLater = 0): number {
  const { year, month, day } = wallTime(ms, zone);
  const there = new Date(Date.UTC(year, month - 1, day + daysLater));
  return epochOf(
    {
      year: there.getUTCFullYear(),
      month: there.getUTCMonth() + 1,
      day: there.getUTCDate(),
      hour: 0,
      minute: 0,
    },
    zone,
  );
}

/** 0 is Monday. */
export function weekdayOf(ms: number, zone: string): number {
  const { year, month, day } = wallTime(ms, zone);
  return (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
}
