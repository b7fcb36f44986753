/** The console's keys. None while somebody types, and none together with Ctrl, Alt or Meta. */
import { onBeforeUnmount, onMounted } from 'vue';

export const kKeys = {
  live: 'g',
  end: 'e',
  rehearse: 'r',
  auto: 'a',
  primary: 'p',
  backup: 'b',
  slate: 's',
  cut: 'x',
  undo: 'u',
  chapter: 'c',
  programme: '1',
  feed: '2',
  backup_feed: '3',
  help: '?',
} as const;
export type ConsoleKey = keyof typeof kKeys;

export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'repeat'>) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return null;
  const pressed = event.key.toLowerCase();
  const found = (Object.entries(kKeys) as [ConsoleKey, string][]).find(([, key]) => key === pressed);
  return found?.[0] ?? null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [role=alertdialog]') !== null;
}

export function useConsoleKeys(press: (key: ConsoleKey) => void): void {
  const pressed = (event: KeyboardEvent) => {
    if (isTyping(event.target)) return;
    const key = keyOf(event);
    if (!key) return;
    event.preventDefault();
    press(key);
  };
  onMounted(() => addEventListener('keydown', pressed));
  onBeforeUnmount(() => removeEventListener('keydown', pressed));
}
