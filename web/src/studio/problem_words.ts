/** What a person is told when something did not succeed, by what was being done. */
import type { MessageKey } from '../i18n/messages';
import { kMinPasswordCharacters, Problem } from './studio_api';

export interface Words {
  key: MessageKey;
  values?: Record<string, string | number>;
}

/** `others`: what a status means for what was being done, where it differs. */
export function wordsOf(problem: unknown, others: Record<number, MessageKey> = {}): Words {
  if (!(problem instanceof Problem)) return { key: 'studio.problem.server' };
  if (problem.confirmationNeeded) return { key: 'studio.problem.confirm' };
  if (problem.status in others) return { key: others[problem.status] };
  switch (problem.status) {
    case 0:
      return { key: 'studio.problem.network' };
    case 401:
      return { key: problem.codeNeeded ? 'studio.problem.code' : 'studio.problem.wrong' };
    case 403:
      return { key: 'studio.problem.forbidden' };
    case 409:
      return { key: 'studio.problem.conflict' };
    case 410:
      return { key: 'studio.problem.link' };
    case 422:
      return { key: 'studio.problem.invalid' };
    case 429:
      return { key: 'studio.problem.locked', values: { seconds: problem.retryAfterSeconds } };
    default:
      return { key: 'studio.problem.server' };
  }
}

/** Then the page for signing in is the place to be. */
export function isSignedOut(problem: unknown): boolean {
  return problem instanceof Problem && problem.status === 401;
}

/** What keeps a password that was typed twice from being sent; null: nothing. */
export function faultOfNewPassword(password: string, again: string): Words | null {
  if ([...password].length < kMinPasswordCharacters)
    return { key: 'studio.problem.short', values: { count: kMinPasswordCharacters } };
  return password === again ? null : { key: 'studio.problem.differ' };
}
