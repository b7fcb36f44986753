/** What the studio's page asks of /api/v1 about tokens for programs. */
import { call, onceKey } from './api_call';

export interface ApiToken {
  id: string;
  account: string;
  account_name: string;
  label: string;
  scopes: string[];
  created_ms: number;
  expires_ms: number;
  used_ms: number | null;
}
export interface NewApiToken extends ApiToken {
  token: string;
}

export const tokenApi = {
  own: async () => (await call<{ tokens: ApiToken[] }>('GET', 'me/tokens')).tokens,
  create: (label: string, scopes: string[], days: number, password: string) =>
    call<NewApiToken>('POST', 'me/tokens', { label, scopes, days, password }, { once: onceKey() }),
  remove: (id: string) => call<ApiToken>('DELETE', `me/tokens/${id}`),
};
