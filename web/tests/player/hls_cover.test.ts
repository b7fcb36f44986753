import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LastPicture } from '../../src/live/fallback';
import { HlsCover } from '../../src/player/hls_cover';
import { asVideo, FakeHls, FakeVideo } from '../support/fake_hls';

vi.mock('hls.js', () => ({ default: FakeHls }));

const kAddress = '/hls/main/index.m3u8';
let token: string;
const asked: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  token = 'one';
  asked.length = 0;
  FakeHls.reset();
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('fetch', (address: string) => {
    asked.push(address);
    return Promise.resolve(new Response());
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function covering(last: LastPicture | null = null) {
  const video = new FakeVideo();
  const said: string[] = [];
  const cover = new HlsCover(asVideo(video), {
    onplaying: (way) => said.push(way),
    onstill: () => said.push('still'),
    onreception: () => {},
    onblocked: () => said.push('blocked'),
  });
  cover.start(() => `${kAddress}?token=${token}`, last);
  await vi.dynamicImportSettled();
  /** Seconds in which so many pictures are shown each. */
  const go = async (seconds: number, pictures: number) => {
    for (let i = 0; i < seconds; i++) {
      video.frames += pictures;
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };
  return { video, said, cover, go };
}

describe('a channel by HLS', () => {
  it('is said to play while its picture moves, and no longer', async () => {
    const { video, said, go } = await covering();
    video.dispatchEvent(new Event('playing'));
    await go(5, 25);
    expect(said).toEqual(['ll-hls']);
    await go(3, 0);
    expect(said).toEqual(['ll-hls', 'still']);
    await go(2, 25);
    expect(said).toEqual(['ll-hls', 'still', 'll-hls']);
  });

  it('begins at the instant of the last picture, once the first media are there', async () => {
    const { video } = await covering({ agoMs: 3_000, instantMs: 1_000_500 });
    const fragments = [{ start: 30, duration: 2, programDateTime: 1_000_000 }];
    const details = { live: true, edge: 50, partHoldBack: 0.8, holdBack: 6, fragmentStart: 20, fragments };
    FakeHls.last.say(FakeHls.Events.LEVEL_LOADED, { details });
    expect(video.currentTime).toBe(0);
    video.dispatchEvent(new Event('loadedmetadata'));
    expect(video.currentTime).toBe(30);
  });

  it('has the rendition that is chosen, also when it is begun again', async () => {
    const { cover } = await covering();
    const kLevels = [360, 720].map((height) => ({ width: 2 * height, height, bitrate: 0, averageBitrate: 1000 * height }));
    FakeHls.last.levels = kLevels;
    cover.setRendition({ height: 720, kbps: 2500 });
    expect([cover.isChoosing, FakeHls.last.nextLevel]).toEqual([true, 1]);
    FakeHls.last.fail('networkError');
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.dynamicImportSettled();
    FakeHls.last.levels = kLevels;
    FakeHls.last.say(FakeHls.Events.MANIFEST_PARSED);
    expect([FakeHls.made.length, FakeHls.last.nextLevel]).toEqual([2, 1]);
    cover.setRendition(null);
    expect(FakeHls.last.nextLevel).toBe(-1);
  });

  it('stands not still because nobody looks at it', async () => {
    const { video, said, go } = await covering();
    video.dispatchEvent(new Event('playing'));
    await go(2, 25);
    vi.stubGlobal('document', { hidden: true });
    await go(5, 0);
    expect(said).toEqual(['ll-hls']);
  });

  it('is asked for again, with the token of then', async () => {
    await covering();
    expect(FakeHls.last.source).toBe(`${kAddress}?token=one`);
    token = 'two';
    FakeHls.last.fail('networkError');
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.dynamicImportSettled();
    expect(FakeHls.made).toHaveLength(2);
    expect(FakeHls.made[0].destroyed).toBe(true);
    expect(FakeHls.last.source).toBe(`${kAddress}?token=two`);
  });

  it('goes on with another token before the first one ends', async () => {
    const { cover } = await covering();
    token = 'two';
    cover.renew();
    expect(asked).toEqual([`${kAddress}?token=two`]);
    cover.stop();
    cover.renew();
    expect(asked).toHaveLength(1);
  });

  it('is mended once, and then begun anew', async () => {
    await covering();
    FakeHls.last.fail('mediaError');
    expect(FakeHls.last.mended).toBe(1);
    FakeHls.last.fail('mediaError');
    expect(FakeHls.last.mended).toBe(1);
    expect(FakeHls.last.destroyed).toBe(true);
  });

  it('goes on without low latency when that stalls again and again', async () => {
    const { video, said } = await covering();
    video.dispatchEvent(new Event('playing'));
    for (let i = 0; i < 3; i++) FakeHls.last.fail('mediaError', 'bufferStalledError', false);
    await vi.dynamicImportSettled();
    expect(said).toEqual(['ll-hls', 'hls']);
    expect(FakeHls.made.map(({ config }) => config.lowLatencyMode)).toEqual([true, false]);
  });

  it('catches up from wherever it began, and not without low latency', async () => {
    const { video } = await covering();
    const played = (latency: number) => {
      Object.assign(FakeHls.last, { latency, targetLatency: 0.64 });
      video.dispatchEvent(new Event('timeupdate'));
      return video.playbackRate;
    };
    expect(played(9.3)).toBe(1);
    video.bufferedTo = video.currentTime + 5;
    expect(played(9.3)).toBe(1.1);
    expect(played(0.7)).toBe(1);
    expect(played(2)).toBe(1.1);
    for (let i = 0; i < 3; i++) FakeHls.last.fail('mediaError', 'bufferStalledError', false);
    await vi.dynamicImportSettled();
    expect(video.playbackRate).toBe(1);
    expect(played(9.3)).toBe(1);
  });

  it('is the browser’s own where there are no Media Source Extensions', async () => {
    FakeHls.supported = false;
    const { video, said } = await covering();
    expect(FakeHls.made).toEqual([]);
    expect(video.src).toBe(`${kAddress}?token=one`);
    video.dispatchEvent(new Event('playing'));
    expect(said).toEqual(['hls']);
  });
});
