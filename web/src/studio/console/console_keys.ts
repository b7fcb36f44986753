/** The console's keys. None while somebody types, and none together with Ctrl, Alt or Meta. A title that is
 * typed must never become orders: fields stay open while the server is asked, and what follows at once upon
 * a letter in a field belongs to it, even when the field has gone. */
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

const kOrders: ConsoleKey[] = ['live', 'end', 'rehearse', 'auto', 'primary', 'backup', 'slate', 'undo'];

/** Whether the server is asked for something at once. It is asked for one thing at a time: what an operator
 * pressed before its answer was seen may no longer be what is meant after it. */
export function isOrder(key: ConsoleKey): boolean {
  return kOrders.includes(key);
}

export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'repeat'>) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return null;
  const pressed = event.key.toLowerCase();
  const found = (Object.entries(kKeys) as [ConsoleKey, string][]).find(([, key]) => key === pressed);
  return found?.[0] ?? null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [role=alertdialog]') !== null;
}

const kStillTypingMs = 1_000;

/** Whether a key is part of a text. */
export function useTyping(): (inField: boolean, key: string, atMs: number) => boolean {
  let typedAtMs = -Infinity;
  return (inField, key, atMs) => {
    const typing = inField || atMs - typedAtMs < kStillTypingMs;
    const done = key === 'Enter' || key === 'Escape' || key === 'Tab';
    if (typing) typedAtMs = done ? -Infinity : atMs;
    return typing;
  };
}

export function useConsoleKeys(press: (key: ConsoleKey) => void): void {
  const isPartOfText = useTyping();
  const pressed = (event: KeyboardEvent) => {
    if (isPartOfText(isTyping(event.target), event.key, event.timeStamp)) return;
    const key = keyOf(event);
    if (!key) return;
    event.preventDefault();
    press(key);
  };
  onMounted(() => addEventListener('keydown', pressed));
  onBeforeUnmount(() => removeEventListener('keydown', pressed));
}
