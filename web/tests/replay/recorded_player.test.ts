import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readChapterList } from '../../src/replay/chapters';
import { RecordedPlayer, type Recorded } from '../../src/replay/recorded_player';
import { asVideo, FakeHls, FakeVideo } from '../support/fake_hls';

vi.mock('hls.js', () => ({ default: FakeHls }));

let answers: Record<string, Response>;
beforeEach(() => {
  vi.useFakeTimers();
  FakeHls.reset();
  answers = {};
  vi.stubGlobal('location', { href: 'http://node/?replay=s1' });
  vi.stubGlobal('fetch', (address: string) => Promise.resolve(answers[address] ?? new Response('', { status: 404 })));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function playing(change: Partial<Recorded> = {}) {
  const video = new FakeVideo();
  const told: unknown[] = [];
  const recorded: Recorded = { folder: '/replay/s1', playlist: 'index.m3u8', token: '', startS: 0, atMs: null, audio: '', ...change };
  const player = new RecordedPlayer(asVideo(video), recorded, {
    ontrouble: (words) => told.push(words),
    onchapters: (chapters) => told.push(chapters.map(({ title }) => title)),
    onlanguages: (languages) => told.push(languages.map(({ tag }) => tag)),
    onrenditions: (renditions) => told.push(renditions.map(({ name }) => name)),
    onrendition: (shown) => told.push(shown?.name ?? null),
    onover: () => told.push('over'),
  });
  await player.play();
  return { video, told, player };
}
const retried = async () => {
  await vi.advanceTimersByTimeAsync(3_000);
  await vi.dynamicImportSettled();
};
const kChapters = [
  { chapter: 1, 'start-time': 0, duration: 25.5, titles: [{ language: 'und', title: '开场' }] },
  { chapter: 2, 'start-time': 25.5, duration: 3, titles: [{ language: 'und', title: '问答' }] },
];

describe('a recording by hls.js', () => {
  it('begins where it is asked to', async () => {
    await playing({ token: 'a b' });
    expect(FakeHls.last.source).toBe('/replay/s1/index.m3u8?t=0.000&token=a%20b');
    await playing({ startS: 90 });
    expect(FakeHls.last.source).toBe('/replay/s1/index.m3u8?t=90.000');
    await playing({ atMs: 1_767_225_600_000 });
    expect(FakeHls.last.source).toBe('/replay/s1/index.m3u8?at=1767225600000');
    expect(FakeHls.last.config.lowLatencyMode).toBe(false);
    await playing({ folder: '/hls/main', playlist: 'rewind.m3u8' });
    expect(FakeHls.last.source).toBe('/hls/main/rewind.m3u8?t=0.000');
    expect(FakeHls.last.config.lowLatencyMode).toBe(true);
  });

  it('is tried again from where it stood', async () => {
    const { video, told } = await playing({ startS: 5, atMs: 1_767_225_600_000 });
    FakeHls.last.say(FakeHls.Events.FRAG_BUFFERED);
    video.currentTime = 61.25;
    FakeHls.last.fail('networkError', '', true, 503);
    expect(video.currentTime).toBe(0);
    await retried();
    expect(FakeHls.made).toHaveLength(2);
    expect(FakeHls.last.source).toBe('/replay/s1/index.m3u8?t=61.250');
    FakeHls.last.fail('networkError', '', true, 401);
    await retried();
    expect(FakeHls.last.source).toBe('/replay/s1/index.m3u8?t=61.250');
    FakeHls.last.fail('networkError', '', true, 404);
    expect(told).toEqual([null, 'replay.trouble', 'replay.forbidden', 'replay.gone']);
  });

  it('is not tried again once it is left', async () => {
    const { player } = await playing();
    FakeHls.last.fail('networkError');
    player.stop();
    await retried();
    expect(FakeHls.made).toHaveLength(1);
  });

  it('is heard alone, in the language that is chosen, from there on', async () => {
    const { video, told, player } = await playing({ audio: 'ug' });
    FakeHls.last.audioTracks = [
      { lang: 'zh', name: '中文', url: 'http://node/replay/s1/audio/index.m3u8' },
      { lang: 'ug', name: 'ئۇيغۇرچە', url: 'http://node/replay/s1/audio1/index.m3u8' },
    ];
    FakeHls.last.say(FakeHls.Events.AUDIO_TRACKS_UPDATED);
    expect(told).toEqual([['zh', 'ug']]);
    expect(FakeHls.last.audioTrack).toBe(1);
    video.currentTime = 12;
    player.setSpeed(1.5);
    player.setSoundOnly(true);
    await vi.dynamicImportSettled();
    expect(FakeHls.last.source).toBe('/replay/s1/audio1/index.m3u8?t=12.000');
    expect([FakeHls.last.config.startPosition, video.playbackRate]).toEqual([12, 1.5]);
    player.setAudio('zh');
    await vi.dynamicImportSettled();
    expect(FakeHls.last.source).toBe('/replay/s1/audio/index.m3u8?t=12.000');
  });
});

describe('the renditions of a recording', () => {
  const kLevels = [360, 720].map((height) => ({ width: (height * 16) / 9, height, bitrate: height * 3000, averageBitrate: height * 2000 }));
  const parsed = (levels = kLevels) => {
    FakeHls.last.levels = levels;
    FakeHls.last.say(FakeHls.Events.MANIFEST_PARSED);
  };

  it('are told, and one of them is chosen, also of what is tried again', async () => {
    const { told, player } = await playing();
    parsed();
    FakeHls.last.say(FakeHls.Events.LEVEL_SWITCHED, { level: 0 });
    expect(told).toEqual([['720p', '360p'], '360p']);
    expect(FakeHls.last.nextLevel).toBe(-1);
    player.setRendition({ height: 720, kbps: 1440 });
    expect(FakeHls.last.nextLevel).toBe(1);
    FakeHls.last.fail('networkError', '', true, 503);
    await retried();
    parsed();
    expect(FakeHls.last.nextLevel).toBe(1);
    player.setRendition(null);
    expect(FakeHls.last.nextLevel).toBe(-1);
  });

  it('are none of sound alone', async () => {
    const { told } = await playing();
    parsed([{ width: 0, height: 0, bitrate: 0, averageBitrate: 0 }]);
    expect(told).toEqual([[]]);
  });
});

/** A playlist of segments of two seconds, of which the third is not listed: a hole that was cut out. */
const kT0 = 1_767_225_600_000;
const listed = (change: object = {}) => ({
  details: {
    startSN: 883_612_800,
    live: true,
    dateRanges: {},
    fragments: [0, 2_000, 6_000].map((ms, index) => ({ start: index * 2, duration: 2, programDateTime: kT0 + ms })),
    ...change,
  },
});
const kSession = { folder: '/replay/s1', startMs: kT0 + 500 };
async function rewinding(change: Partial<Recorded> = {}) {
  const all = await playing({ folder: '/hls/main', playlist: 'rewind.m3u8', ...change });
  all.video.currentTime = 3;
  return all;
}
const spread = async () => {
  await vi.advanceTimersByTimeAsync(2_000);
  await vi.dynamicImportSettled();
};

describe('the instant on show', () => {
  it('is that of the playlist’s dates, also behind a hole that was cut out', async () => {
    const { video, player } = await playing({ atMs: kT0 });
    expect(player.instant()).toBe(kT0);
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed());
    video.currentTime = 3.25;
    expect(player.instant()).toBe(kT0 + 3_250);
    video.currentTime = 4.5;
    expect(player.instant()).toBe(kT0 + 6_500);
  });

  it('is not known where there are no dates', async () => {
    const { video, player } = await playing();
    video.currentTime = 3;
    expect(player.instant()).toBeNull();
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed({ fragments: [{ start: 0, duration: 2, programDateTime: null }] }));
    expect(player.instant()).toBeNull();
  });
});

describe('a session on air that is rewound', () => {
  it('begins at an instant', async () => {
    const video = new FakeVideo();
    const player = new RecordedPlayer(
      asVideo(video),
      { folder: '/hls/main', playlist: 'rewind.m3u8', token: '', startS: 0, atMs: kT0 + 3_500, audio: '' },
      { ontrouble() {}, onchapters() {}, onlanguages() {}, onrenditions() {}, onrendition() {}, onover() {} },
    );
    player.setSession(kSession);
    await player.play();
    expect(FakeHls.last.source).toBe('/hls/main/rewind.m3u8?t=3.000');
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed());
    video.currentTime = 3;
    video.dispatchEvent(new Event('loadedmetadata'));
    expect(video.currentTime).toBe(3.5);
  });

  it.each([
    ['its playlist ends', () => FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed({ live: false }))],
    ['the next session is there', () => FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed({ startSN: 883_612_900 }))],
    ['it is gone', () => FakeHls.last.fail('networkError', '', true, 404)],
  ])('goes on at the same instant in its replay once %s', async (_, end) => {
    const { told, player, video } = await rewinding();
    player.setSession(kSession);
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed());
    player.setSpeed(1.5);
    end();
    await spread();
    expect(FakeHls.last.source).toBe(`/replay/s1/index.m3u8?at=${kT0 + 3_000}`);
    expect([FakeHls.last.config.lowLatencyMode, video.playbackRate, video.paused]).toEqual([false, 1.5, false]);
    expect(told.slice(-2)).toEqual([null, 'over']);
    // A replay that ends is nothing new.
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed({ live: false, startSN: 0 }));
    await spread();
    expect(FakeHls.made).toHaveLength(2);
  });

  it('does not play on for who paused it', async () => {
    const { player, video } = await rewinding();
    player.setSession(kSession);
    video.pause();
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed({ live: false }));
    await spread();
    expect(FakeHls.last.source).toMatch(/^\/replay\/s1/);
    expect(video.paused).toBe(true);
  });

  it('goes on once it is known whose replay that is', async () => {
    const { told, player } = await rewinding();
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed({ live: false }));
    await spread();
    expect(FakeHls.made).toHaveLength(1);
    player.setSession(kSession);
    await spread();
    expect(FakeHls.last.source).toBe(`/replay/s1/index.m3u8?at=${kT0 + 3_000}`);
    expect(told).toContain('over');
  });

  it('is tried again as it is after any other failure', async () => {
    const { player, told } = await rewinding();
    player.setSession(kSession);
    FakeHls.last.say(FakeHls.Events.LEVEL_UPDATED, listed());
    FakeHls.last.fail('networkError', '', true, 503);
    await retried();
    expect(FakeHls.last.source).toBe('/hls/main/rewind.m3u8?t=2.500');
    expect(told).not.toContain('over');
  });
});

describe('a recording where there are no Media Source Extensions', () => {
  beforeEach(() => (FakeHls.supported = false));

  it('is the browser’s own player’s, with its chapters', async () => {
    answers['/replay/s1/chapters.json?token=T'] = Response.json(kChapters);
    const { video, told } = await playing({ startS: 90, token: 'T', audio: 'ug' });
    expect(video.src).toBe('/replay/s1/index.m3u8?t=90.000&token=T');
    expect(video.plays).toBe(1);
    await vi.waitFor(() => expect(told).toEqual([['开场', '问答']]));
    video.audioTracks = [
      { language: 'zh', label: '中文', enabled: true },
      { language: 'ug', label: '', enabled: false },
    ];
    video.dispatchEvent(new Event('loadedmetadata'));
    expect(video.currentTime).toBe(90);
    expect(video.audioTracks.map(({ enabled }) => enabled)).toEqual([false, true]);
    video.dispatchEvent(new Event('playing'));
    expect(told).toEqual([['开场', '问答'], ['zh', 'ug'], null]);
  });

  it('is tried again from where it stood, and says what the server says', async () => {
    const { video, told } = await playing();
    video.currentTime = 30;
    answers['/replay/s1/index.m3u8?t=0.000'] = new Response('', { status: 403 });
    video.dispatchEvent(new Event('error'));
    await vi.waitFor(() => expect(told).toEqual(['replay.forbidden']));
    await retried();
    expect(video.src).toBe('/replay/s1/index.m3u8?t=30.000');
  });

  it('goes on in the replay of a session that was rewound and is gone', async () => {
    const { video, told, player } = await playing({ folder: '/hls/main', playlist: 'rewind.m3u8' });
    player.setSession(kSession);
    Object.assign(video, { currentTime: 30, getStartDate: () => new Date(kT0) });
    video.dispatchEvent(new Event('error'));
    await vi.advanceTimersByTimeAsync(0);
    await vi.dynamicImportSettled();
    expect(video.src).toBe(`/replay/s1/index.m3u8?at=${kT0 + 30_000}`);
    expect(told).toEqual([null, 'over']);
  });

  it('is not to be had where that is missing, too', async () => {
    const play = vi.spyOn(FakeVideo.prototype, 'canPlayType').mockReturnValue('');
    const { video, told } = await playing();
    expect([told, video.src]).toEqual([['replay.unsupported'], '']);
    play.mockRestore();
  });
});

describe('a list of chapters', () => {
  it('is read field by field', () => {
    expect(readChapterList([...kChapters, { 'start-time': '7', titles: [{ title: 'x' }] }, { 'start-time': 7 }, null])).toEqual([
      { id: '0', title: '开场', startS: 0 },
      { id: '1', title: '问答', startS: 25.5 },
    ]);
    expect(readChapterList({})).toEqual([]);
  });
});
