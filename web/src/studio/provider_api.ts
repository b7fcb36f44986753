/** What the studio's page asks of /api/v1 about the provider of sign-ins. */
import type { MessageKey } from '../i18n/messages';
import { call } from './api_call';

export interface ProviderWay {
  label: string;
  /** That it had when it was asked last. */
  problem: string | null;
}

const kProblems = [
  'unreachable',
  'unusable',
  'refused',
  'token',
  'busy',
  'expired',
  'cancelled',
  'no_account',
  'no_role',
  'disabled',
  'turned_away',
  'linked_elsewhere',
  'locked',
  'not_done',
] as const;

export function providerProblemKey(problem: string): MessageKey {
  const known = kProblems.find((each) => each === problem);
  return `provider.problem.${known ?? 'not_done'}`;
}

/** With what the browser came back from the provider, if the address says so. */
export function providerProblemOf(location: { hash: string }): string {
  return /^#provider=(\w{1,40})$/.exec(location.hash)?.[1] ?? '';
}

async function leaveFor(asked: Promise<{ location: string }>): Promise<void> {
  location.assign((await asked).location);
}

export const providerApi = {
  way: async () => (await call<{ provider: ProviderWay | null }>('GET', 'sign-in/ways')).provider,
  /** `again`: the provider is to ask the person anew. */
  signIn: (again = false) => leaveFor(call('POST', 'oidc/begin', { again })),
  link: (password: string) => leaveFor(call('POST', 'me/identity', { password })),
  unlink: (password: string) => call<object>('POST', 'me/identity/remove', { password }),
};
