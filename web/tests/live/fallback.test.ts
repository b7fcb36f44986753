import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catchUpRate, Fallback, kPatienceMs, positionOf, resumePosition, type LastPicture, type LivePlaylist } from '../../src/live/fallback';
import { kIdle, LiveSession, type LiveStatus } from '../../src/live/live_session';
import { kFirstRestMs, kLongestRestMs, restMs } from '../../src/live/backoff';
import { WhepError } from '../../src/whep';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function stage() {
  const begun: (LastPicture | null)[] = [];
  let ended = 0;
  const fallback = new Fallback({
    begin: (last) => begun.push(last),
    end: () => (ended += 1),
    now: () => Date.now(),
  });
  const say = (status: Partial<LiveStatus>) => fallback.update({ ...kIdle, ...status });
  return { fallback, begun, say, ended: () => ended };
}
const playing = (framesDecoded: number, instantMs: number | null = null): Partial<LiveStatus> => ({
  phase: 'playing',
  reception: { framesDecoded, instantMs } as LiveStatus['reception'],
});

describe('HLS in place of WebRTC', () => {
  it('begins at once when the server has no room', () => {
    const { begun, say } = stage();
    say({ phase: 'connecting' });
    expect(begun).toEqual([]);
    say({ phase: 'retrying', trouble: 'busy', attempt: 1 });
    expect(begun).toEqual([null]);
  });

  it('gives a relay that was killed time to come back', () => {
    const { begun, say } = stage();
    say(playing(10));
    say({ phase: 'lost', trouble: 'silent' });
    say({ phase: 'retrying', trouble: 'busy', attempt: 1 });
    expect(begun).toEqual([]);
    vi.advanceTimersByTime(kPatienceMs);
    expect(begun).toEqual([{ agoMs: kPatienceMs, instantMs: null }]);
  });

  it('begins when no picture comes for a while, and once', () => {
    const { begun, say } = stage();
    say({ phase: 'connecting' });
    vi.advanceTimersByTime(kPatienceMs - 1);
    say({ phase: 'retrying', trouble: 'network', attempt: 1 });
    expect(begun).toEqual([]);
    vi.advanceTimersByTime(1);
    say({ phase: 'retrying', trouble: 'network', attempt: 2 });
    expect(begun).toEqual([null]);
  });

  it('does not begin when a lost picture comes back in time', () => {
    const { begun, say } = stage();
    say(playing(10));
    say({ phase: 'lost', trouble: 'silent' });
    vi.advanceTimersByTime(kPatienceMs - 10);
    say(playing(20));
    vi.advanceTimersByTime(10 * kPatienceMs);
    expect(begun).toEqual([]);
  });

  it('goes on where the last picture was', () => {
    const { begun, say } = stage();
    say(playing(10, 1_000));
    vi.advanceTimersByTime(500);
    say(playing(25, 1_500));
    vi.advanceTimersByTime(500);
    say(playing(25, 2_000)); // no new picture
    vi.advanceTimersByTime(700);
    say({ phase: 'lost', trouble: 'silent' });
    vi.advanceTimersByTime(kPatienceMs);
    expect(begun).toEqual([{ agoMs: 1200 + kPatienceMs, instantMs: 1_500 }]);
  });

  it('ends with the first picture that WebRTC brings', () => {
    const { fallback, say, ended } = stage();
    say({ phase: 'retrying', trouble: 'busy' });
    expect(fallback.active).toBe(true);
    say({ phase: 'connecting' });
    expect(ended()).toBe(0);
    say(playing(1));
    expect(ended()).toBe(1);
    expect(fallback.active).toBe(false);
  });

  it.each(['absent', 'refused', 'thin'] as const)('does not begin when it is %s', (trouble) => {
    const { begun, say } = stage();
    say({ phase: 'retrying', trouble });
    vi.advanceTimersByTime(10 * kPatienceMs);
    expect(begun).toEqual([]);
  });

  it('waits longer where many lose what they see together', () => {
    const begun: number[] = [];
    for (const draw of [0, 0.5]) {
      const fallback = new Fallback({
        begin: () => begun.push(Date.now() - since),
        end: () => {},
        spreadMs: 4_000,
        random: () => draw,
        now: () => Date.now(),
      });
      const since = Date.now();
      fallback.update({ ...kIdle, phase: 'connecting' });
      vi.advanceTimersByTime(10 * kPatienceMs);
    }
    expect(begun).toEqual([kPatienceMs, kPatienceMs + 2_000]);
  });

  it('follows to another channel', () => {
    const { fallback, begun, say, ended } = stage();
    say({ phase: 'retrying', trouble: 'busy' });
    fallback.retarget();
    expect([begun, ended()]).toEqual([[null, null], 1]);
  });
});

describe('the same instant', () => {
  // A minute from 12:00:00 on, with a hole of ten seconds before its last ten.
  const kBeginMs = Date.UTC(2026, 0, 1, 12);
  const fragments = Array.from({ length: 60 }, (_, i) => ({
    start: 40 + i,
    duration: 1,
    programDateTime: kBeginMs + (i < 50 ? i : i + 10) * 1_000,
  }));
  const playlist: LivePlaylist = { edge: 100, partHoldBack: 0.8, holdBack: 6, fragmentStart: 40, fragments };
  const at = (agoMs: number, seconds: number | null): LastPicture => ({
    agoMs,
    instantMs: seconds === null ? null : kBeginMs + seconds * 1_000,
  });
  it.each([
    ['none was shown', null, null],
    ['two seconds ago', at(2_000, null), 97.5],
    ['a moment ago: players begin there by themselves', at(100, null), null],
    ['longer ago than the playlist is', at(80_000, null), null],
    ['an instant that the playlist has, whenever it was shown', at(2_000, 45.25), 84.75],
    ['an instant behind a hole', at(2_000, 61), 90.5],
    ['an instant in a hole: by how long ago it was', at(2_000, 55), 97.5],
    ['an instant just now', at(2_000, 69.9), null],
    ['an instant that left the playlist', at(80_000, -5), null],
  ])('%s', (_, last, position) => {
    expect(resumePosition(last, playlist)).toBe(position);
  });

  it('is where players begin by themselves, without parts as well', () => {
    expect(resumePosition(at(5_000, null), { ...playlist, partHoldBack: 0 })).toBeNull();
    expect(positionOf({ ...playlist, fragments: [{ start: 0, duration: 1, programDateTime: null }] }, kBeginMs)).toBeNull();
  });
});

describe('what is behind its place', () => {
  it.each([
    ['a little', 0.05, 2, false, 1],
    ['a moment', 0.5, 2, false, 1.1],
    ['a minute', 60, 30, true, 1.1],
    ['and has two parts in hand', 0.5, 0.6, false, 1.1],
    ['but has little in hand', 5, 0.45, false, 1],
    ['but has little for one that has just stalled', 5, 1.4, true, 1],
    ['not at all', -1, 5, false, 1],
  ])('%s', (_, behindS, bufferedS, stalledLately, rate) => {
    expect(catchUpRate(behindS, bufferedS, stalledLately)).toBe(rate);
  });
});

describe('WebRTC while something else is shown', () => {
  it('is tried again, more seldom each time', async () => {
    const at: number[] = [];
    const session = new LiveSession({
      open: () => {
        at.push(Date.now());
        return {
          join: () => Promise.reject(new WhepError('network', 'refused')),
          leave: () => {},
        } as never;
      },
      surface: { prepare: () => Promise.resolve(), promote: () => {} },
      onchange: () => {},
      random: () => 1,
      now: () => Date.now(),
    });
    session.rest(true);
    session.play('main', '');
    await vi.advanceTimersByTimeAsync(400_000);
    const gaps = at.slice(1).map((time, i) => time - at[i]);
    expect(gaps.slice(0, 5)).toEqual([10_000, 20_000, 40_000, 80_000, 120_000]);
    session.leave();
  });

  it('waits within bounds', () => {
    expect(restMs(1, 0)).toBe(0.75 * kFirstRestMs);
    expect(restMs(1_000, 1)).toBe(kLongestRestMs);
  });
});
