// A screen becomes one of the network: it shows a code, somebody types it in the studio, and it has its
// name, its channel and its volume; it reports, and the studio sees where picture and sound are. Control
// may be away and the line may be dead: the picture comes back by itself, and the time is printed.
// LONGMEN_STARVE_SECONDS=600 for a line that is dead for ten minutes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { ms, table } from './support/figures.mjs';
import { axeClean } from './support/looks.mjs';
import { sleep, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';
import { ThinLine } from './support/thin_line.mjs';

const kPassword = 'correct horse battery';
const kPatience = { timeout: 15_000 };
const kStarveMs = 1000 * Number(process.env.LONGMEN_STARVE_SECONDS ?? 8);
const kBackMs = 30_000;
const kSite = '新民社区 <b>1</b>';

let node, browser, studio, screen, line;
const rows = [];

const figure = (name) => screen.page.locator(`[data-figure="service.${name}"] dd`).innerText();
const press = (name) => studio.page.getByRole('button', { name, exact: true }).click(kPatience);

async function picture() {
  await screen.take();
  await until('a picture', async () => {
    const onShow = (await screen.page.locator('main[data-covered=false]').count()) > 0;
    return onShow && (await screen.take()).frames.length > 1;
  }, { timeoutMs: kBackMs });
}

// The code as an unenrolled screen has it in its service view.
async function code() {
  return until('a code', async () => /[0-9A-Z]{3} [0-9A-Z]{3}$/.exec(await figure('screen'))?.[0], kPatience);
}

before(async () => {
  node = await ServedNode.start();
  line = await ThinLine.open(() => node.httpPort);
  node.httpPort = (await node.status()).ports.http;
  browser = await launchBrowser();
  const viewport = { width: 1280, height: 800 };
  const link = await until('the first link', () => /\/studio\/link#\S+/.exec(node.log)?.[0]);
  studio = await Watched.open(browser, await node.url(link), { language: 'zh-CN', viewport });
  const { page } = studio;
  await page.locator('input[name=username]').fill('li', kPatience);
  await page.locator('input[name=password]').fill(kPassword);
  await page.locator('input[name=again]').fill(kPassword);
  await page.locator('button[type=submit]').click();
  await page.getByRole('link', { name: '站点与屏幕', exact: true }).click(kPatience);
  await page.getByText('还没有站点。').waitFor(kPatience);
}, { timeout: 90_000 });

after(async () => {
  await browser?.close();
  line?.close();
  await node?.remove();
  console.log(table(['what happened', 'picture after', ''], rows));
});

test('a screen plays an open channel, and has a code', async () => {
  screen = await Watched.open(browser, `${line.url}/screen?channel=main`, {
    language: 'zh-CN', viewport: { width: 1920, height: 1080 } });
  await picture();
  await screen.page.keyboard.press('i');
  assert.match(await code(), /^[2-9A-Z]{3} [2-9A-Z]{3}$/);
  await screenshot(screen.page, 'screen-unenrolled');
});

test('a table is imported, with what is wrong in which line', async () => {
  const { page } = studio;
  await press('导入 CSV');
  const csv = `site,tier,parent,screen,channel,volume\n成都,city,,,,\n${kSite},site,成都,一号屏,main,30\nx,hamlet,,,,\n`;
  await page.locator('input[name=sites-import]').setInputFiles({
    name: 'sites.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByText('第 4 行').waitFor(kPatience);
  await screenshot(page, 'studio-sites-import');
  await press('只导入正确的行');
  await page.getByText(/^已新建 2 个站点、1 块屏幕/).waitFor(kPatience);
  await press('关闭');
  await page.locator('input[name=site-search]').fill('新民');
  await page.getByRole('button', { name: new RegExp('新民社区') }).waitFor(kPatience);
  assert.equal(await page.locator('.row b b').count(), 0, 'a name is text');
});

test('the code is typed in the studio, and the screen is that one', async () => {
  const { page } = studio;
  await press('登记屏幕');
  await page.locator('input[name=enrol-code]').fill('AAA222', kPatience);
  await page.locator('input[name=enrol-site]').fill('新民', kPatience);
  await page.locator('.picker li button').first().click(kPatience);
  await page.locator('select[name=enrol-screen]').waitFor(kPatience);
  await page.locator('.enrol button[type=submit]').click(kPatience);
  await page.getByText('没有屏幕显示此代码').waitFor(kPatience);
  await page.locator('input[name=enrol-code]').fill((await code()).toLowerCase());
  await screenshot(page, 'studio-enrol');
  await axeClean(page);
  await page.locator('.enrol button[type=submit]').click();
  await page.getByText(`已登记：${kSite} · 一号屏`).waitFor(kPatience);
  await until('its own name', async () => (await figure('screen')) === `${kSite} · 一号屏`, kPatience);
  assert.equal(await screen.page.evaluate(() => document.querySelector('video[data-front]').volume), 0.3);
  const cookies = await screen.context.cookies(`${line.url}/api/v1/screen`);
  const credential = cookies.find(({ name }) => name === 'longmen-screen');
  assert.ok(credential.httpOnly && credential.sameSite === 'Strict' && credential.expires > 0);
  assert.equal((await screen.context.cookies(`${line.url}/screen`)).length, 0, 'it goes nowhere else');
});

test('the studio sees picture and sound', async () => {
  const { page } = studio;
  await press('关闭');
  await page.locator('.row .state.fine').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: /新民社区/ }).click();
  await page.getByText(/延迟 \d+ 毫秒|已运行/).first().waitFor(kPatience);
  await screenshot(page, 'studio-sites');
  await axeClean(page);
});

test('control is away: it starts and plays with what it knew', { timeout: 60_000 }, async () => {
  await screen.page.route(/\/api\//, (route) => route.abort());
  await screen.page.reload();
  const began = performance.now();
  await picture();
  rows.push(['loaded anew, the API away', ms(performance.now() - began), '']);
  await screen.page.keyboard.press('i');
  assert.equal(await figure('screen'), `${kSite} · 一号屏`);
  await screen.page.unroute(/\/api\//);
});

test('the relay is killed', { timeout: 60_000 }, async () => {
  const { connection } = await screen.reception();
  const began = performance.now();
  process.kill((await node.role('relay')).pid, 'SIGKILL');
  await until('another connection', async () => ((await screen.reception())?.connection ?? connection) !== connection,
    { timeoutMs: kBackMs });
  await picture();
  rows.push(['relay killed', ms(performance.now() - began), '']);
});

test('nothing passes on the line for a while', { timeout: kStarveMs + 90_000 }, async () => {
  await picture();
  line.cut();
  await screen.page.locator('main[data-covered=true]').waitFor({ timeout: 10_000 });
  await screenshot(screen.page, 'screen-starved');
  await sleep(kStarveMs);
  line.mend();
  const began = performance.now();
  await picture();
  rows.push([`no network for ${kStarveMs / 1000} s`, ms(performance.now() - began), 'since it was there again']);
});

test('a channel for enrolled screens alone', { timeout: 60_000 }, async () => {
  const status = await studio.page.evaluate(async () => (await fetch('/api/v1/channels/main/settings', {
    method: 'PATCH', headers: { 'Content-Type': 'application/json', 'If-Match': '*' },
    body: JSON.stringify({ access: 'screens' }) })).status);
  assert.equal(status, 200);
  const whep = await node.url('/whep/main');
  const strangerJoins = async (query) => (await fetch(whep + query, {
    method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: 'v=0' })).status;
  await until('a stranger is refused', async () => (await strangerJoins('')) === 401);
  assert.equal(await strangerJoins('?token=of.no.use'), 401);
  const joins = [];
  screen.page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().includes('/whep/')) joins.push(new URL(request.url()));
  });
  await screen.page.reload();
  await picture();
  assert.ok(joins.length > 0 && joins.every(({ searchParams }) => searchParams.get('token')), joins.join(' '));
  const leave = JSON.parse(Buffer.from(joins[0].searchParams.get('token').split('.')[1], 'base64url'));
  assert.deepEqual([leave.for, leave.channel], ['screen', 'main']);
});

test('revoked, it has a code again', { timeout: 60_000 }, async () => {
  const { connection } = await screen.reception();
  await press('吊销');
  await press('设备将显示新代码，确定吊销？');
  const began = performance.now();
  await screen.page.locator('main[data-covered=true]').waitFor(kPatience);
  rows.push(['revoked: no picture any more', ms(performance.now() - began), `connection ${connection}`]);
  await studio.page.locator('.screens .state.unenrolled').waitFor(kPatience);
  await screen.page.reload();
  const code = screen.page.locator('.waiting .code');
  await code.waitFor(kPatience);
  assert.match(await code.innerText(), /^[2-9A-Z]{3} [2-9A-Z]{3}$/);
  await axeClean(screen.page);
  await screenshot(screen.page, 'screen-code');
  assert.deepEqual(screen.complaints, []);
  assert.deepEqual(studio.complaints, []);
});
