import { nextTick, ref, shallowRef, type ShallowRef } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readReplays, type ReplayPage } from '../../src/replay/recordings';
import { saysSo, useReplayNews } from '../../src/replay/replay_news';
import { mounted } from '../support/mounted';

const list = (...recordings: [session: string, endMs: number | null][]): ReplayPage =>
  readReplays({
    recordings: recordings.map(([session, end_ms], index) => ({
      id: session || `r${index}`, session: session || null, channel: { id: 'main' }, start_ms: 1, end_ms,
    })),
  });

describe('a list of replays', () => {
  it('says what is on air, or not yet', () => {
    expect(saysSo(list(['b', null], ['a', 5]), ['b'])).toBe(true);
    expect(saysSo(list(['b', null], ['a', 5]), [])).toBe(false);
    expect(saysSo(list(['a', 5]), ['b'])).toBe(false);
    expect(saysSo(list(['a', null]), ['b'])).toBe(false);
    expect(saysSo(list(['', null], ['a', 5]), [])).toBe(true);
  });
});

describe('news of replays', () => {
  const onAir = ref<string[] | null>(null);
  let node: ReplayPage | null;
  let looks: number;
  let news: ShallowRef<ReplayPage | null>;
  let unmount: () => void;

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(1);
    onAir.value = null;
    node = list(['a', null]);
    looks = 0;
    news = shallowRef(null);
    const read = () => {
      looks += 1;
      return node ? Promise.resolve(node) : Promise.reject(new Error('away'));
    };
    unmount = mounted(() => void (news = useReplayNews(read, () => onAir.value)));
    await vi.advanceTimersByTimeAsync(0);
  });
  afterEach(() => {
    unmount();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('are read at once, and not again for channels that say the same', async () => {
    expect([looks, news.value?.replays.length]).toEqual([1, 1]);
    onAir.value = ['a'];
    await vi.advanceTimersByTimeAsync(20_000);
    expect(looks).toBe(1);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(looks).toBe(2);
  });

  it('are read within a moment of a session’s end, until they have it', async () => {
    onAir.value = ['a'];
    await nextTick();
    onAir.value = [];
    await vi.advanceTimersByTimeAsync(1_900);
    expect(looks).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect([looks, news.value?.replays[0]?.endMs]).toEqual([2, null]);
    node = list(['a', 9]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([looks, news.value?.replays[0]?.endMs]).toEqual([3, 9]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(looks).toBe(3);
  });

  it('do not wait in vain for a session that is not recorded, nor for a node that is away', async () => {
    node = null;
    onAir.value = ['a', 'b'];
    await vi.advanceTimersByTimeAsync(20_000);
    expect(looks).toBe(4);
    expect(news.value?.replays[0]?.session).toBe('a');
  });
});
