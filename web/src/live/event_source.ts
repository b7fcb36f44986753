/**
 * Server-sent events that tell everything each time, at least once a second: what was told last, how
 * old it is, and whether the line is lost. It never gives up; a line that only looks open is given up
 * after a while and made anew.
 */
import { onBeforeUnmount, onMounted, ref, shallowRef, type Ref, type ShallowRef } from 'vue';

export const kLostAfterMs = 2_500;
const kDeadAfterMs = 7_000;
const kLookMs = 250;
const kFirstRetryMs = 400;
const kLongestRetryMs = 5_000;

export interface LiveNews<T> {
  /** Null before the first. */
  news: ShallowRef<T | null>;
  /** Of the news, since they came; of the page, before the first. */
  ageMs: Ref<number>;
  lost: Ref<boolean>;
  /** Another address, at once. */
  reopen(): void;
}

/** @param read throws when it is none. @param onrefused the server ended or refused the stream. */
export function useEventSource<T>(
  address: () => string,
  read: (data: string) => T,
  onrefused: () => void = () => undefined,
): LiveNews<T> {
  const news: ShallowRef<T | null> = shallowRef(null);
  const ageMs = ref(0);
  const lost = ref(false);
  let source: EventSource | null = null;
  let heardAt = performance.now();
  let openedAt = heardAt;
  let retryMs = kFirstRetryMs;
  let retry: ReturnType<typeof setTimeout> | null = null;
  let look: ReturnType<typeof setInterval> | null = null;

  function close() {
    source?.close();
    source = null;
    if (retry !== null) clearTimeout(retry);
    retry = null;
  }
  function open() {
    close();
    openedAt = performance.now();
    const mine = new EventSource(address());
    source = mine;
    mine.onmessage = (event: MessageEvent<string>) => {
      try {
        news.value = read(event.data);
      } catch {
        return;
      }
      heardAt = performance.now();
      retryMs = kFirstRetryMs;
      watch();
    };
    // Closed: it was refused. Else the line broke, and the browser itself would wait for seconds.
    mine.onerror = () => {
      if (source !== mine) return;
      if (mine.readyState === EventSource.CLOSED) onrefused();
      openLater();
    };
  }
  function openLater() {
    close();
    retry = setTimeout(open, retryMs * (0.8 + 0.4 * Math.random()));
    retryMs = Math.min(kLongestRetryMs, retryMs * 2);
  }
  function watch() {
    const now = performance.now();
    ageMs.value = now - heardAt;
    lost.value = ageMs.value > kLostAfterMs;
    if (source && now - Math.max(heardAt, openedAt) > kDeadAfterMs) openLater();
  }

  onMounted(() => {
    open();
    look = setInterval(watch, kLookMs);
    addEventListener('online', open);
  });
  onBeforeUnmount(() => {
    if (look !== null) clearInterval(look);
    removeEventListener('online', open);
    close();
  });
  return {
    news,
    ageMs,
    lost,
    reopen() {
      news.value = null;
      heardAt = performance.now();
      open();
    },
  };
}
