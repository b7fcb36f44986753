/** What went wrong in the page itself and was survived: counted, with its last words. */
import { shallowRef } from 'vue';

const kMaxChars = 200;

export const pageErrors = shallowRef({ count: 0, last: '' });

export function noteError(error: unknown): void {
  const { count } = pageErrors.value;
  pageErrors.value = { count: count + 1, last: String(error).slice(0, kMaxChars) };
}

export function watchForErrors(): void {
  window.addEventListener('error', (event) => noteError(event.message));
  window.addEventListener('unhandledrejection', (event) => noteError(event.reason));
}
