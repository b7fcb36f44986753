import { describe, expect, it } from 'vitest';
import { format } from '../../src/i18n/i18n';
import type { MessageKey } from '../../src/i18n/messages';
import { onAir, readGuide, timeUntil, upcoming } from '../../src/live/guide';
import { clockWords, dayOf, waitWords } from '../../src/live/guide_words';

const kEvening = 1_795_692_600_000; // 2026-11-26 19:30 in Shanghai
const session = (id: string, state: string, startMs = kEvening) => ({
  id,
  channel: { id: 'main', name: '主频道' },
  series: { id: 's', title: '书记龙门阵' },
  title: '<img src=x onerror=alert(1)>',
  speakers: ['李伟', 7, ''],
  place: '龙泉驿',
  state,
  start_ms: startMs,
  end_ms: startMs + 3_600_000,
});

describe('the guide', () => {
  it('is read field by field, and what is odd is left out', () => {
    const guide = readGuide({
      time_zone: 'Asia/Shanghai',
      sessions: [session('a', 'scheduled'), session('b', 'over'), { id: 'c' }, null, 'x', session('', 'live')],
    });
    expect(guide.zone).toBe('Asia/Shanghai');
    expect(guide.sessions).toHaveLength(1);
    expect(guide.sessions[0]).toMatchObject({
      channelName: '主频道',
      series: '书记龙门阵',
      title: '<img src=x onerror=alert(1)>',
      speakers: ['李伟'],
    });
    expect(() => readGuide({})).toThrow();
    expect(() => readGuide(null)).toThrow();
  });

  it('shows times of a zone that it does not know in its own', () => {
    const zone = readGuide({ time_zone: 'Mars/Olympus', sessions: [] }).zone;
    expect(zone).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  });

  it('knows what is on air and what is to come', () => {
    const guide = readGuide({
      sessions: [
        session('past', 'scheduled', kEvening - 7_200_000),
        session('now', 'live', kEvening - 1_000_000),
        session('off', 'cancelled'),
        session('next', 'scheduled'),
      ],
    });
    expect(onAir(guide).map(({ id }) => id)).toEqual(['now']);
    expect(upcoming(guide, kEvening - 60_000).map(({ id }) => id)).toEqual(['next']);
  });

  it('says times and waits', () => {
    expect(clockWords(kEvening, 'Asia/Shanghai')).toBe('19:30');
    expect(dayOf(kEvening + 5 * 3_600_000, 'Asia/Shanghai')).toBe('2026-11-27');
    expect(timeUntil(kEvening, kEvening - 59_001)).toEqual({ days: 0, hours: 0, minutes: 1 });
    const t = (key: MessageKey, values?: Record<string, string | number>) => format('en', key, values);
    expect(waitWords(kEvening, kEvening - 7_500_000, t)).toBe('in 2 h 5 min');
    expect(waitWords(kEvening, kEvening - 90_000_000, t)).toBe('in 1 d 1 h');
    expect(waitWords(kEvening, kEvening + 5, t)).toBe('about to begin');
  });
});
