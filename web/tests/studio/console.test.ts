import { describe, expect, it } from 'vitest';
import { fallen, kFloorDb, levelOf, share } from '../../src/studio/console/audio_levels';
import { chartPath, highestOf, lowestOf } from '../../src/studio/console/chart_path';
import { signed, tenth } from '../../src/studio/console/loudness_words';
import { isOrder, keyOf, kKeys, useTyping, type ConsoleKey } from '../../src/studio/console/console_keys';
import { switchWords, whyWords } from '../../src/studio/console/switch_words';
import { readNews, type Tile } from '../../src/studio/console/console_api';
import { kSlots, noHistory, rangeOf, withSample } from '../../src/studio/console/feed_history';
import { clockOf } from '../../src/studio/console/time_words';
import { readTally, tallyAddress } from '../../src/tally/tally';

describe('levels', () => {
  it('are those of a sine and of silence', () => {
    const sine = Float32Array.from({ length: 4800 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * i) / 48));
    const { peakDb, rmsDb } = levelOf(sine);
    expect(peakDb).toBeCloseTo(-6.02, 1);
    expect(rmsDb).toBeCloseTo(-9.03, 1);
    expect(levelOf(new Float32Array(16))).toEqual({ peakDb: kFloorDb, rmsDb: kFloorDb });
    expect(levelOf(new Float32Array(0)).rmsDb).toBe(kFloorDb);
  });
  it('fall slowly and rise at once', () => {
    expect(fallen(-10, -50, 1000)).toBe(-24);
    expect(fallen(-50, -10, 1000)).toBe(-10);
    expect(share(0)).toBe(1);
    expect(share(-30)).toBe(0.5);
    expect(share(-100)).toBe(0);
  });
});

describe('loudness', () => {
  it('is said in tenths, and silence has none', () => {
    expect(tenth(-23.04)).toBe('-23.0');
    expect(tenth(null)).toBe('-∞');
  });
  it('has a sign where it is a gain', () => {
    expect(signed(6.25)).toBe('+6.3');
    expect(signed(-3)).toBe('-3.0');
    expect(signed(-0.04)).toBe('0.0');
  });
});

describe('a chart', () => {
  it('is interrupted where nothing is known, and ends at the right', () => {
    expect(chartPath([0, 10, null, 5], 10, 4, 30, 10)).toBe('M0.0 10.0L10.0 0.0M30.0 5.0');
    expect(chartPath([10], 10, 4, 30, 10)).toBe('M30.0 0.0');
    expect(chartPath([1, 2, 3, 4, 5], 5, 2, 10, 10)).toBe('M0.0 2.0L10.0 0.0');
    expect(highestOf([null, 3], 5)).toBe(5);
    expect(highestOf([7, null], 5)).toBe(7);
    expect(lowestOf([null, 3])).toBe(0);
    expect(chartPath([-60, 0], 0, 2, 10, 10, lowestOf([-60, 0]))).toBe('M0.0 10.0L10.0 0.0');
  });
});

describe('the history of the inputs', () => {
  const feed = (kbps: number) => ({ kbps, fps: 25, round_trip_ms: null, lost_percent: 1.5, keyframe_age_ms: 400 });
  const told = (primaryErrors: number) =>
    ({
      feed: feed(2000),
      backup: null,
      viewers: { webrtc: 3, hls: null },
      inputs: {
        inputs: [
          { input: 'primary', peak_dbfs: -12, errors: primaryErrors },
          { input: 'backup', peak_dbfs: -100, errors: 0 },
        ],
      },
    }) as unknown as Tile;
  it('grows by what the page is told, and knows the errors since', () => {
    let history = withSample(noHistory(), told(4), null, 1000);
    history = withSample(history, told(6), told(4), 2000);
    history = withSample(history, told(1), told(6), 3000);
    expect(history.at_ms).toEqual([1000, 2000, 3000]);
    expect(history.viewers).toEqual([3, 3, 3]);
    expect(history.inputs.primary.kbps).toEqual([2000, 2000, 2000]);
    expect(history.inputs.primary.errors).toEqual([null, 2, 0]);
    expect(history.inputs.primary.peak_dbfs).toEqual([-12, -12, -12]);
    expect(history.inputs.primary.round_trip_ms).toEqual([null, null, null]);
    expect(history.inputs.backup.peak_dbfs).toEqual([null, null, null]);
  });
  it('is ten minutes long', () => {
    let history = noHistory();
    for (let second = 0; second < kSlots + 5; second++) history = withSample(history, told(0), null, second * 1000);
    expect(history.at_ms.length).toBe(kSlots);
    expect(history.inputs.primary.fps.length).toBe(kSlots);
    expect(history.at_ms[0]).toBe(5000);
  });
  it('has a range in words', () => {
    expect(rangeOf([null, 3.14159, -2])).toEqual({ least: -2, most: 3.1 });
    expect(rangeOf([null])).toBeNull();
  });
});

describe('keys', () => {
  const press = (key: string, more = {}) =>
    keyOf({ key, ctrlKey: false, altKey: false, metaKey: false, repeat: false, ...more });
  it('are one for each command, and none with Ctrl or held down', () => {
    expect(new Set(Object.values(kKeys)).size).toBe(Object.keys(kKeys).length);
    expect(press('x')).toBe('cut');
    expect(press('X')).toBe('cut');
    expect(press('x', { ctrlKey: true })).toBeNull();
    expect(press('x', { repeat: true })).toBeNull();
    expect(press('Enter')).toBeNull();
  });
  it('that order something wait for the answer, and those of the page alone do not', () => {
    const alone: ConsoleKey[] = ['cut', 'chapter', 'programme', 'feed', 'backup_feed', 'help'];
    for (const key of Object.keys(kKeys) as ConsoleKey[]) expect(isOrder(key), key).toBe(!alone.includes(key));
  });
});

describe('typing', () => {
  it('is not ended by a field that goes away', () => {
    const isPartOfText = useTyping();
    expect(isPartOfText(false, 'e', 0)).toBe(false);
    expect(isPartOfText(true, 't', 1_000)).toBe(true);
    expect(isPartOfText(false, 'e', 1_200)).toBe(true); // the field was taken away
    expect(isPartOfText(false, 'e', 2_100)).toBe(true); // and the typing goes on
    expect(isPartOfText(false, 'e', 3_200)).toBe(false);
  });
  it('is ended by whoever types', () => {
    for (const end of ['Enter', 'Escape', 'Tab']) {
      const isPartOfText = useTyping();
      expect(isPartOfText(true, 't', 0)).toBe(true);
      expect(isPartOfText(true, end, 100)).toBe(true);
      expect(isPartOfText(false, 'p', 200)).toBe(false);
    }
  });
});

describe('what is told', () => {
  it('is refused when it is something else', () => {
    expect(() => readNews('{}')).toThrow();
    expect(() => readTally('{"state":"maybe"}')).toThrow();
    expect(readTally('{"state":"on_air","channel":"main"}').name).toBe('main');
  });
  it('is asked for with the token of the link', () => {
    expect(tallyAddress({ search: '?channel=a', hash: '#1.x' })).toBe('/api/v1/tally?channel=a&token=1.x');
    expect(tallyAddress({ search: '', hash: '' })).toBe('/api/v1/tally?channel=main');
  });
});

describe('a switch', () => {
  const say = (key: string, values: Record<string, string | number> = {}) =>
    [key, ...Object.values(values)].join(' ');
  const switched = { number: 1, at_ms: 0, kind: 'switch', who: '', detail: '' };
  it('is told with what was seen of it', () => {
    const words = (more: object) => switchWords({ ...switched, ...more }, say);
    const to = { from: 'primary', to: 'backup', why: 'black' } as const;
    expect(words({ ...to, stood_slots: null, jump_slots: null })).toBe(
      'console.event.switch console.input.primary console.input.backup console.why.black',
    );
    expect(words({ ...to, stood_slots: 2, jump_slots: 0 })).toMatch(/stood 2, console.jump.same$/);
    expect(words({ ...to, stood_slots: 2, jump_slots: -3 })).toMatch(/console.jump.repeated 3$/);
    expect(words({ ...to, stood_slots: 2, jump_slots: null })).toMatch(/stood 2, console.jump.unknown$/);
    expect(words({ ...to, stood_slots: 2, jump_slots: 12, jump_by: 'sound' })).toMatch(
      /stood 2, console.jump.by_sound console.jump.lost 12$/,
    );
  });
  it('may have a reason that a later server knows', () => {
    expect(whyWords('magic', say)).toBe('magic');
  });
});

describe('time', () => {
  it('is read at a glance', () => {
    expect(clockOf(7_400)).toBe('0:07');
    expect(clockOf(750_000)).toBe('12:30');
    expect(clockOf(11_100_000)).toBe('3:05:00');
    expect(clockOf(-5)).toBe('0:00');
  });
});
