/** The picture of a replay in full screen, where nothing stands in it for long. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue';

const kIdleMs = 3_000;

export function useStage(stage: Ref<HTMLElement | null>) {
  const fullscreen = ref(false);
  /** Nobody has moved anything for a while. */
  const idle = ref(false);
  const canFullscreen = document.fullscreenEnabled;
  let idling: ReturnType<typeof setTimeout> | null = null;

  function toggleFullscreen() {
    if (!canFullscreen) return;
    if (document.fullscreenElement) void document.exitFullscreen();
    else void stage.value?.requestFullscreen().catch(() => undefined);
  }
  function stir() {
    idle.value = false;
    if (idling !== null) clearTimeout(idling);
    idling = setTimeout(() => (idle.value = true), kIdleMs);
  }
  const follow = () => (fullscreen.value = document.fullscreenElement !== null);

  onMounted(() => document.addEventListener('fullscreenchange', follow));
  onBeforeUnmount(() => {
    document.removeEventListener('fullscreenchange', follow);
    if (idling !== null) clearTimeout(idling);
  });
  return { fullscreen, canFullscreen, idle, toggleFullscreen, stir };
}
