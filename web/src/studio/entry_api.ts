/** What administrators ask of /api/v1 about who is signed in and about everybody's tokens. */
import { call } from './api_call';
import type { ApiToken } from './token_api';

export interface SignIn {
  id: string;
  account: string;
  account_name: string;
  /** How; null of those that began before it was noted. */
  way: 'password' | 'link' | 'provider' | null;
  address: string | null;
  created_ms: number;
  seen_ms: number;
  /** The one that asks. */
  own: boolean;
}

export const entryApi = {
  signIns: (skip: number) =>
    call<{ sign_ins: SignIn[]; next: number | null }>('GET', `sign-ins?skip=${skip}`),
  endSignIn: (id: string) => call<object>('DELETE', `sign-ins/${id}`),
  tokens: async () => (await call<{ tokens: ApiToken[] }>('GET', 'tokens')).tokens,
  endToken: (id: string) => call<ApiToken>('DELETE', `tokens/${id}`),
};
