/** What the studio's page asks of /api/v1 about people. */
import { call, onceKey } from './api_call';

export { Problem } from './api_call';

export type Role = 'administrator' | 'producer' | 'operator' | 'viewer';
export const kRoles: readonly Role[] = ['administrator', 'producer', 'operator', 'viewer'];

export interface Account {
  id: string;
  name: string;
  role: Role;
  disabled: boolean;
  set_up: boolean;
  /** Of a person at the provider: linked by its owner, or made by a first sign-in. */
  provider: 'linked' | 'made' | null;
  totp: boolean;
  created_ms: number;
  last_sign_in_ms: number | null;
}
/** Somebody whom the provider vouches for, and whom no sign-in gives an account. */
export interface TurnedAway {
  id: string;
  issuer: string;
  subject: string;
  name: string;
  since_ms: number;
  by: string;
}
export interface Me {
  account: Account;
  may: string[];
  recovery_codes_left: number;
}
export interface AuditRow {
  number: number;
  at_ms: number;
  actor_id: string;
  actor: string;
  address: string;
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
}
export interface LinkOwner {
  name: string;
  role: Role;
  first: boolean;
}
export interface NewLink {
  account: Account;
  link: string;
}
export interface TotpSecret {
  secret: string;
  address: string;
}

export const kMinPasswordCharacters = 12;

export const studioApi = {
  me: () => call<Me>('GET', 'me'),
  signIn: (name: string, password: string, code: string) =>
    call<Me>('POST', 'sign-in', { name, password, ...(code ? { code } : {}) }),
  /** Where to sign out of the provider, too; null: nowhere. */
  signOut: async (everywhere: boolean) =>
    (await call<{ location: string | null }>('POST', 'sign-out', { everywhere })).location,
  lookAtLink: (token: string) => call<LinkOwner>('POST', 'links/look', { token }),
  redeemLink: (token: string, name: string, password: string) =>
    call<Me>('POST', 'links/redeem', { token, name, password }),
  accounts: (after: string) =>
    call<{ accounts: Account[]; next: string | null }>(
      'GET',
      `accounts?after=${encodeURIComponent(after)}`,
    ),
  // What gives somebody more takes one's own password once more; disabling takes none.
  createAccount: (name: string, role: Role, password: string) =>
    call<NewLink>('POST', 'accounts', { name, role, password }, { once: onceKey() }),
  changeAccount: (id: string, change: { role?: Role; disabled?: boolean; password?: string }) =>
    call<Account>('PATCH', `accounts/${id}`, change),
  resetAccount: (id: string, password: string) =>
    call<NewLink>('POST', `accounts/${id}/reset`, { password }),
  removeAccount: (id: string) => call<Account>('DELETE', `accounts/${id}`),
  turnedAway: (skip: number) =>
    call<{ turned_away: TurnedAway[]; next: number | null }>('GET', `turned-away?skip=${skip}`),
  letIn: (id: string, password: string) => call<TurnedAway>('POST', `turned-away/${id}/let-in`, { password }),
  changePassword: (password: string, newPassword: string) =>
    call<object>('POST', 'me/password', { password, new_password: newPassword }),
  beginTotp: (password: string) => call<TotpSecret>('POST', 'me/totp', { password }),
  confirmTotp: (code: string) =>
    call<{ recovery_codes: string[] }>('POST', 'me/totp/confirm', { code }),
  removeTotp: (password: string) => call<object>('POST', 'me/totp/remove', { password }),
  audit: (before: number) =>
    call<{ rows: AuditRow[]; next: number | null }>('GET', `audit?before=${before}`),
};

/** The token of a one-time link, if the address is one. */
export function tokenOf(location: { pathname: string; hash: string }): string {
  return location.pathname === '/studio/link' ? location.hash.slice(1) : '';
}
