/**
 * The few things that somebody may do to a screen, by keyboard, remote control or touch. A gesture of
 * any kind comes first: it is what browsers wait for before they allow sound.
 */
import { onBeforeUnmount, onMounted } from 'vue';

export interface ScreenActions {
  gesture(): void;
  louder(step: number): void;
  mute(): void;
  tone(): void;
  service(): void;
  fullscreen(): void;
}

const kVolumeStep = 0.05;
/** Five taps within two seconds in the upper left corner open the service view. */
const kTaps = 5;
const kTapsWithinMs = 2_000;
const kCornerShare = 0.2;

export function useScreenKeys(actions: ScreenActions): void {
  const byKey: Record<string, () => void> = {
    arrowup: () => actions.louder(kVolumeStep),
    arrowdown: () => actions.louder(-kVolumeStep),
    m: actions.mute,
    t: actions.tone,
    i: actions.service,
    f: actions.fullscreen,
  };
  let taps: number[] = [];

  function key(event: KeyboardEvent) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    actions.gesture();
    const action = byKey[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }
  function tap(event: PointerEvent) {
    actions.gesture();
    const inCorner =
      event.clientX < kCornerShare * window.innerWidth &&
      event.clientY < kCornerShare * window.innerHeight;
    if (!inCorner) return;
    taps = [...taps.filter((at) => event.timeStamp - at < kTapsWithinMs), event.timeStamp];
    if (taps.length < kTaps) return;
    taps = [];
    actions.service();
  }
  const noMenu = (event: Event) => event.preventDefault();

  onMounted(() => {
    window.addEventListener('keydown', key);
    // Up, not down: only then does a touch count as the gesture that browsers want.
    window.addEventListener('pointerup', tap);
    window.addEventListener('contextmenu', noMenu);
  });
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', key);
    window.removeEventListener('pointerup', tap);
    window.removeEventListener('contextmenu', noMenu);
  });
}
