/**
 * Asks the device not to dim or sleep while the page is open, and again whenever the lock was taken
 * away (the page was hidden). Browsers give it only to pages from HTTPS or localhost.
 * W3C Screen Wake Lock API.
 */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue';

export type WakeState = 'held' | 'refused' | 'absent';

const kAskAgainMs = 60_000;

export function useWakeLock(): Ref<WakeState> {
  const state = ref<WakeState>(navigator.wakeLock ? 'refused' : 'absent');
  let lock: WakeLockSentinel | null = null;
  let asking = false;
  let timer: ReturnType<typeof setInterval> | null = null;

  async function ask() {
    if (!navigator.wakeLock || lock || asking || document.hidden) return;
    asking = true;
    try {
      lock = await navigator.wakeLock.request('screen');
      state.value = 'held';
      lock.addEventListener('release', () => {
        lock = null;
        state.value = 'refused';
        void ask();
      });
    } catch {
      state.value = 'refused'; // battery saver, or a policy
    } finally {
      asking = false;
    }
  }
  const visible = () => void ask();

  onMounted(() => {
    document.addEventListener('visibilitychange', visible);
    timer = setInterval(visible, kAskAgainMs);
    visible();
  });
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', visible);
    if (timer !== null) clearInterval(timer);
    void lock?.release();
  });
  return state;
}
