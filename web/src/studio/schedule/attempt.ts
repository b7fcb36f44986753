/** What a form does when it asks the server for something: it is busy meanwhile, and says what went wrong. */
import { ref, type Ref } from 'vue';
import { useI18n } from '../../i18n/i18n';
import { problemText } from './problem_text';

export interface Attempts {
  busy: Ref<boolean>;
  /** Empty when the last one succeeded, and while the next one is under way. */
  trouble: Ref<string>;
  attempt(work: () => Promise<unknown>): Promise<void>;
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
      } catch (problem) {
        trouble.value = problemText(problem, t);
      } finally {
        busy.value = false;
      }
    },
  };
}
