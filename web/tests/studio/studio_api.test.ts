import { afterEach, describe, expect, it, vi } from 'vitest';
import { isSignedOut, wordsOf } from '../../src/studio/problem_words';
import { Problem, studioApi, tokenOf } from '../../src/studio/studio_api';

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const fetched = vi.fn(async (...request: [string, RequestInit]) => {
    void request;
    return new Response(JSON.stringify(body), { status, headers });
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
}
afterEach(() => vi.unstubAllGlobals());

describe('the studio’s API', () => {
  it('sends JSON to its own origin, and a code only when there is one', async () => {
    const fetched = answer(200, { account: { name: 'li' }, may: [] });
    expect((await studioApi.signIn('li', 'secret', '')).account.name).toBe('li');
    const [path, request] = fetched.mock.calls[0];
    expect(path).toBe('/api/v1/sign-in');
    expect(request.credentials).toBe('same-origin');
    expect(JSON.parse(String(request.body))).toEqual({ name: 'li', password: 'secret' });
    await studioApi.signIn('li', 'secret', '123456');
    expect(JSON.parse(String(fetched.mock.calls[1][1].body)).code).toBe('123456');
  });

  it('escapes names in addresses', async () => {
    const fetched = answer(200, { accounts: [], next: null });
    await studioApi.accounts('a&b=李');
    expect(fetched.mock.calls[0][0]).toBe('/api/v1/accounts?after=a%26b%3D%E6%9D%8E');
  });

  it('tells what went wrong', async () => {
    answer(401, { code_needed: true });
    await expect(studioApi.me()).rejects.toMatchObject({ status: 401, codeNeeded: true });
    answer(429, {}, { 'Retry-After': '8' });
    const locked = await studioApi.me().catch((problem: unknown) => problem);
    expect(wordsOf(locked)).toEqual({ key: 'studio.problem.locked', values: { seconds: 8 } });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
    expect(wordsOf(await studioApi.me().catch((problem: unknown) => problem)).key).toBe(
      'studio.problem.network',
    );
    expect(wordsOf(new Problem(410)).key).toBe('studio.problem.link');
    expect(wordsOf(new Error('?')).key).toBe('studio.problem.server');
  });

  it('takes an answer without JSON for none', async () => {
    vi.stubGlobal('fetch', async () => new Response('<html>', { status: 200 }));
    const problem = await studioApi.me().catch((caught: unknown) => caught);
    expect(problem).toBeInstanceOf(Problem);
    expect(wordsOf(problem).key).toBe('studio.problem.server');
  });

  it('sends one’s own password with what gives somebody more', async () => {
    const fetched = answer(200, {});
    await studioApi.createAccount('wang', 'viewer', 'own');
    await studioApi.resetAccount('07', 'own');
    await studioApi.changeAccount('07', { disabled: true });
    expect(fetched.mock.calls.map(([, request]) => JSON.parse(String(request.body)))).toEqual([
      { name: 'wang', role: 'viewer', password: 'own' },
      { password: 'own' },
      { disabled: true },
    ]);
  });

  it('tells a wrong password of one’s own from what one may not', () => {
    const words = { 403: 'studio.problem.own_password' } as const;
    expect(wordsOf(new Problem(403), words).key).toBe('studio.problem.own_password');
    expect(wordsOf(new Problem(403)).key).toBe('studio.problem.forbidden');
    expect(isSignedOut(new Problem(401))).toBe(true);
    expect(isSignedOut(new Problem(403))).toBe(false);
  });

  it('finds the token of a link, and nowhere else', () => {
    expect(tokenOf({ pathname: '/studio/link', hash: '#abc' })).toBe('abc');
    expect(tokenOf({ pathname: '/studio', hash: '#abc' })).toBe('');
    expect(tokenOf({ pathname: '/studio/link', hash: '' })).toBe('');
  });
});
