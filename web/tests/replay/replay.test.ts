import { beforeEach, describe, expect, it, vi } from 'vitest';
import { captionsAddress, keepCaptions, keptCaptions, languageWords, readCaptions, wantedCaptions } from '../../src/replay/captions';
import { keepPosition, keptPosition } from '../../src/replay/kept_position';
import { readOffset, sizeWords } from '../../src/studio/recordings/recordings_api';
import { durationWords, readReplays, readTimeLink, replayAddress, rewindable } from '../../src/replay/recordings';
import { readStills, stillAt } from '../../src/replay/thumbnails';

describe('replays', () => {
  it('are read field by field', () => {
    const page = readReplays({
      time_zone: 'Asia/Shanghai',
      recordings: [
        { id: 'a1', channel: { id: 'main' }, session: 'a1', title: '第一期', series: 's', speakers: ['x', 7], place: '石桥', start_ms: 5, end_ms: null },
        { id: 'a2', start_ms: 5, end_ms: 60_005, replay_start_ms: 10_000, replay_ms: 30_000, courseware: 2 },
        { id: '../x', start_ms: 5 },
        { id: 'b', start_ms: 'soon' },
        null,
      ],
    });
    expect(page.replays).toEqual([
      {
        id: 'a1', channel: 'main', session: 'a1', title: '第一期', series: 's', speakers: ['x'], theme: '', place: '石桥',
        startMs: 5, endMs: null, replayStartMs: 5, replayMs: null, courseware: 0,
      },
      {
        id: 'a2', channel: '', session: '', title: 'a2', series: '', speakers: [], theme: '', place: '',
        startMs: 5, endMs: 60_005, replayStartMs: 10_000, replayMs: 30_000, courseware: 2,
      },
    ]);
    expect(() => readReplays({})).toThrow();
  });

  it('are rewound while they are on air, and a little longer', () => {
    const { replays } = readReplays({
      recordings: [['c', 900_000], ['b', null], ['a', 5]].map(([id, end_ms]) => ({ id, start_ms: 1, end_ms })),
    });
    const [ended, , old] = replays;
    expect(rewindable(replays, 1_000_000)?.id).toBe('b');
    expect(rewindable([ended, old], 1_000_000)?.id).toBe('c');
    expect(rewindable([ended, old], 1_500_000)).toBe(null);
  });

  it('have lengths in words', () => {
    expect(durationWords(63)).toBe('1:03');
    expect(durationWords(3723.9)).toBe('1:02:03');
    expect(durationWords(-1)).toBe('0:00');
  });
});

describe('a link to a moment', () => {
  it.each([
    ['90', 90],
    ['1.5', 1.5],
    ['1m30s', 90],
    ['1h2m3s', 3723],
    ['2h', 7200],
    ['', null],
    [null, null],
    ['-5', null],
    ['x', null],
  ])('%j', (words, seconds) => expect(readTimeLink(words)).toBe(seconds));

  it('names the recording and the instant', () => {
    expect(replayAddress('s1', '', 1_767_225_603_250.9)).toBe('/?replay=s1&at=1767225603250');
    expect(replayAddress('s1', 'a b')).toBe('/?replay=s1&token=a+b');
  });
});

describe('where one stopped', () => {
  beforeEach(() => {
    const kept = new Map<string, string>();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    });
  });

  it('is kept, but not of what is over or hardly begun', () => {
    keepPosition('a', 100.7, 600);
    keepPosition('b', 5, 600);
    keepPosition('c', 595, 600);
    expect([keptPosition('a'), keptPosition('b'), keptPosition('c')]).toEqual([100, null, null]);
    keepPosition('a', 590, 600);
    expect(keptPosition('a')).toBe(null);
  });

  it('is kept of the last fifty', () => {
    for (let i = 0; i < 60; i++) keepPosition(`r${i}`, 100, 600);
    expect(keptPosition('r9')).toBe(null);
    expect(keptPosition('r59')).toBe(100);
  });
});

describe('in the studio', () => {
  it.each([
    ['0:05', 5_000],
    ['2:03', 123_000],
    ['1:02:03', 3_723_000],
    ['1:62:03', null],
    ['90', null],
    ['', null],
  ])('%j from the start', (words, expected) => expect(readOffset(words)).toBe(expected));

  it('sizes are told in words', () => {
    expect(sizeWords(3.72e9)).toBe('3.7 GB');
    expect(sizeWords(12e6)).toBe('12 MB');
  });
});

describe('stills', () => {
  const track = [
    'WEBVTT',
    '00:00:00.000 --> 00:00:10.000\nthumbnails/10-7.jpg?n=2#xywh=256,144,256,144',
    '01:00:10.500 --> 01:00:20.000\nthumbnails/10-8.jpg?n=1#xywh=0,0,256,144',
    '00:99:00.000 --> 00:00:20.000\nthumbnails/10-8.jpg?n=1#xywh=0,0,256,144',
    '00:00:20.000 --> 00:00:30.000\nthumbnails/10-8.jpg',
    'NOTE nothing',
  ].join('\n\n');

  it('are read of their track, and what is odd left out', () => {
    const stills = readStills(`${track}\n`, 'http://node/replay/s1/thumbnails.vtt');
    expect(stills).toEqual([
      { startS: 0, endS: 10, sheet: 'http://node/replay/s1/thumbnails/10-7.jpg?n=2', x: 256, y: 144, width: 256, height: 144 },
      { startS: 3610.5, endS: 3620, sheet: 'http://node/replay/s1/thumbnails/10-8.jpg?n=1', x: 0, y: 0, width: 256, height: 144 },
    ]);
    expect(stillAt(stills, 9)?.startS).toBe(0);
    expect(stillAt(stills, 5000)?.startS).toBe(3610.5);
    expect(stillAt([], 1)).toBeNull();
  });
});

describe('captions', () => {
  beforeEach(() => {
    const kept = new Map<string, string>();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    });
  });

  it('are read field by field', () => {
    expect(
      readCaptions({
        captions: [{ language: 'zh-Hans', label: '中文' }, { language: '../x', label: 'x' }, { language: 'en' }, null],
      }),
    ).toEqual([{ language: 'zh-Hans', label: '中文' }]);
    expect(() => readCaptions({})).toThrow();
    expect(captionsAddress('a b', { language: 'en', label: 'x' }, 'T&1')).toBe('/replay/a%20b/captions/en.vtt?token=T%261');
  });

  const tracks = [{ language: 'en' }, { language: 'zh-Hans' }, { language: 'zh-Hant' }];
  it.each([
    ['zh-hant', 2],
    ['zh-CN', 1],
    ['en-GB', 0],
    ['fr', -1],
    ['', -1],
  ])('in %j', (language, index) => expect(wantedCaptions(tracks, language)).toBe(index));

  it('are wanted again', () => {
    expect(keptCaptions()).toBe('');
    keepCaptions('zh-Hans');
    expect(keptCaptions()).toBe('zh-Hans');
    keepCaptions('');
    expect(wantedCaptions(tracks, keptCaptions())).toBe(-1);
  });

  it('are of languages that have names', () => {
    expect(languageWords('en')).toBe('English');
    expect(languageWords('no such tag')).toBe('no such tag');
  });
});
