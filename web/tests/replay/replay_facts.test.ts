import { createSSRApp } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Replay } from '../../src/replay/recordings';

const kReplay: Replay = {
  id: 's1', channel: 'main', session: 's1', title: '第一期', series: '书记龙门阵', speakers: ['王芳', '李强'], theme: '乡村振兴',
  place: '石桥镇', startMs: Date.UTC(2026, 0, 1, 6, 5), endMs: Date.UTC(2026, 0, 1, 7),
  replayStartMs: Date.UTC(2026, 0, 1, 6, 5), replayMs: 3_300_000, courseware: 0,
};

async function shown(change: Partial<Replay> | null = {}) {
  vi.resetModules();
  const { default: ReplayFacts } = await import('../../src/replay/ReplayFacts.vue');
  const about = change && { ...kReplay, ...change };
  const html = await renderToString(createSSRApp(ReplayFacts, { title: about?.title ?? 's1', about, zone: 'Asia/Shanghai' }));
  return html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();
}

describe('what a replay is', () => {
  beforeEach(() => {
    vi.stubGlobal('navigator', { languages: ['zh-CN'] });
    vi.stubGlobal('document', { documentElement: {} });
  });

  it('is told as far as it is known', async () => {
    expect(await shown()).toBe(
      '第一期 书记龙门阵 · 2026 · 1月1日星期四 14:05 讲者 王芳、李强 主题 乡村振兴 地点 石桥镇',
    );
    expect(await shown({ series: '', speakers: [], theme: '', endMs: null })).toBe(
      '第一期 2026 · 1月1日星期四 14:05 · 正在直播 地点 石桥镇',
    );
    expect(await shown(null)).toBe('s1');
  });

  it('is told in English, too', async () => {
    vi.stubGlobal('navigator', { languages: ['en'] });
    expect(await shown({ series: 'Talk' })).toBe(
      '第一期 Talk · 2026 · Thursday 1 January 14:05 Speaker 王芳、李强 Theme 乡村振兴 Place 石桥镇',
    );
  });
});
