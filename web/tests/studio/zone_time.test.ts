import { describe, expect, it } from 'vitest';
import { fromInput, inputText, startOfDay, weekdayOf } from '../../src/studio/schedule/zone_time';

const kEvening = 1_795_692_600_000; // 2026-11-26 11:30 UTC

describe('the wall clock of another zone', () => {
  it('is shown and read', () => {
    expect(inputText(kEvening, 'Asia/Shanghai')).toBe('2026-11-26T19:30');
    expect(fromInput('2026-11-26T19:30', 'Asia/Shanghai')).toBe(kEvening);
    expect(fromInput('2026-11-26T06:30', 'America/New_York')).toBe(kEvening);
    expect(fromInput('', 'Asia/Shanghai')).toBeNull();
  });

  it('skips an hour and shows one twice', () => {
    const skipped = fromInput('2007-03-11T02:30', 'America/New_York');
    expect(inputText(skipped ?? 0, 'America/New_York')).toBe('2007-03-11T03:30');
    expect(fromInput('2007-11-04T01:30', 'America/New_York')).toBe(1_194_154_200_000);
  });

  it('has days of 23 and 25 hours', () => {
    const day = (text: string) => {
      const at = fromInput(text, 'Europe/Berlin') ?? 0;
      return startOfDay(at, 'Europe/Berlin', 1) - startOfDay(at, 'Europe/Berlin');
    };
    expect(day('2026-03-29T12:00')).toBe(23 * 3_600_000);
    expect(day('2026-10-25T12:00')).toBe(25 * 3_600_000);
    expect(day('2026-11-26T12:00')).toBe(24 * 3_600_000);
  });

  it('has weekdays', () => {
    expect(weekdayOf(kEvening, 'Asia/Shanghai')).toBe(3);
    expect(weekdayOf(kEvening + 5 * 3_600_000, 'Asia/Shanghai')).toBe(4);
  });
});
