import { createSSRApp } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Recorder } from '../../src/studio/recordings/recordings_api';

const kRecorder: Recorder = {
  state: 'ready', words: '', free_bytes: 40e9, seconds_left: 90_000,
  bucket: { state: 'off', words: '', waiting_bytes: 0, waiting_seconds: 0 },
};

async function shown(change: Partial<Recorder>, languages = ['en']) {
  vi.stubGlobal('navigator', { languages });
  vi.resetModules();
  const { default: RecorderState } = await import('../../src/studio/recordings/RecorderState.vue');
  const html = await renderToString(createSSRApp(RecorderState, { recorder: { ...kRecorder, ...change } }));
  return { low: html.includes('data-low'), words: html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim() };
}

describe('the room for recordings', () => {
  beforeEach(() => void vi.stubGlobal('document', { documentElement: {} }));

  it.each([
    [90_000, '25 h'],
    [36_000, '10 h'],
    [35_999, '9.9 h'],
    [21_600, '6.0 h'],
  ])('of %d s is told as %s', async (seconds_left, time) => {
    expect(await shown({ seconds_left })).toEqual({
      low: false, words: `Recording works. 40.0 GB are left, for about ${time}.`,
    });
  });

  it.each([
    [21_599, '5.9 h'],
    [3_600, '1.0 h'],
    [3_599, '59 min'],
    [0, '0 min'],
  ])('of %d s is warned of, at %s', async (seconds_left, time) => {
    expect(await shown({ seconds_left })).toEqual({
      low: true,
      words: `Recording works. 40.0 GB are left, for about ${time}. Room runs out: remove recordings that nobody needs, or add disk.`,
    });
  });

  it('is told in Chinese, too, and not where it is not known', async () => {
    expect((await shown({ seconds_left: 1_800, free_bytes: 9e8 }, ['zh-CN'])).words).toBe(
      '录像正常。 剩余 900 MB，约可录 30 分钟。 空间即将用完：请删除不需要的录像，或增加磁盘。',
    );
    expect(await shown({ free_bytes: 0, seconds_left: 0 })).toEqual({ low: false, words: 'Recording works.' });
    expect((await shown({ state: 'full', words: 'x', seconds_left: 0 })).low).toBe(false);
  });
});
