/** The node's channels, read again and again; stale news is dropped rather than shown as fact. */
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue';
import { fetchChannels, type ChannelInfo } from '../live/channels';

const kPeriodMs = 3_000;
const kHiddenPeriodMs = 20_000;
const kStaleMs = 12_000;

export function useChannelList(): ShallowRef<ChannelInfo[]> {
  const channels = shallowRef<ChannelInfo[]>([]);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let freshAt = 0;
  let ended = false;

  async function read() {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    try {
      channels.value = await fetchChannels();
      freshAt = performance.now();
    } catch {
      // The API may be away for a while; the player does not need it.
      if (performance.now() - freshAt > kStaleMs) {
        channels.value = channels.value.map((channel) => ({
          ...channel,
          source: 'unknown',
          viewers: null,
        }));
      }
    }
    if (ended) return;
    const period = document.hidden ? kHiddenPeriodMs : kPeriodMs;
    timer = setTimeout(() => void read(), period * (0.85 + 0.3 * Math.random()));
  }
  const visible = () => {
    if (!document.hidden && timer !== null) void read();
  };

  onMounted(() => {
    document.addEventListener('visibilitychange', visible);
    void read();
  });
  onBeforeUnmount(() => {
    ended = true;
    document.removeEventListener('visibilitychange', visible);
    if (timer !== null) clearTimeout(timer);
  });
  return channels;
}
