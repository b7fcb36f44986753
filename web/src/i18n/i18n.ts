/**
 * The page's language: the person's own choice if there was one, else the browser's. Kept in
 * localStorage where the browser lets us, and in <html lang>.
 */
import { ref, watchEffect, type Ref } from 'vue';
import { kMessages, type Language, type MessageKey } from './messages';
import { recall, remember } from '../preference';

const kStorageKey = 'longmen.language';

export function isLanguage(value: unknown): value is Language {
  return value === 'zh' || value === 'en';
}

/** Chinese if it comes before English in the browser's list; English for everybody else. */
export function browserLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return 'zh';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}

export function format(
  language: Language,
  key: MessageKey,
  values: Record<string, string | number> = {},
): string {
  return kMessages[language][key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

export interface I18n {
  language: Ref<Language>;
  t(key: MessageKey, values?: Record<string, string | number>): string;
  choose(language: Language): void;
}

let shared: I18n | null = null;

export function useI18n(): I18n {
  shared ??= makeI18n();
  return shared;
}

function makeI18n(): I18n {
  const kept = recall(kStorageKey);
  const language = ref<Language>(
    isLanguage(kept) ? kept : browserLanguage(navigator.languages ?? [navigator.language]),
  );
  watchEffect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  });
  return {
    language,
    t: (key, values) => format(language.value, key, values),
    choose(wanted) {
      language.value = wanted;
      remember(kStorageKey, wanted);
    },
  };
}
