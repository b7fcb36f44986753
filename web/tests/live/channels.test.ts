import { describe, expect, it } from 'vitest';
import { fetchChannels, readChannels } from '../../src/live/channels';

describe('readChannels', () => {
  it('reads what the API says', () => {
    expect(
      readChannels({
        channels: [
          {
            id: 'main',
            name: '书记龙门阵',
            frames_per_second: 30,
            on_air: { source: 'live', generation: '00000000000000a1' },
            feed: { protocol: 'rtmp' },
            viewers: 12,
            session: { id: 's1', title: '第一期', series: { id: 's', title: '栏目' }, extra: 1 },
            languages: [{ tag: 'zh', name: '普通话' }, { tag: 'ug' }, { tag: 'bo' }],
            renditions: [
              { name: '360p', width: 640, height: 360, kbps: 500 },
              { name: '720p', width: 1280, height: 720, kbps: 2000 },
              { name: 'odd', width: '1', height: 2, kbps: 96 },
            ],
          },
        ],
      }),
    ).toEqual([
      {
        id: 'main',
        name: '书记龙门阵',
        source: 'live',
        access: 'open',
        viewers: 12,
        session: { id: 's1', title: '第一期', series: '栏目' },
        renditions: [
          { name: '720p', width: 1280, height: 720, kbps: 2000 },
          { name: '360p', width: 640, height: 360, kbps: 500 },
        ],
        languages: [
          { tag: 'zh', name: '普通话' },
          { tag: 'ug', name: 'ug' },
        ],
      },
    ]);
  });

  it('bears missing fields and nonsense', () => {
    expect(readChannels({ channels: [{ id: 'a' }, { name: 'no id' }, null, 7] })).toEqual([
      { id: 'a', name: 'a', source: 'unknown', access: 'open', viewers: null, session: null, renditions: [], languages: [] },
    ]);
    const odd = { id: 'a', on_air: { source: 'odd' }, viewers: -1, renditions: 'many' };
    expect(readChannels({ channels: [odd] })[0]).toMatchObject({
      source: 'unknown',
      access: 'open',
      viewers: null,
      renditions: [],
    });
    expect(() => readChannels('hello')).toThrow();
  });

  it('throws on an error of the server', async () => {
    const broken = async () => new Response('', { status: 502 });
    await expect(fetchChannels(broken as typeof fetch)).rejects.toThrow('502');
  });
});
