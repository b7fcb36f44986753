/** What a form does when it asks the server for something: it is busy meanwhile, and says what went wrong. */
import { ref, type Ref } from 'vue';
import { useI18n } from '../i18n/i18n';
import { isSignedOut, type Words } from './problem_words';
import { problemText } from './schedule/problem_text';

export interface Attempts {
  busy: Ref<boolean>;
  /** Empty when the last one succeeded, and while the next one is under way. */
  trouble: Ref<string>;
  /** @returns whether it succeeded. */
  attempt(work: () => Promise<unknown>): Promise<boolean>;
  /** What keeps it from being tried. */
  say(words: Words): void;
}

export interface AttemptOptions {
  /** In place of the server's own words, where those of the page are meant for it. */
  words?: (problem: unknown) => Words;
  /** The sign-in has ended. */
  left?: () => void;
}

export function useAttempts({ words, left }: AttemptOptions = {}): Attempts {
  const { t } = useI18n();
  const busy = ref(false);
  const trouble = ref('');
  const say = ({ key, values }: Words) => {
    trouble.value = t(key, values);
  };
  return {
    busy,
    trouble,
    say,
    async attempt(work) {
      busy.value = true;
      trouble.value = '';
      try {
        await work();
        return true;
      } catch (problem) {
        if (words) say(words(problem));
        else trouble.value = problemText(problem, t);
        if (isSignedOut(problem)) left?.();
        return false;
      } finally {
        busy.value = false;
      }
    },
  };
}
