import { describe, expect, it } from 'vitest';
import { addressOf, fetchLibrary, kNoSearch, readLibrary, searchInAddress } from '../../src/library/library';
import { chapterAt, readChapters, readInstant } from '../../src/replay/chapters';

describe('the library', () => {
  it('is read field by field', () => {
    const page = readLibrary({
      time_zone: 'Asia/Shanghai',
      next: '5-1',
      recordings: [
        {
          id: 'a1', channel: { id: 'main' }, title: '第一期', series: 's', series_id: 'x', theme: '乡村振兴',
          theme_id: 'core-4', place: '石桥', speakers: ['王'], start_ms: 5, end_ms: 9,
          chapters: [{ at_ms: 6, title: '问答' }, { at_ms: 'x', title: '坏' }, { at_ms: 7 }],
        },
        { id: '../x', start_ms: 5 },
      ],
    });
    expect(page.next).toBe('5-1');
    expect(page.found).toHaveLength(1);
    expect(page.found[0]).toMatchObject({ seriesId: 'x', themeId: 'core-4', chapters: [{ atMs: 6, title: '问答' }] });
    expect(readLibrary({ recordings: [] }).next).toBe(null);
    expect(() => readLibrary(null)).toThrow();
  });

  it('is asked for what matters alone', async () => {
    let address = '';
    const get = (async (asked: string) => {
      address = asked;
      return new Response('{"recordings":[]}');
    }) as typeof fetch;
    await fetchLibrary(
      { search: { ...kNoSearch, q: '乡村 go', theme: 'core-4' }, fromMs: 5, toMs: null, cursor: null, token: '', limit: 24 },
      get,
    );
    expect(decodeURIComponent(address)).toBe('/api/v1/library?limit=24&q=乡村+go&theme=core-4&from_ms=5');
  });

  it('is searched by what its address says, and says it', () => {
    const search = searchInAddress('?q=%E6%9D%91&from=2026-01-02&to=x&other=1');
    expect(search).toEqual({ ...kNoSearch, q: '村', from: '2026-01-02' });
    expect(searchInAddress(addressOf(search, '').slice('/library'.length))).toEqual(search);
    expect(addressOf(kNoSearch, '')).toBe('/library');
    expect(addressOf({ q: 'a' }, 't')).toBe('/library?q=a&token=t');
  });
});

describe('chapters of a playlist', () => {
  it('are those date ranges that are chapters, in order', () => {
    const range = (id: string, startTime: number, kind = 'chapter', title: unknown = id) => ({
      id, class: kind, startTime, attr: { 'X-TITLE': title },
    });
    expect(
      readChapters([range('b', 9), range('a', -0.01), range('ad', 2, 'ad'), range('c', NaN), range('d', 3, 'chapter', 7), undefined]),
    ).toEqual([
      { id: 'a', title: 'a', startS: 0 },
      { id: 'b', title: 'b', startS: 9 },
    ]);
  });

  it('are what a position is in', () => {
    const chapters = [{ id: 'a', title: 'a', startS: 1 }, { id: 'b', title: 'b', startS: 9 }];
    expect([0, 1, 8.8, 9, 100].map((at) => chapterAt(chapters, at))).toEqual([-1, 0, 1, 1, 1]);
  });

  it.each([['1767225600000', 1767225600000], ['17672', null], ['x', null], [null, null]])('%j is an instant', (words, ms) =>
    expect(readInstant(words)).toBe(ms),
  );
});
