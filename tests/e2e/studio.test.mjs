// The studio's page in a browser, as its first administrator meets it.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { axeClean } from './support/looks.mjs';
import { Node } from './support/node.mjs';

let ownPassword = 'correct horse battery';
const kPatience = { timeout: 15_000 };

// RFC 6238, as an authenticator app does it.
function totpCode(secret) {
  const kBase32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((c) => kBase32.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

let node, browser, watched, page;

const seen = (text) => page.getByText(text, { exact: true }).first().waitFor(kPatience);
const press = (name) => page.getByRole('button', { name, exact: true }).click(kPatience);

before(async () => {
  node = await Node.start();
  browser = await launchBrowser();
  watched = await Watched.open(browser, node.addresses.studio, { language: 'en-GB' });
  page = watched.page;
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await node?.stop();
});

test('the link sets name and password', async () => {
  await page.locator('input[name=username]').fill('li wei', kPatience);
  await page.locator('input[name=password]').fill('short');
  await page.locator('input[name=again]').fill('short');
  await press('Set the password');
  await seen('The password needs 12 characters or more');
  await page.locator('input[name=password]').fill(ownPassword);
  await press('Set the password');
  await seen('The two passwords differ');
  await screenshot(page, 'studio-link');
  await axeClean(page);
  await page.locator('input[name=again]').fill(ownPassword);
  await press('Set the password');
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).hash, '/studio');
});

test('administrators see accounts and the audit, and make accounts', async () => {
  await page.getByRole('link', { name: 'Audit', exact: true }).click(kPatience);
  await seen('account.set_up');
  await page.getByRole('link', { name: 'Accounts', exact: true }).click(kPatience);
  await page.locator('input[name=new-name]').fill('wang');
  await page.locator('select[name=new-role]').selectOption('viewer');
  await press('Create account');
  await seen('Enter your own password too');
  await page.locator('input[name=own-password]').fill('not the password');
  await press('Create account');
  await seen('Your password is wrong, or you may not do this');
  await page.locator('input[name=own-password]').fill(ownPassword);
  await press('Create account');
  const link = page.getByRole('textbox', { name: 'One-time link' });
  await link.waitFor(kPatience);
  assert.match(await link.inputValue(), /^http:\/\/127\.0\.0\.1:\d+\/studio\/link#[\w-]{43}$/);
  await seen('no password yet');
  await screenshot(page, 'studio');
  await axeClean(page);
  await page.getByRole('link', { name: 'Audit', exact: true }).click(kPatience);
  await press('Reload');
  await page.getByRole('cell', { name: 'account.create' }).nth(1).waitFor(kPatience);
  await axeClean(page);
});

test('a sign-in survives a reload and ends with signing out', async () => {
  await page.reload();
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
  await press('Sign out');
  await page.locator('input[name=password]').waitFor(kPatience);
  await page.reload();
  await page.locator('input[name=username]').fill('li wei', kPatience);
  await page.locator('input[name=password]').fill('not the password');
  await press('Sign in');
  await seen('Name, password or code is wrong, or the sign-in has ended');
  await axeClean(page);
  await page.locator('input[name=password]').fill(ownPassword);
  await press('Sign in');
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
});

test('a second factor is set up, asked for, and taken away', async () => {
  await page.getByRole('link', { name: 'Your account', exact: true }).click(kPatience);
  await page.locator('input[name=totp-password]').fill(ownPassword);
  await press('Set up');
  await page.getByRole('img', { name: 'QR code of the secret' }).waitFor(kPatience);
  const secret = await page.locator('.own code').innerText();
  await screenshot(page, 'studio-second-factor');
  await axeClean(page);
  await page.locator('input[name=totp-code]').fill('000 000');
  await press('Confirm');
  await seen('The code is wrong; look at the phone’s clock');
  const used = totpCode(secret);
  await page.locator('input[name=totp-code]').fill(`${used.slice(0, 3)} ${used.slice(3)}`);
  await press('Confirm');
  await page.locator('.codes li').nth(9).waitFor(kPatience);
  const [recovery] = await page.locator('.codes li').allInnerTexts();
  await axeClean(page);
  await press('I have kept them');
  await seen('It is on. Recovery codes left: 10.');

  await press('Sign out');
  await page.locator('input[name=username]').fill('li wei', kPatience);
  await page.locator('input[name=password]').fill(ownPassword);
  await press('Sign in');
  await page.locator('input[name=code]').fill(recovery, kPatience);
  await press('Sign in');
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
  await page.getByRole('link', { name: 'Your account', exact: true }).click();
  await seen('It is on. Recovery codes left: 9.');
  await page.locator('input[name=totp-password]').fill(ownPassword);
  await press('Remove');
  await page.getByRole('button', { name: 'Set up', exact: true }).waitFor(kPatience);
});

test('another password keeps this browser in and ends the others', async () => {
  const other = await browser.newContext();
  const entered = await other.request.post(new URL('/api/v1/sign-in', node.http).href, {
    headers: { 'X-Longmen-Request': '1' },
    data: { name: 'li wei', password: ownPassword },
  });
  assert.equal(entered.status(), 200);
  const next = `${ownPassword} two`;
  await page.locator('input[name=old-password]').fill(ownPassword);
  await page.locator('input[name=new-password]').fill('password 2026');
  await page.locator('input[name=new-again]').fill('password 2026');
  await press('Change the password');
  await seen('The name or the password is not one that is taken: it may be too easy to guess');
  await page.locator('input[name=new-password]').fill(next);
  await page.locator('input[name=new-again]').fill(next);
  await press('Change the password');
  await seen('The password is changed; other devices are signed out');
  await axeClean(page);
  await page.reload();
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
  assert.equal((await other.request.get(new URL('/api/v1/me', node.http).href)).status(), 401);
  await other.close();
  ownPassword = next;
});

test('who may nothing more sees no more', async () => {
  const link = await page.evaluate(async (password) => {
    const body = JSON.stringify({ name: 'zhang', role: 'operator', password });
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch('/api/v1/accounts', { method: 'POST', headers, body });
    return (await answer.json()).link;
  }, ownPassword);
  const other = await Watched.open(browser, new URL(link, node.http).href, { language: 'zh-CN' });
  await other.page.locator('input[name=password]').fill(ownPassword, kPatience);
  await other.page.locator('input[name=again]').fill(ownPassword);
  await other.page.getByRole('button', { name: '设置密码' }).click();
  await other.page.getByRole('heading', { name: 'zhang' }).waitFor(kPatience);
  assert.equal(await other.page.getByText('审计记录').count(), 0);
  assert.equal(await other.page.getByText('账户', { exact: true }).count(), 0);
  assert.deepEqual(other.complaints, []);
  await other.page.goto(node.addresses.studio); // used up
  await other.page.getByText('此链接已使用或已过期，请向管理员索取新的链接').waitFor(kPatience);
});

test('who was signed out elsewhere sees the form for signing in', async () => {
  await page.getByRole('link', { name: 'Audit', exact: true }).click(kPatience);
  await seen('account.set_up');
  await page.evaluate(() => fetch('/api/v1/sign-out', { method: 'POST' }));
  await press('Reload');
  await page.locator('input[name=username]').waitFor(kPatience);
});

test('a link that is opened in the page of another one is looked at too', async () => {
  const other = await Watched.open(browser, node.addresses.studio, { language: 'en-GB' });
  const words = 'This link was used or has expired; ask an administrator for a new one';
  await other.page.getByText(words).waitFor(kPatience);
  const looked = other.page.waitForRequest('**/api/v1/links/look');
  await other.page.evaluate(() => (location.hash = 'x'.repeat(43)));
  assert.equal((await looked).postDataJSON().token, 'x'.repeat(43));
  await other.page.getByText(words).waitFor(kPatience);
});

test('the browser complains of nothing', () => assert.deepEqual(watched.complaints, []));
