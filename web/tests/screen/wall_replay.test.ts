import { describe, expect, it, vi } from 'vitest';
import { fetchPieces, placeOf, readPieces } from '../../src/screen/pieces';
import { ServerClock } from '../../src/screen/server_clock';
import { TrafficJump } from '../../src/screen/traffic_jump';
import { readProgramme, showingAt, type WallProgramme } from '../../src/screen/wall_replay';

const kBegun = 1_000_000;
const first = { id: 'a', title: 'A', series: '', startMs: 5_000, ranges: [{ fromMs: 5_000, toMs: 25_000 }] };
const second = {
  id: 'b',
  title: 'B',
  series: '',
  startMs: 100_000,
  ranges: [
    { fromMs: 100_000, toMs: 110_000 },
    { fromMs: 150_000, toMs: 160_000 },
  ],
};
const programme: WallProgramme = {
  zone: 'UTC',
  on: true,
  sound: false,
  held: false,
  nextMs: null,
  stopsMs: null,
  fromMs: 900_000,
  untilMs: 9_000_000,
  begunMs: kBegun,
  pauseMs: 10_000,
  replays: [first, second],
};
const at = (ms: number, change: Partial<WallProgramme> = {}) => {
  const showing = showingAt({ ...programme, ...change }, kBegun + ms);
  return showing.kind === 'idle' ? 'idle' : `${showing.kind} ${showing.replay.id} ${showing.atMs}`;
};

describe('what is on the wall at an instant', () => {
  it('is one replay after the other, with a pause, and again from the start', () => {
    expect(at(0)).toBe('replay a 5000');
    expect(at(19_999)).toBe('replay a 24999');
    expect(at(20_000)).toBe('soon b 100000');
    expect(at(30_000)).toBe('replay b 100000');
    expect(at(49_999)).toBe('replay b 159999');
    expect(at(50_000)).toBe('soon a 5000');
    expect(at(60_000)).toBe('replay a 5000');
    expect(at(60_000 * 7 + 12_345)).toBe('replay a 17345');
  });

  it('goes over what was withdrawn without a word', () => {
    expect(at(39_999)).toBe('replay b 109999');
    expect(at(40_000)).toBe('replay b 150000');
  });

  it('begins with its hours and ends with them', () => {
    expect(at(-10_001)).toBe('idle');
    expect(at(-10_000)).toBe('soon a 5000');
    expect(at(5_000, { untilMs: kBegun + 5_000 })).toBe('idle');
    expect(at(5_000, { fromMs: kBegun + 5_001 })).toBe('idle');
    expect(at(5_000, { fromMs: kBegun + 5_000 })).toBe('replay a 10000');
  });

  it('makes room for what is live or comes', () => {
    expect(at(5_000, { held: true })).toBe('idle');
    expect(at(5_000, { stopsMs: kBegun + 5_000 })).toBe('idle');
    expect(at(4_999, { stopsMs: kBegun + 5_000 })).toBe('replay a 9999');
    expect(at(5_000, { replays: [] })).toBe('idle');
  });
});

describe('a programme from the server', () => {
  const json = {
    now_ms: 1,
    time_zone: 'Asia/Shanghai',
    what: 'day',
    sound: true,
    held: null,
    next_ms: null,
    stops_ms: 7,
    from_ms: 1,
    until_ms: 2,
    begun_ms: 3,
    pause_ms: 4,
    replays: [{ id: 'a', title: 'A\u202e\nB', series: 's', start_ms: 5, ranges: [{ from_ms: 5, to_ms: 9 }] }],
  };
  it('is read field by field', () => {
    expect(readProgramme(json)).toEqual({
      zone: 'Asia/Shanghai',
      on: true,
      sound: true,
      held: false,
      nextMs: null,
      stopsMs: 7,
      fromMs: 1,
      untilMs: 2,
      begunMs: 3,
      pauseMs: 4,
      replays: [{ id: 'a', title: 'A B', series: 's', startMs: 5, ranges: [{ fromMs: 5, toMs: 9 }] }],
    });
  });
  it('is held back by a reason, also one that is not known here', () => {
    expect(readProgramme({ ...json, held: 'tomorrow' })?.held).toBe(true);
  });
  it.each([
    { id: '../a', start_ms: 5, ranges: [{ from_ms: 5, to_ms: 9 }] },
    { id: 'a', start_ms: '5', ranges: [{ from_ms: 5, to_ms: 9 }] },
    { id: 'a', start_ms: 5, ranges: [{ from_ms: 9, to_ms: 9 }] },
    { id: 'a', start_ms: 5 },
    null,
  ])('leaves out what is odd: %j', (odd) => {
    expect(readProgramme({ ...json, replays: [odd] })?.replays).toEqual([]);
  });
  it.each([null, {}, { ...json, begun_ms: 'x' }, { ...json, replays: 7 }, { ...json, pause_ms: -1 }])(
    'is none: %j',
    (odd) => expect(readProgramme(odd)).toBeNull(),
  );
});

describe('the server’s clock', () => {
  it('is that of the answer that took least', () => {
    const clock = new ServerClock();
    expect(clock.at(0)).toBeNull();
    clock.learn(1_000_400, 0, 800);
    expect(clock.at(1_000)).toBe(1_001_000);
    clock.learn(1_002_110, 2_000, 2_020);
    expect(clock.at(2_020)).toBe(1_002_120);
    clock.learn(1_003_900, 3_000, 3_500);
    expect(clock.at(3_500)).toBe(1_003_600);
  });
  it('follows at once when a clock was set, or stood still while the device slept', () => {
    const clock = new ServerClock();
    clock.learn(1_000_001, 0, 2);
    clock.learn(5_000_500, 100, 900);
    expect(clock.at(500)).toBe(5_000_500);
    clock.forget();
    expect(clock.at(0)).toBeNull();
  });
  it('believes the best answer while the others do not contradict it', () => {
    const clock = new ServerClock();
    clock.learn(1_000_001, 0, 2);
    clock.learn(1_001_900, 1_000, 3_000);
    expect(clock.at(3_000)).toBe(1_003_000);
  });
});

describe('a guess that something moves', () => {
  const looks = (rates: number[]) => {
    const jump = new TrafficJump();
    let bytes = 0;
    return rates.map((kbps, second) => jump.look((bytes += kbps * 125), second * 1000));
  };
  it('is one jump up', () => {
    const slate = [300, 310, 290, 300, 305, 300, 300];
    expect(looks([...slate, 340, 400]).some(Boolean)).toBe(false);
    expect(looks([...slate, 900, 1900])).toEqual([...slate.map(() => false), true, false]);
    expect(looks([20, 20, 20, 20, 20, 20, 20, 90]).some(Boolean)).toBe(false);
  });
  it('is none when another connection counts anew', () => {
    const jump = new TrafficJump();
    for (let second = 0; second < 8; second++) jump.look(1_000_000 + second * 30_000, second * 1000);
    expect(jump.look(500_000, 8_000)).toBe(false);
    expect(jump.look(900_000, 9_000)).toBe(false);
  });
});

describe('where an instant is in a recording', () => {
  const pieces = [
    { start: 0, duration: 1, programDateTime: 10_000 },
    { start: 1, duration: 1, programDateTime: 11_000, gap: true },
    { start: 2, duration: 1, programDateTime: 60_000 },
  ];
  it.each([
    [10_000, 0],
    [10_750, 0.75],
    [11_500, null],
    [12_000, null],
    [60_250, 2.25],
    [61_000, null],
    [9_999, null],
  ])('%i: %s', (ms, place) => expect(placeOf(pieces, ms)).toBe(place));

  const playlist = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:10.000Z
#EXTINF:1.00000,
10.m4s
#EXT-X-GAP
#EXTINF:1.50000,
11.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:01:00.000Z
#EXTINF:1,title
60.m4s
#EXT-X-ENDLIST
`;
  const read = [
    { start: 0, duration: 1, programDateTime: 10_000, gap: false },
    { start: 1, duration: 1.5, programDateTime: 11_000, gap: true },
    { start: 2.5, duration: 1, programDateTime: 60_000, gap: false },
  ];

  it('is read of a playlist', () => {
    expect(readPieces(playlist)).toEqual(read);
    expect(readPieces('#EXTM3U\n#EXTINF:2,\na.m4s\n')).toEqual([{ start: 0, duration: 2, programDateTime: null, gap: false }]);
    expect(readPieces('#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:soon\n#EXTINF:2,\na.m4s\n')[0].programDateTime).toBeNull();
  });

  it('is read of the first rendition’s', async () => {
    vi.stubGlobal('location', { href: 'http://node/screen' });
    const files: Record<string, string> = {
      '/replay/s1/index.m3u8?at=1': '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/index.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv0/index.m3u8\n',
      'http://node/replay/s1/v0/index.m3u8': playlist,
      '/none': '#EXTM3U\n',
    };
    const get = (address: unknown) =>
      Promise.resolve({ ok: String(address) in files, text: async () => files[String(address)] } as Response);
    expect(await fetchPieces('/replay/s1/index.m3u8?at=1', get)).toEqual(read);
    await expect(fetchPieces('/none', get)).rejects.toThrow();
    await expect(fetchPieces('/other', get)).rejects.toThrow();
    vi.unstubAllGlobals();
  });
});
