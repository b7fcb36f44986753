/** The device's own time, for people and as a sign that the page is alive. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue';

export function useWallClock(): Ref<Date> {
  const now = ref(new Date());
  let timer: ReturnType<typeof setTimeout> | null = null;
  function tick() {
    now.value = new Date();
    timer = setTimeout(tick, 1000 - (now.value.getTime() % 1000));
  }
  onMounted(tick);
  onBeforeUnmount(() => timer !== null && clearTimeout(timer));
  return now;
}

export const twoDigits = (value: number) => String(value).padStart(2, '0');

/** "3 d 04:05:06", or "04:05:06" within the first day. */
export function runningTime(ms: number, withDays: (days: number, time: string) => string): string {
  const seconds = Math.floor(ms / 1000);
  const time = [seconds / 3600, seconds / 60, seconds]
    .map((value, place) => twoDigits(Math.floor(value) % (place === 0 ? 24 : 60)))
    .join(':');
  const days = Math.floor(seconds / 86_400);
  return days === 0 ? time : withDays(days, time);
}
