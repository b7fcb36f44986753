/**
 * The replays of a node, read now and then, and within a moment of a session that begins or ends. Thousands
 * of pages hear of that at once, so each waits a little; and when the list does not say it yet, a little more.
 */
import { onBeforeUnmount, onMounted, shallowRef, watch, type ShallowRef } from 'vue';
import type { ReplayPage } from './recordings';

const kPeriodMs = 30_000;
const kSoonMs = 500;
const kSpreadMs = 1_500;
/** A session need not be recorded: then no list ever says so. */
const kLooks = 3;

/** Whether a list says of each session whether it is on air. */
export function saysSo({ replays }: ReplayPage, onAir: string[]): boolean {
  const listed = replays.flatMap(({ session, endMs }) => (endMs === null && session !== '' ? [session] : []));
  return listed.length === onAir.length && listed.every((session) => onAir.includes(session));
}

/**
 * @param read throws when there is no answer: what was read last stays.
 * @param onAir the sessions that are on air, as far as that is known; null: it is not.
 */
export function useReplayNews(
  read: () => Promise<ReplayPage>,
  onAir: () => string[] | null,
): ShallowRef<ReplayPage | null> {
  const page = shallowRef<ReplayPage | null>(null);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let looksLeft = 0;
  let ended = false;

  const agrees = () => page.value === null || saysSo(page.value, onAir() ?? []);
  async function look() {
    timer = null;
    try {
      page.value = await read();
    } catch {
      // Asked again later.
    }
    if (ended || timer !== null) return;
    looksLeft = agrees() ? 0 : Math.max(0, looksLeft - 1);
    later();
  }
  function later() {
    if (timer !== null) clearTimeout(timer);
    const ms = looksLeft > 0 ? kSoonMs + kSpreadMs * Math.random() : kPeriodMs * (0.85 + 0.3 * Math.random());
    timer = setTimeout(() => void look(), ms);
  }

  watch(
    () => onAir()?.join(' ') ?? null,
    (now) => {
      if (now === null || agrees()) return;
      looksLeft = kLooks;
      later();
    },
  );
  onMounted(() => void look());
  onBeforeUnmount(() => {
    ended = true;
    if (timer !== null) clearTimeout(timer);
  });
  return page;
}
