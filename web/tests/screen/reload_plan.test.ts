import { describe, expect, it } from 'vitest';
import { dueAt, reloadReason, type ReloadFacts } from '../../src/screen/reload_plan';

const kMinute = 60_000;
const kHour = 60 * kMinute;
const kTime = { hour: 3, minute: 30, spreadMinutes: 20 };
const local = (day: number, hour: number, minute = 0) =>
  new Date(2026, 2, day, hour, minute).getTime();

/** A page that was loaded on the 10th at 18:00, seen at `now`. */
function facts(now: number, more: Partial<ReloadFacts> = {}): ReloadFacts {
  return {
    now,
    uptimeMs: now - local(10, 18),
    time: kTime,
    draw: 0.5,
    live: false,
    memory: 'fine',
    darkMs: 0,
    ...more,
  };
}

describe('the nightly reload', () => {
  it('is at its hour, spread to either side', () => {
    expect(dueAt(local(10, 18), kTime, 0.5)).toBe(local(11, 3, 30));
    expect(dueAt(local(10, 18), kTime, 0)).toBe(local(11, 3, 10));
    expect(dueAt(local(10, 18), kTime, 0.75)).toBe(local(11, 3, 40));
    expect(dueAt(local(11, 1), kTime, 0.5)).toBe(local(11, 3, 30));
    expect(reloadReason(facts(local(11, 3, 29)))).toBeNull();
    expect(reloadReason(facts(local(11, 3, 30)))).toBe('nightly');
  });

  it('comes once a night, wherever in its span the page was loaded', () => {
    for (const minute of [10, 20, 30, 49]) {
      for (const draw of [0, 0.5, 0.99]) {
        const due = dueAt(local(11, 3, minute), kTime, draw);
        expect(due).toBeGreaterThanOrEqual(local(12, 3, 10));
        expect(due).toBeLessThan(local(12, 3, 50));
      }
    }
  });

  it('waits for the end of what is live, a day at most', () => {
    expect(reloadReason(facts(local(11, 4), { live: true }))).toBeNull();
    expect(reloadReason(facts(local(11, 9), { live: false }))).toBe('nightly');
    expect(reloadReason(facts(local(12, 3, 29), { live: true }))).toBeNull();
    expect(reloadReason(facts(local(12, 3, 30), { live: true }))).toBe('overdue');
  });

  it('is not brought about by a clock that is set after the start', () => {
    const boot = { uptimeMs: 20_000 }; // in 1970 a moment ago
    expect(reloadReason(facts(local(11, 20), boot))).toBeNull();
    expect(reloadReason(facts(local(11, 3, 31), boot))).toBeNull();
    expect(reloadReason(facts(0, boot))).toBeNull();
  });

  it('can be switched off', () => {
    expect(reloadReason(facts(local(20, 4), { time: null }))).toBeNull();
  });
});

describe('other reasons', () => {
  const noon = local(10, 23);

  it('memory: when nothing is live, or at once when there is hardly any left', () => {
    expect(reloadReason(facts(noon, { memory: 'grown' }))).toBe('memory');
    expect(reloadReason(facts(noon, { memory: 'grown', live: true }))).toBeNull();
    expect(reloadReason(facts(noon, { memory: 'critical', live: true }))).toBe('memory');
  });

  it('no picture for long', () => {
    expect(reloadReason(facts(noon, { darkMs: 9 * kMinute }))).toBeNull();
    expect(reloadReason(facts(noon, { darkMs: 11 * kMinute, live: true }))).toBe('dark');
    expect(reloadReason(facts(noon, { darkMs: kHour, time: null }))).toBe('dark');
  });

  it('never of a page that was just loaded', () => {
    const young = { uptimeMs: 5 * kMinute, memory: 'critical', darkMs: kHour } as const;
    expect(reloadReason(facts(noon, young))).toBeNull();
  });
});
