import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReplayPlayer } from '../../src/screen/replay_player';
import { asVideo, FakeHls, FakeVideo } from '../support/fake_hls';

vi.mock('hls.js', () => ({ default: FakeHls }));

const kAddress = '/replay/s1/index.m3u8';
let answers: Record<string, string>;

beforeEach(() => {
  vi.useFakeTimers();
  FakeHls.reset();
  answers = {
    [`${kAddress}?at=11500`]: '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv0/index.m3u8\n',
    'http://node/replay/s1/v0/index.m3u8':
      '#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:10.000Z\n#EXTINF:4,\n10.m4s\n#EXT-X-GAP\n#EXTINF:4,\n11.m4s\n',
  };
  vi.stubGlobal('location', { href: 'http://node/screen' });
  vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2, HAVE_FUTURE_DATA: 3 });
  vi.stubGlobal('fetch', (address: string) =>
    Promise.resolve(new Response(answers[address] ?? '', { status: address in answers ? 200 : 404 })),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function settled() {
  await vi.dynamicImportSettled();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  await vi.advanceTimersByTimeAsync(0);
}

function wall() {
  const video = new FakeVideo();
  const said: boolean[] = [];
  const player = new ReplayPlayer(asVideo(video), { onshown: (shown) => said.push(shown) });
  const keepAt = (atMs: number) => player.keepAt('s1', () => kAddress, atMs, true);
  return { video, said, player, keepAt };
}

describe('a replay on the wall where there are no Media Source Extensions', () => {
  it('is kept at its instant by the browser’s own player', async () => {
    FakeHls.supported = false;
    const { video, said, player, keepAt } = wall();
    keepAt(11_500);
    await settled();
    expect(video.src).toBe(`${kAddress}?at=11500`);
    keepAt(11_500);
    expect(video.paused).toBe(false);
    expect(said).toEqual([]);
    // At its beginning, of which the playlist said something else.
    video.readyState = 4;
    await vi.advanceTimersByTimeAsync(3_000);
    keepAt(11_500);
    expect(video.currentTime).toBeCloseTo(1.9);
    keepAt(11_500);
    expect(said).toEqual([true]);
    keepAt(15_000); // nothing is there
    expect([said, video.paused]).toEqual([[true, false], true]);
    player.stop();
    expect(video.src).toBe('');
  });

  it('is tried again when it fails', async () => {
    FakeHls.supported = false;
    delete answers[`${kAddress}?at=11500`];
    const { video, keepAt } = wall();
    keepAt(11_500);
    await settled();
    expect(video.src).toBe('');
    answers[`${kAddress}?at=11600`] = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv0/index.m3u8\n';
    keepAt(11_600);
    await settled();
    expect(video.src, 'not at once').toBe('');
    await vi.advanceTimersByTimeAsync(5_000);
    keepAt(11_600);
    await settled();
    expect(video.src).toBe(`${kAddress}?at=11600`);
  });
});

describe('a replay on the wall by hls.js', () => {
  it('is kept at its instant, too', async () => {
    const { video, said, keepAt } = wall();
    keepAt(11_500);
    await settled();
    expect(FakeHls.last.source).toBe(`${kAddress}?at=11500`);
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, {
      details: { fragments: [{ start: 0, duration: 4, programDateTime: 10_000 }] },
    });
    video.readyState = 4;
    video.currentTime = 1.5;
    keepAt(11_500);
    keepAt(11_500);
    expect([video.paused, said]).toEqual([false, [true]]);
  });
});
