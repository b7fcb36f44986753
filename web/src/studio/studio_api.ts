/** What the studio's page asks of /api/v1. The sign-in is a cookie that no script can read. */

export type Role = 'administrator' | 'producer' | 'operator' | 'viewer';
export const kRoles: readonly Role[] = ['administrator', 'producer', 'operator', 'viewer'];

export interface Account {
  id: string;
  name: string;
  role: Role;
  disabled: boolean;
  set_up: boolean;
  totp: boolean;
  created_ms: number;
  last_sign_in_ms: number | null;
}
export interface Me {
  account: Account;
  may: string[];
}
export interface AuditRow {
  number: number;
  at_ms: number;
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

/** An answer that is none. `status` 0: the server was not reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly codeNeeded = false,
    readonly retryAfterSeconds = 0,
  ) {
    super(`status ${status}`);
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem(0);
  }
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (!response.ok) {
    const seconds = Number(response.headers.get('Retry-After') ?? 0);
    throw new Problem(response.status, answer.code_needed === true, seconds || 0);
  }
  return answer as T;
}

export const studioApi = {
  me: () => call<Me>('GET', 'me'),
  signIn: (name: string, password: string, code: string) =>
    call<Me>('POST', 'sign-in', { name, password, ...(code ? { code } : {}) }),
  signOut: (everywhere: boolean) => call<object>('POST', 'sign-out', { everywhere }),
  lookAtLink: (token: string) => call<LinkOwner>('POST', 'links/look', { token }),
  redeemLink: (token: string, name: string, password: string) =>
    call<Me>('POST', 'links/redeem', { token, name, password }),
  accounts: (after: string) =>
    call<{ accounts: Account[]; next: string | null }>(
      'GET',
      `accounts?after=${encodeURIComponent(after)}`,
    ),
  createAccount: (name: string, role: Role) => call<NewLink>('POST', 'accounts', { name, role }),
  changeAccount: (id: string, change: { role?: Role; disabled?: boolean }) =>
    call<Account>('PATCH', `accounts/${id}`, change),
  resetAccount: (id: string) => call<NewLink>('POST', `accounts/${id}/reset`),
  audit: (before: number) =>
    call<{ rows: AuditRow[]; next: number | null }>('GET', `audit?before=${before}`),
};

/** The token of a one-time link, if the address is one. */
export function tokenOf(location: { pathname: string; hash: string }): string {
  return location.pathname === '/studio/link' ? location.hash.slice(1) : '';
}
