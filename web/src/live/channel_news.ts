/** What the node says of its channels, read again and again; stale news is dropped rather than shown
 * as fact. */
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue';
import type { ChannelInfo } from './channels';

const kHiddenFactor = 6;
const kStaleFactor = 4;

/** @param read throws when there is no answer. */
export function useChannelNews(
  read: () => Promise<ChannelInfo[]>,
  periodMs: number,
): ShallowRef<ChannelInfo[]> {
  const channels = shallowRef<ChannelInfo[]>([]);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let freshAt = 0;
  let ended = false;

  async function ask() {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    try {
      channels.value = await read();
      freshAt = performance.now();
    } catch {
      // The API may be away for a while; the player does not need it.
      if (performance.now() - freshAt > kStaleFactor * periodMs) {
        channels.value = channels.value.map((channel) => ({
          ...channel,
          source: 'unknown',
          viewers: null,
        }));
      }
    }
    if (ended) return;
    const period = document.hidden ? kHiddenFactor * periodMs : periodMs;
    timer = setTimeout(() => void ask(), period * (0.85 + 0.3 * Math.random()));
  }
  const visible = () => {
    if (!document.hidden && timer !== null) void ask();
  };

  onMounted(() => {
    document.addEventListener('visibilitychange', visible);
    void ask();
  });
  onBeforeUnmount(() => {
    ended = true;
    document.removeEventListener('visibilitychange', visible);
    if (timer !== null) clearTimeout(timer);
  });
  return channels;
}
