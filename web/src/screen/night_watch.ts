/**
 * Carries out what reload_plan decides: looks now and then, asks the server first, and stays with
 * the page that it has as long as the server does not give another.
 */
import { onBeforeUnmount, onMounted, shallowRef, type ShallowRef } from 'vue';
import { MemoryWatch, sampleMemory, type MemorySample } from './memory_watch';
import { reloadReason, type ReloadTime } from './reload_plan';
import { serverGivesPage } from './server_check';

export interface NightWatch {
  memory: ShallowRef<MemorySample | null>;
}

export interface NightWatchOptions {
  time: ReloadTime | null;
  /** Something live is on, or nobody knows. */
  live(): boolean;
  playing(): boolean;
}

const kPeriodMs = 5_000;
/** Between two questions to the server, beside a random share of as much. */
const kAskAgainMs = 60_000;

export function useNightWatch(options: NightWatchOptions): NightWatch {
  const memory = shallowRef(sampleMemory());
  const watch = new MemoryWatch();
  const draw = Math.random();
  let lastPicture = 0;
  let askAt = 0;
  let timer: ReturnType<typeof setInterval> | null = null;

  async function look() {
    const uptimeMs = performance.now();
    if (options.playing()) lastPicture = uptimeMs;
    memory.value = sampleMemory();
    const reason = reloadReason({
      now: Date.now(),
      uptimeMs,
      time: options.time,
      draw,
      live: options.live(),
      memory: watch.look(memory.value, uptimeMs),
      darkMs: uptimeMs - lastPicture,
    });
    if (reason === null || uptimeMs < askAt) return;
    askAt = uptimeMs + kAskAgainMs * (1 + Math.random());
    if (await serverGivesPage(location.href)) location.reload();
  }

  onMounted(() => (timer = setInterval(() => void look(), kPeriodMs)));
  onBeforeUnmount(() => timer !== null && clearInterval(timer));
  return { memory };
}
