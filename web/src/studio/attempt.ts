/** What a form does when it asks the server for something: it is busy meanwhile, and says what went wrong. */
import { ref, type Ref } from 'vue';
import { useI18n } from '../i18n/i18n';
import { problemText } from './schedule/problem_text';

export interface Attempts {
  busy: Ref<boolean>;
  /** Empty when the last one succeeded, and while the next one is under way. */
  trouble: Ref<string>;
  /** @returns whether it succeeded. */
  attempt(work: () => Promise<unknown>): Promise<boolean>;
}

export function useAttempts(): Attempts {
  const { t } = useI18n();
  const busy = ref(false);
  const trouble = ref('');
  return {
    busy,
    trouble,
    async attempt(work) {
      busy.value = true;
      trouble.value = '';
      try {
        await work();
        return true;
      } catch (problem) {
        trouble.value = problemText(problem, t);
        return false;
      } finally {
        busy.value = false;
      }
    },
  };
}
