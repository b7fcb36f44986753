import { describe, expect, it } from 'vitest';
import { chooseLanguage, findLanguage } from '../../src/player/hls_language';

const kTracks = [{ lang: 'zh-Hans' }, { lang: 'ug' }, {}];

describe('the language of a playlist', () => {
  it('is found by its tag, or by the beginning of it', () => {
    expect(findLanguage(kTracks, 'UG')).toBe(1);
    expect(findLanguage(kTracks, 'zh')).toBe(0);
    expect(findLanguage([{ lang: 'zh-Hans' }, { lang: 'zh' }], 'zh')).toBe(1);
    expect(findLanguage(kTracks, 'u')).toBe(-1);
    expect(findLanguage(kTracks, '')).toBe(-1);
    expect(findLanguage([], 'zh')).toBe(-1);
  });

  it('is chosen where it is there, and otherwise nothing is', () => {
    const hls = { audioTracks: kTracks as never[], audioTrack: 0 };
    chooseLanguage(hls, 'ug');
    expect(hls.audioTrack).toBe(1);
    chooseLanguage(hls, 'en');
    expect(hls.audioTrack).toBe(1);
    chooseLanguage(hls, '');
    expect(hls.audioTrack).toBe(0);
    const none = { audioTracks: [], audioTrack: -1 };
    chooseLanguage(none, '');
    expect(none.audioTrack).toBe(-1);
  });
});
