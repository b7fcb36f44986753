// Signing in by an OpenID provider, in the browser: one that is down, one that works, who has which role,
// being asked again, and an account that is linked.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { axeClean } from './support/looks.mjs';
import { tries, until } from './support/node.mjs';
import { kClient, OpenIdProvider } from './support/openid_provider.mjs';
import { ServedNode } from './support/served_node.mjs';

const kPassword = 'correct horse battery';
const kPatience = { timeout: 15_000 };
const kPeople = {
  1001: { preferred_username: '王芳', groups: ['studio-admins', 'staff'] },
  1002: { preferred_username: 'zhang', groups: ['staff', 'desk'] },
  1003: { preferred_username: 'a visitor', groups: ['staff'] },
};

let node, http, provider, browser, watched, page;

const configuration = (issuer, secretFile) => `
[oidc]
issuer = "${issuer}"
client_id = "${kClient.id}"
client_secret_file = "${secretFile}"
label = "City login"
scopes = ["openid", "profile", "groups"]
make_accounts = true
role_claim = "groups"
[oidc.roles]
administrator = ["studio-admins"]
operator = ["desk"]
`;

const seen = (text) => page.getByText(text, { exact: true }).first().waitFor(kPatience);
const press = (name) => page.getByRole('button', { name, exact: true }).click(kPatience);
const go = (name) => page.getByRole('link', { name, exact: true }).click(kPatience);
const heading = (name) => page.getByRole('heading', { name, exact: true }).waitFor(kPatience);
// At the provider's page.
async function sayWho(who) {
  await page.locator('input[name=who]').fill(who, kPatience);
  await press('Go on');
}
async function signOutEverywhere() {
  await press('Sign out');
  await page.locator('input[name=password]').waitFor(kPatience);
  await page.context().clearCookies(); // the provider's too
  await page.reload();
}

before(async () => {
  provider = await OpenIdProvider.start(kPeople);
  node = await ServedNode.prepare();
  const secretFile = join(node.dataDir, 'oidc-secret');
  await writeFile(secretFile, `${kClient.secret}\n`);
  await node.configure(configuration(provider.issuer, secretFile));
  node.launch();
  await node.ready();
  http = await node.url('/');
  browser = await launchBrowser();
  watched = await Watched.open(browser, await node.firstLink(), { language: 'en-GB' });
  page = watched.page;
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await node?.remove();
  provider?.stop();
});

test('a provider that is down says so, and passwords go on working', async () => {
  await page.locator('input[name=username]').fill('li wei', kPatience);
  await page.locator('input[name=password]').fill(kPassword);
  await page.locator('input[name=again]').fill(kPassword);
  await press('Set the password');
  await heading('li wei');
  await press('Sign out');
  await seen('City login cannot be used at the moment; sign in with name and password.');
  await press('Sign in with City login');
  await seen('The provider does not answer; try again later, or use a password');
  await screenshot(page, 'oidc-away');
  await axeClean(page);
  await page.locator('input[name=username]').fill('li wei');
  await page.locator('input[name=password]').fill(kPassword);
  await press('Sign in');
  await heading('li wei');
  await signOutEverywhere();
});

test('who has a role there has an account here', async () => {
  provider.open(new URL('/api/v1/oidc/callback', http).href, 'ES256');
  // It is not asked again for some seconds after it did not answer.
  await tries(20, async () => {
    await press('Sign in with City login');
    await page.locator('input[name=who]').waitFor({ timeout: 700 });
  });
  const asked = new URL(page.url());
  assert.equal(asked.origin, provider.issuer);
  await sayWho('1002');
  await heading('zhang');
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).hash, '/studio');
  assert.equal(await page.getByText('Audit', { exact: true }).count(), 0, 'an operator');
  await go('Your account');
  await seen('This account signs in with City login and has no password; its role is said there.');
  assert.equal(await page.locator('input[name=old-password]').count(), 0);
  await screenshot(page, 'oidc-own');
  await axeClean(page);
});

test('who is known there already is let through, and who has no role is told', async () => {
  await press('Sign out');
  await press('Sign in with City login');
  await heading('zhang');
  await signOutEverywhere();
  await press('Sign in with City login');
  await sayWho('1003');
  await seen('The provider gives you no role here; ask an administrator');
  assert.equal(new URL(page.url()).hash, '');
  await axeClean(page);
  await page.context().clearCookies();
  await press('Sign in with City login');
  await sayWho('');
  await seen('The sign-in was cancelled');
});

test('an administrator without a password is asked by the provider', async () => {
  await press('Sign in with City login');
  await sayWho('1001');
  await heading('王芳');
  await go('Accounts');
  await seen('by provider');
  await page.locator('input[name=new-name]').fill('wang');
  await press('Create account');
  await seen('Confirm with the provider first that it is you');
  await axeClean(page);
  await press('Confirm now');
  await sayWho('1001');
  await heading('王芳');
  await go('Accounts');
  await page.locator('input[name=new-name]').fill('wang', kPatience);
  await press('Create account');
  await page.getByRole('textbox', { name: 'One-time link' }).waitFor(kPatience);
});

test('sign-ins and tokens of all are seen and ended', async () => {
  const other = await browser.newContext();
  const entered = await other.request.post(new URL('/api/v1/sign-in', http).href, {
    headers: { 'X-Longmen-Request': '1' },
    data: { name: 'li wei', password: kPassword },
  });
  assert.equal(entered.status(), 200);
  const made = await other.request.post(new URL('/api/v1/me/tokens', http).href, {
    headers: { 'X-Longmen-Request': '1' },
    data: { label: 'the clock', scopes: ['look'], days: 1, password: kPassword },
  });
  const { token } = await made.json();
  const byToken = () =>
    fetch(new URL('/api/v1/channels/main/settings', http), { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await byToken()).status, 200);
  await go('Sign-ins and tokens');
  await page.getByRole('cell', { name: 'password', exact: true }).first().waitFor(kPatience);
  await page.getByText('this browser').waitFor(kPatience);
  await screenshot(page, 'entries');
  await axeClean(page);
  await press('Remove the token “the clock” of li wei');
  await until('the token is none', async () => (await byToken()).status === 401);
  await press('End the sign-in of li wei');
  await until('it has ended', async () => (await other.request.get(new URL('/api/v1/me', http).href)).status() === 401);
  await other.close();
  const { rows } = await page.evaluate(async () => (await fetch('/api/v1/audit')).json());
  assert.deepEqual(rows.slice(0, 2).map(({ action }) => action), ['sign_in.revoke', 'token.remove']);
});

test('an account with a password is linked, and is what it was', async () => {
  await signOutEverywhere();
  await page.locator('input[name=username]').fill('li wei', kPatience);
  await page.locator('input[name=password]').fill(kPassword);
  await press('Sign in');
  await heading('li wei');
  kPeople[1004] = { preferred_username: 'li', groups: [] };
  await go('Your account');
  await page.locator('input[name=provider-password]').fill(kPassword, kPatience);
  await press('Link City login');
  await sayWho('1004');
  await seen('This account is linked: you can sign in with City login.');
  await press('Sign out');
  await press('Sign in with City login');
  await heading('li wei');
  await seen('Administrator');
});

test('the browser complains of nothing', () => assert.deepEqual(watched.complaints, []));
