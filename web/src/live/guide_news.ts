/** The guide, read now and then; what was read last stays when the API is away, for a plan is no news. */
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue';
import type { Guide } from './guide';

export function useGuide(read: () => Promise<Guide>, periodMs: number): ShallowRef<Guide | null> {
  const guide = shallowRef<Guide | null>(null);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let ended = false;

  async function ask() {
    try {
      guide.value = await read();
    } catch {
      // Asked again later.
    }
    if (!ended) timer = setTimeout(() => void ask(), periodMs * (0.85 + 0.3 * Math.random()));
  }
  onMounted(() => void ask());
  onBeforeUnmount(() => {
    ended = true;
    if (timer !== null) clearTimeout(timer);
  });
  return guide;
}
