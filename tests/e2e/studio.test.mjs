// The studio's page in a browser, as its first administrator meets it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { Node } from './support/node.mjs';

const kPassword = 'correct horse battery';
const kPatience = { timeout: 15_000 };

let node, browser, watched, page;

async function axeClean() {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
}
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
  await page.locator('input[name=password]').fill(kPassword);
  await press('Set the password');
  await seen('The two passwords differ');
  await screenshot(page, 'studio-link');
  await axeClean();
  await page.locator('input[name=again]').fill(kPassword);
  await press('Set the password');
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).hash, '/studio');
});

test('administrators see accounts and the audit, and make accounts', async () => {
  await seen('account.set_up');
  await page.locator('input[name=new-name]').fill('wang');
  await page.locator('select[name=new-role]').selectOption('viewer');
  await press('Create account');
  const link = page.getByRole('textbox', { name: 'One-time link' });
  await link.waitFor(kPatience);
  assert.match(await link.inputValue(), /^http:\/\/127\.0\.0\.1:\d+\/studio\/link#[\w-]{43}$/);
  await seen('no password yet');
  await screenshot(page, 'studio');
  await press('Reload');
  await page.getByRole('cell', { name: 'account.create' }).nth(1).waitFor(kPatience);
  await axeClean();
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
  await axeClean();
  await page.locator('input[name=password]').fill(kPassword);
  await press('Sign in');
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
});

test('who may nothing more sees no more', async () => {
  const link = await page.evaluate(async () => {
    const body = JSON.stringify({ name: 'zhang', role: 'operator' });
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch('/api/v1/accounts', { method: 'POST', headers, body });
    return (await answer.json()).link;
  });
  const other = await Watched.open(browser, new URL(link, node.http).href, { language: 'zh-CN' });
  await other.page.locator('input[name=password]').fill(kPassword, kPatience);
  await other.page.locator('input[name=again]').fill(kPassword);
  await other.page.getByRole('button', { name: '设置密码' }).click();
  await other.page.getByRole('heading', { name: 'zhang' }).waitFor(kPatience);
  assert.equal(await other.page.getByText('审计记录').count(), 0);
  assert.equal(await other.page.getByText('账户', { exact: true }).count(), 0);
  assert.deepEqual(other.complaints, []);
  await other.page.goto(node.addresses.studio); // used up
  await other.page.getByText('此链接已使用或已过期，请向管理员索取新的链接').waitFor(kPatience);
});

test('the browser complains of nothing', () => assert.deepEqual(watched.complaints, []));
