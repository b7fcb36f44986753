import { describe, expect, it, vi } from 'vitest';
import { shallowRef, type ShallowRef } from 'vue';
import { instantAt, plainTime, readTime, replayTimeOf, secondsAt, timeWords, useReplayTime, type ReplayTime } from '../../src/studio/recordings/replay_time';
import type { Recording } from '../../src/studio/recordings/recordings_api';
import { mounted } from '../support/mounted';

const kT0 = 1_767_225_600_000;
/** Trimmed by ten seconds, and a minute behind its fourth is a hole that is cut out. */
const kPieces = [
  { start: 0, duration: 2, programDateTime: kT0 + 10_000 },
  { start: 2, duration: 2, programDateTime: kT0 + 12_000 },
  { start: 4, duration: 2, programDateTime: kT0 + 74_000 },
];
const kTime = replayTimeOf(kPieces) as ReplayTime;
const kRecording = { id: 's1', start_ms: kT0 + 500, end_ms: kT0 + 90_000, shown: null } as Recording;

describe('a time of a replay', () => {
  it.each([
    ['0:00', 10_000],
    ['0:03', 13_000],
    ['0:05', 75_000],
    ['-0:05', 5_000],
    ['1:00:00', 74_000 + 3_596_000],
  ])('%s stands for an instant, and the other way round', (words, ms) => {
    expect(readTime(kTime, words)).toBe(kT0 + ms);
    expect(timeWords(kTime, kT0 + ms)).toBe(words);
  });

  it('is that where it would be, of what is cut out', () => {
    expect(secondsAt(kTime, kT0 + 40_000)).toBe(4);
    expect(instantAt(kTime, 3.5)).toBe(kT0 + 13_500);
  });

  it('is none when it is odd', () => {
    expect(['', '5', '--0:05', 'x'].map((words) => readTime(kTime, words))).toEqual([null, null, null, null]);
    expect(replayTimeOf([])).toBe(null);
  });

  it('counts from what is shown where there is no playlist', () => {
    expect(timeWords(plainTime(kRecording), kT0 + 61_500)).toBe('1:01');
    const trimmed = plainTime({ ...kRecording, shown: { from_ms: kT0 + 60_000, to_ms: kT0 + 70_000 } });
    expect([timeWords(trimmed, kT0 + 61_500), trimmed.endMs]).toEqual(['0:01', kT0 + 70_000]);
  });
});

describe('the times of a replay as it is now', () => {
  it('are those after a trim that its node has not heard of yet', async () => {
    vi.useFakeTimers();
    vi.stubGlobal('location', { href: 'http://node/studio' });
    const list = (ms: number) => `#EXT-X-PROGRAM-DATE-TIME:${new Date(kT0 + ms).toISOString()}\n#EXTINF:2,\n1.m4s\n`;
    let from = 0;
    vi.stubGlobal('fetch', (address: string) =>
      Promise.resolve(new Response(address.includes('v0') ? list(from) : '#EXT-X-STREAM-INF:BANDWIDTH=1\nv0/index.m3u8\n')));
    const known: { time: ShallowRef<ReplayTime | null> } = { time: shallowRef(null) };
    const trimmed = { ...kRecording, shown: { from_ms: kT0 + 60_000, to_ms: kT0 + 70_000 } };
    const unmount = mounted(() => void (known.time = useReplayTime(trimmed)));
    await vi.advanceTimersByTimeAsync(100);
    expect(known.time.value).toBe(null);
    from = 60_000;
    await vi.advanceTimersByTimeAsync(700);
    expect(known.time.value && timeWords(known.time.value, kT0 + 61_000)).toBe('0:01');
    unmount();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
});
