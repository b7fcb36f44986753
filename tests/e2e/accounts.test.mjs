// Who may use the studio, through the whole node as the gateway shows it: the first link, a password,
// a sign-in, what strangers get, and an audit that verifies until somebody changes it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { kBinary, Node, until } from './support/node.mjs';

const run = promisify(execFile);
const kName = '李伟';
const kPassword = '正确的马电池订书钉-2026';

let node, cookie;

// As a page of the node sends it.
const send = (method, path, body, fields = {}) =>
  fetch(new URL(path, node.http), {
    method,
    headers: {
      Origin: new URL(node.http).origin,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...(cookie ? { Cookie: cookie } : {}),
      ...fields,
    },
    body: body && JSON.stringify(body),
  });
const keepCookie = (answer) => {
  // Two fields in one, as Node 18 gives them; no cookie of ours has a comma.
  const [set, device] = answer.headers.get('Set-Cookie').split(', ');
  assert.match(set, /^longmen=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.match(device, /^longmen-device=[\w-]{65}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  cookie = set.slice(0, set.indexOf(';'));
};
const longmen = async (...args) => {
  try {
    const { stdout, stderr } = await run(kBinary, [...args, '--data-dir', node.dataDir]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error;
  }
};

before(async () => (node = await Node.start()), { timeout: 120_000 });
after(() => node?.stop());

test('the demo prints a link, and its page is there', async () => {
  const link = new URL(node.addresses.studio);
  assert.equal(link.pathname, '/studio/link');
  assert.match(link.hash, /^#[\w-]{43}$/);
  const page = await fetch(link);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-security-policy'), /^default-src 'self'/);
});

test('nobody without a sign-in sees anything', async () => {
  for (const path of ['/api/v1/me', '/api/v1/accounts', '/api/v1/audit']) {
    const answer = await send('GET', path);
    assert.equal(answer.status, 401, path);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  }
  assert.equal((await send('POST', '/local/v1/reset-link', { name: '' })).status, 404);
  assert.equal((await send('GET', '/api/v1/channels')).status, 200); // what viewers see is open
});

test('the link sets name and password, once', async () => {
  const token = new URL(node.addresses.studio).hash.slice(1);
  const wish = { token, name: kName, password: kPassword };
  const foreign = await send('POST', '/api/v1/links/redeem', wish, { Origin: 'http://evil.example' });
  assert.equal(foreign.status, 403);
  const answer = await send('POST', '/api/v1/links/redeem', wish);
  assert.equal(answer.status, 200);
  keepCookie(answer);
  assert.equal((await send('POST', '/api/v1/links/redeem', wish)).status, 410);
});

test('name and password sign in, and /me says who it is', async () => {
  cookie = undefined;
  const wrong = await send('POST', '/api/v1/sign-in', { name: kName, password: 'something else' });
  assert.equal(wrong.status, 401);
  const answer = await send('POST', '/api/v1/sign-in', { name: kName, password: kPassword });
  assert.equal(answer.status, 200);
  keepCookie(answer);
  const me = await (await send('GET', '/api/v1/me')).json();
  assert.equal(me.account.name, kName);
  assert.equal(me.account.role, 'administrator');
});

test('the audit has it, with the address that the gateway saw, whatever the client says', async () => {
  const lied = { 'X-Forwarded-For': '203.0.113.66', 'X-Real-IP': '203.0.113.66' };
  const made = await send('POST', '/api/v1/accounts', { name: 'wang', role: 'viewer', password: kPassword }, lied);
  assert.equal(made.status, 200);
  const { rows } = await (await send('GET', '/api/v1/audit')).json();
  assert.deepEqual(rows.map(({ action }) => action),
    ['account.create', 'sign_in.begin', 'account.set_up', 'account.create']);
  assert.equal(rows[0].address, '127.0.0.1');
  assert.equal(rows[0].actor, kName);
  assert.equal(rows[1].after.failures_before, 1);
  const lines = await (await send('GET', '/api/v1/audit?format=jsonl')).text();
  assert.deepEqual(lines.trim().split('\n').map((line) => JSON.parse(line).number), [1, 2, 3, 4]);
  const verified = await longmen('audit', 'verify');
  assert.equal(verified.code, 0, verified.stderr);
  assert.match(verified.stdout, new RegExp(`rows 1 to 4, .* ${rows[0].hash}`));
  const noted = await longmen('audit', 'verify', '--noted', `3:${rows[1].hash}`);
  assert.equal(noted.code, 0, noted.stderr);
  const other = await longmen('audit', 'verify', '--noted', `3:${rows[0].hash}`);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /broken at row 3: its hash is not the one that was noted/);
});

test('a sign-in outlives control', async () => {
  const pid = await node.pidOf('control');
  process.kill(pid, 'SIGKILL');
  const back = async () => {
    const now = await node.pidOf('control');
    return now !== 0 && now !== pid && (await send('GET', '/api/v1/me')).status === 200;
  };
  await until('control again', back, { timeoutMs: 20_000 });
});

test('the command line makes a new link for who lost a password', async () => {
  const made = await longmen('admin', 'reset-link', '--account', kName);
  assert.equal(made.code, 0, made.stderr);
  const link = new URL(made.stdout.trim().split('\n').at(-1));
  assert.equal(link.protocol, 'https:');
  const wish = { token: link.hash.slice(1), password: `${kPassword} neu` };
  const answer = await send('POST', '/api/v1/links/redeem', wish);
  assert.equal(answer.status, 200);
  const old = cookie;
  keepCookie(answer);
  assert.equal((await send('GET', '/api/v1/me', null, { Cookie: old })).status, 401);
  assert.notEqual((await longmen('admin', 'reset-link', '--account', 'nobody')).code, 0);
});

test('signed out is signed out', async () => {
  assert.equal((await send('POST', '/api/v1/sign-out')).status, 200);
  assert.equal((await send('GET', '/api/v1/me')).status, 401);
});

test('without a node the command line says what to do', async () => {
  const failed = await run(kBinary, ['admin', 'reset-link', '--data-dir', `${node.dataDir}/absent`])
    .catch((error) => error);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /longmen serve/);
});
