import { describe, expect, it } from 'vitest';
import { findRendition, renditionAt, renditionsOf } from '../../src/player/hls_rendition';

const level = (height: number, kbps: number) => ({ width: (height * 16) / 9, height, bitrate: kbps * 1500, averageBitrate: kbps * 1000 });
const kLevels = [level(360, 500), level(720, 1500), level(720, 2500)];

describe('the renditions of a playlist', () => {
  it('are told largest first, two as high as each other by their rates', () => {
    expect(renditionsOf(kLevels).map(({ name, kbps }) => [name, kbps])).toEqual([['720p', 2500], ['720p 1500k', 1500], ['360p', 500]]);
    expect(renditionsOf([level(0, 64)])).toEqual([]);
    expect(renditionsOf([{ ...level(360, 0), bitrate: 700_000 }])[0].kbps).toBe(700);
  });

  it('are known by where hls.js has them', () => {
    expect(renditionAt(kLevels, 1)?.name).toBe('720p 1500k');
    expect(renditionAt(kLevels, -1)).toBe(null);
  });

  it('are found by height, and of several by the nearest rate', () => {
    expect(findRendition(kLevels, { height: 720, kbps: 2400 })).toBe(2);
    expect(findRendition(kLevels, { height: 720, kbps: 1400 })).toBe(1);
    expect(findRendition(kLevels, { height: 360, kbps: null })).toBe(0);
    expect(findRendition(kLevels, { height: 1080, kbps: 1 })).toBe(-1);
    expect(findRendition(kLevels, null)).toBe(-1);
  });
});
