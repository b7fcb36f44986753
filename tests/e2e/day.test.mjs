// A studio's whole day in the browser, from the first start to the replay: one person works in Chinese,
// another in English, a test screen and a passer-by watch, and ffmpeg sends. Whatever comes from outside
// has a name that is markup. LONGMEN_E2E_SHOTS=DIR keeps pictures of every page, in both languages and
// from a phone to a 4K wall.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser, Watched } from './support/browser.mjs';
import { kDesks, kPhone, lookAt, lookOnce } from './support/looks.mjs';
import { kBinary, until } from './support/node.mjs';
import { startNodeOfTwo, startSender, watchColours } from './support/two_senders.mjs';

const kPassword = 'correct horse battery';
const kPatience = { timeout: 60_000 }; // a busy machine has nine pictures to decode here
const kHostile = '<img src=x onerror="window.hit=1">';
const kTitle = `第一期：五个书记谈治水 ${kHostile}`;
const kSeries = `书记龙门阵 <script>window.hit=2</script>`;
const kChapter = `治水 "><svg onload="window.hit=3">`;
const kLaterChapter = `问答 ${kHostile}`;
const kSite = `新民社区 <b onclick="window.hit=4">一</b>`;
// Pages that only show the picture: four browsers draw it here without a graphics card.
const kSmall = { width: 640, height: 360 };
const kFewer = { sizes: kDesks.slice(0, 2) };
const kLookMs = 100;
const kAgent = `Mozilla/5.0 ${kHostile}`;

let node, http, browser, li, wang, screen, passer, session;
const senders = {};
const opened = [];

async function open(address, options) {
  const watched = await Watched.open(browser, address, { probe: false, ...options });
  opened.push(watched);
  return watched;
}
const go = (name) => li.page.getByRole('link', { name, exact: true }).click(kPatience);
const press = (name, of = li) => of.page.getByRole('button', { name }).click(kPatience);
const api = (method, path, body, fields = {}) =>
  li.page.evaluate(async ([method, path, body, fields]) => {
    const headers = { ...(body ? { 'Content-Type': 'application/json' } : {}), ...fields };
    const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }, [method, path, body, fields]);
async function setPassword({ page }, name) {
  if (name) await page.locator('input[name=username]').fill(name, kPatience);
  await page.locator('input[name=password]').fill(kPassword, kPatience);
  await page.locator('input[name=again]').fill(kPassword);
}
const enter = ({ page }) => page.locator('button[type=submit]').click();

const shownBy = ({ page }) => page.evaluate(() => window.seen.at(-1)?.what);
const shows = (watched, what) =>
  until(`the ${what}`, async () => (await shownBy(watched)) === what, { timeoutMs: 60_000, everyMs: 50 });
// Of both, the test screen and whoever passes by.
const allShow = (what) => Promise.all([shows(screen, what), shows(passer, what)]);
const sign = (kind) => li.page.locator(`.console .sign[data-kind=${kind}]`).waitFor(kPatience);

before(async () => {
  node = await startNodeOfTwo();
  http = await node.url('/');
  browser = await launchBrowser();
}, { timeout: 120_000 });
after(async () => {
  for (const sender of Object.values(senders)) await sender.stop();
  await browser?.close();
  await node?.remove();
});

test('the first start tells a link, with which the administrator sets name and password', async () => {
  const [path] = await until('the first link', () => /\/studio\/link#[\w-]+/.exec(node.log));
  li = await open(await node.url(path));
  await setPassword(li, '李伟');
  await lookAt(li.page, 'link');
  await enter(li);
  await li.page.getByRole('heading', { name: '李伟' }).waitFor(kPatience);
});

test('signed out, and in again', async () => {
  await press('退出登录');
  await li.page.locator('input[name=username]').fill('李伟', kPatience);
  await li.page.locator('input[name=password]').fill(kPassword);
  await lookAt(li.page, 'sign-in');
  await enter(li);
  await li.page.getByRole('heading', { name: '李伟' }).waitFor(kPatience);
  await lookAt(li.page, 'wall-at-first');
});

test('a series and a session are planned', async () => {
  await go('节目安排');
  await li.page.getByText('请先新建一个栏目。').waitFor(kPatience);
  await lookAt(li.page, 'schedule-empty');
  await go('栏目与主题');
  await li.page.locator('input[name=series-title]').fill(kSeries, kPatience);
  await press('新建栏目');
  await li.page.getByText(kSeries).waitFor(kPatience);
  await lookAt(li.page, 'series');
  await go('节目安排');
  const { time_zone: timeZone } = (await api('GET', 'guide')).body;
  const at = (minutes) => new Date(Date.now() + minutes * 60_000)
    .toLocaleString('sv-SE', { timeZone }).replace(' ', 'T').slice(0, 16);
  await li.page.getByRole('button', { name: '新建场次', exact: true }).click(kPatience);
  const form = li.page.getByRole('dialog');
  await form.locator('input[name=title]').fill(kTitle, kPatience);
  await form.locator('select[name=theme]').selectOption({ index: 3 });
  await form.locator('input[name=start]').fill(at(2));
  await form.locator('input[name=end]').fill(at(62));
  await form.locator('textarea[name=speakers]').fill(`李伟\n王芳 ${kHostile}`);
  await form.locator('input[name=place]').fill(`龙泉驿 ${kHostile}`);
  await form.locator('textarea[name=description]').fill(`五位乡镇书记坐在一起，讲讲各自怎么治水。${kHostile}`);
  await lookAt(li.page, 'session-form');
  await form.locator('input[name=title]').press('Enter');
  await form.waitFor({ state: 'hidden', ...kPatience });
  [session] = (await api('GET', 'sessions')).body.sessions;
  assert.equal(session.title, kTitle);
  await lookAt(li.page, 'schedule-week');
  await press('列表');
  await li.page.getByRole('cell', { name: kTitle }).waitFor(kPatience);
  await lookAt(li.page, 'schedule-list');
  await press('周视图');
});

test('a screen is enrolled, and made a test screen', async () => {
  screen = await open(`${http}screen?channel=main`, { viewport: kSmall, userAgent: kAgent });
  await screen.page.evaluate(watchColours, kLookMs);
  await shows(screen, 'slate');
  await screen.page.keyboard.press('i');
  const own = screen.page.locator('[data-figure="service.screen"] dd');
  const code = await until('a code', async () => /[0-9A-Z]{3} [0-9A-Z]{3}$/.exec(await own.innerText())?.[0]);
  await lookOnce(screen.page, 'screen-service-zh');

  await go('站点与屏幕');
  await lookAt(li.page, 'sites-empty');
  await press('登记屏幕');
  const form = li.page.locator('form.enrol');
  await form.locator('input[name=enrol-code]').fill(code, kPatience);
  await form.locator('select[name=enrol-place]').selectOption('new');
  await form.locator('input[name=enrol-new-site]').fill(kSite);
  await form.locator('input[name=enrol-name]').fill('一号屏');
  await lookAt(li.page, 'enrol');
  await form.locator('button[type=submit]').click();
  await li.page.getByText(`已登记：${kSite} · 一号屏`).waitFor(kPatience);
  await form.getByRole('button', { name: '关闭' }).click();
  await li.page.locator('.row', { hasText: '新民社区' }).click(kPatience);
  await li.page.getByRole('button', { name: '更改', exact: true }).last().click(kPatience);
  await li.page.locator('input[name=screen-test]').check(kPatience);
  await lookAt(li.page, 'screen-form');
  await li.page.locator('.screen-form button[type=submit]').click();
  await until('its own name', async () => (await own.innerText()).startsWith(`${kSite} · 一号屏`), { timeoutMs: 60_000 });
  await screen.page.keyboard.press('i');
  await lookAt(li.page, 'sites');
});

test('a rehearsal is seen by the test screen, and by nobody else', async () => {
  passer = await open(http, { viewport: kSmall });
  await passer.page.evaluate(watchColours, kLookMs);
  await shows(passer, 'slate');
  await go('控制台');
  await li.page.locator('.tile[data-channel=main]').click(kPatience);
  await li.page.locator('select[name=on-air]').selectOption('session');
  senders.primary = await startSender(node, 'primary', { encoder: kAgent });
  await li.page.locator('.pane[data-channel="main~primary"][data-state=live]').waitFor(kPatience);
  await li.page.getByText(kAgent).first().waitFor(kPatience);
  await lookAt(li.page, 'console-before-air');
  assert.deepEqual([await shownBy(screen), await shownBy(passer)], ['slate', 'slate']);

  await press(/^开始彩排/);
  await sign('rehearsal');
  await shows(screen, 'primary');
  await lookAt(li.page, 'console-rehearsal');
  const pictures = await passer.page.evaluate(() => window.seen.map(({ what }) => what));
  assert.equal(pictures.includes('primary'), false, `whoever passed by saw ${pictures}`);
  const strange = await open(`${http}screen?channel=main`, { viewport: kSmall });
  await strange.page.evaluate(watchColours, kLookMs);
  await shows(strange, 'slate');
  await strange.close();
  await shows(screen, 'primary');
  await press(/^结束彩排/);
  await shows(screen, 'slate');
});

test('on air, everybody sees it', async () => {
  await press(/^开始直播/);
  await sign('live');
  await allShow('primary');
  await lookAt(li.page, 'console-live');
  await lookAt(passer.page, 'home-live', { sizes: [kPhone, ...kDesks] });
  await lookOnce(screen.page, 'screen-live-zh');
  session = (await api('GET', `sessions/${session.id}`)).body;
  assert.equal(session.state, 'live');
});

async function mark(chapter) {
  await li.page.keyboard.press('c');
  await li.page.keyboard.type(chapter);
  await li.page.locator('form.mark button[type=submit]:enabled').waitFor(kPatience);
  await li.page.keyboard.press('Enter');
  await li.page.locator('ol').getByText(chapter).waitFor(kPatience);
}
test('a chapter is marked', () => mark(kChapter));

test('a camera\'s telephone has the tally', async () => {
  await press('摄像机指示灯链接');
  const link = await li.page.locator('input.link').inputValue(kPatience);
  for (const language of ['zh-CN', 'en-GB']) {
    const tally = await open(link, { language, viewport: kPhone });
    await tally.page.locator('.tally[data-state=on_air]').waitFor(kPatience);
    await lookOnce(tally.page, `tally-${language.slice(0, 2)}`, [kPhone]);
    await tally.close();
  }
});

test('who orders while somebody else just did is told so, and changes nothing', async () => {
  const made = await api('POST', 'accounts', { name: 'wang', role: 'operator', password: kPassword });
  wang = await open(new URL(made.body.link, http).href, { language: 'en-GB', userAgent: kAgent });
  await setPassword(wang);
  await enter(wang);
  await wang.page.locator('.tile[data-channel=main]').click(kPatience);
  await wang.page.getByText('李伟 is at this channel too').waitFor(kPatience);
  await li.page.getByText('wang 也在操作此频道').waitFor(kPatience);
  // Between what wang sees and what wang presses lies li's order.
  await wang.page.route('**/api/v1/channels/main/air', async (route) => {
    if (route.request().method() !== 'PATCH') return route.continue();
    const first = await api('PATCH', 'channels/main/air', { order: 'slate' }, { 'If-Match': '*' });
    assert.equal(first.status, 200);
    await route.continue();
  });
  await press(/^Primary/, wang);
  await wang.page.getByRole('alert').filter({ hasText: 'Somebody else changed it' }).waitFor(kPatience);
  await wang.page.getByRole('alert').filter({ hasText: '李伟' }).waitFor(kPatience);
  await wang.page.unroute('**/api/v1/channels/main/air');
  await lookAt(wang.page, 'console-of-two', kFewer);
  await allShow('slate');
  const { order } = (await api('GET', 'channels/main/air')).body;
  assert.equal(order, 'slate');
  // Now it is seen, and meant.
  await wang.page.locator('.orders [aria-pressed=true]', { hasText: 'Slate' }).waitFor(kPatience);
  await press(/^Auto/, wang);
  await allShow('primary');
  await wang.page.goto('about:blank'); // until the cut: two feeds and five pictures are enough
});

test('the backup, the slate and the primary are forced', async () => {
  senders.backup = await startSender(node, 'backup', { encoder: kAgent });
  await li.page.locator('.pane[data-channel="main~backup"][data-state=live]').waitFor(kPatience);
  const orders = li.page.locator('.orders');
  await orders.getByRole('button', { name: /^备路/ }).click(kPatience);
  await allShow('backup');
  await orders.getByRole('button', { name: /^垫片/ }).click(kPatience);
  await allShow('slate');
  // Keys count, as the buttons do, when the page has heard of the order before.
  const ordered = (name) => orders.locator('button[aria-pressed=true]:enabled', { hasText: name }).waitFor(kPatience);
  await ordered('垫片');
  await li.page.keyboard.press('p');
  await allShow('primary');
  await ordered('主路');
  await lookAt(li.page, 'console-two-feeds', kFewer);
  await li.page.keyboard.press('a');
  await senders.backup.stop();
});

test('an emergency cut asks once more, and is undone', async () => {
  await wang.page.goto(`${http}studio#console/main`);
  await wang.page.locator('.console').waitFor(kPatience);
  await press(/^紧急切断/);
  const dialog = li.page.getByRole('alertdialog');
  await dialog.waitFor(kPatience);
  await lookAt(li.page, 'cut-asks', kFewer);
  assert.equal(await shownBy(screen), 'primary');
  await dialog.getByRole('button', { name: '立即切断' }).click();
  await allShow('slate');
  await wang.page.getByText('CUT', { exact: true }).first().waitFor(kPatience);
  await lookAt(li.page, 'console-cut', kFewer);
  await press(/^解除切断/);
  await allShow('primary');
  // What was marked in the minute before it went with it.
  await mark(kLaterChapter);
});

const replay = (path) => fetch(`${http}replay/${session.id}/${path}`);
async function endIt() {
  await li.page.keyboard.press('e');
  await li.page.getByText('确定结束？再按一次').waitFor(kPatience);
  await li.page.keyboard.press('e');
  await li.page.getByRole('button', { name: /^恢复“/ }).waitFor(kPatience);
  await allShow('slate');
}

test('it ends by two presses, and is reopened without a hole', async () => {
  await endIt();
  await lookAt(li.page, 'console-ended');
  const first = (await api('GET', `sessions/${session.id}`)).body;
  assert.equal(first.state, 'ended');
  await li.page.getByRole('button', { name: /^恢复“/ }).click();
  await allShow('primary');
  const again = (await api('GET', `sessions/${session.id}`)).body;
  assert.deepEqual([again.state, again.live_ms], ['live', session.live_ms]);
  await endIt();
  session = (await api('GET', `sessions/${session.id}`)).body;
  const list = await until('the replay has its end', async () => {
    const text = await (await replay('v0/index.m3u8')).text();
    return text.includes('#EXT-X-ENDLIST') && text;
  }, { timeoutMs: 60_000 });
  // From the emergency cut, which took back the minute before it, to the second end: without a hole between
  // the two ends.
  const { withdrawn } = (await api('GET', `recordings/${session.id}`)).body;
  const cutAt = Math.max(...withdrawn.filter(({ by_cut: byCut }) => byCut).map(({ to_ms: to }) => to));
  const told = [...list.matchAll(/#EXTINF:([\d.]+),.*\n(?:#.*\n)*.*?(\d+)\.m4s$/gm)]
    .map(([, seconds, number]) => ({ seconds: Number(seconds), from: Number(number) * Math.round(seconds) * 1000 }))
    .filter(({ from }) => from >= cutAt)
    .reduce((sum, { seconds }) => sum + seconds, 0);
  const length = (session.ended_ms - cutAt) / 1000;
  // A segment that began before the cut, one that had not ended, and what the encoder was behind.
  assert.ok(Math.abs(told - length) < 5, `${told} s of ${length} s`);
  assert.ok(session.ended_ms > first.ended_ms);
});

test('when the feed has gone, the node\'s status says what is seen', async () => {
  await api('PATCH', 'channels/main/air', { on_air: 'feed' }, { 'If-Match': '*' });
  await allShow('primary');
  await senders.primary.stop();
  // The streamer goes on for a while, in case the feed comes back, and shows the slate meanwhile.
  await until('the slate in the status', async () => {
    const { roles, on_air: onAir } = await node.status();
    const shown = roles.find(({ role }) => role === 'streamer')?.status?.shown;
    const { source } = onAir.find(({ channel }) => channel === 'main');
    if (shown === 'slate') assert.equal(source, 'slate');
    return source === 'slate';
  }, { timeoutMs: 60_000, everyMs: 50 });
  await allShow('slate');
  const { stdout } = await promisify(execFile)(kBinary, ['status', '--data-dir', node.dataDir]);
  assert.match(stdout, /"source":"slate"/);
});

test('the replay is there, with its chapter, and found in the library', async () => {
  const kSizes = { sizes: [kPhone, ...kDesks] };
  const { page } = await open(`${http}library`);
  const card = page.locator(`[data-recording="${session.id}"]`);
  await card.getByText(kTitle).waitFor(kPatience);
  await lookAt(page, 'library', kSizes);
  await card.getByRole('link').first().click();
  await page.getByRole('heading', { name: kTitle }).waitFor(kPatience);
  // A playlist's tag has no way to hold a quote (RFC 8216 §4.2).
  await page.getByRole('button', { name: kLaterChapter.replaceAll('"', "'") }).waitFor(kPatience);
  await until('it plays', () => page.evaluate(() => document.querySelector('#replay').currentTime > 0.5),
    { timeoutMs: 60_000 });
  await lookAt(page, 'replay', kSizes);
});

test('everything else of the studio looks as it should', async () => {
  const kParts = { recordings: 'recordings', channels: 'channels', sites: 'sites-later', accounts: 'accounts',
    entries: 'entries', webhooks: 'webhooks', audit: 'audit', own: 'own', schedule: 'schedule-later', console: 'wall' };
  for (const [part, name] of Object.entries(kParts)) {
    await li.page.goto(`${http}studio#${part}`);
    await li.page.locator(`nav a[href="#${part}"][aria-current=page]`).waitFor(kPatience);
    await li.page.waitForLoadState('networkidle').catch(() => undefined); // the console's news never end
    await lookAt(li.page, name);
  }
});

test('what people see when nothing is on', async () => {
  await lookAt(passer.page, 'home-later', { sizes: [kPhone, ...kDesks] });
  await lookOnce(screen.page, 'screen-idle-zh');
  const english = await open(`${http}screen?channel=main&lang=en`, { language: 'en-GB', viewport: kSmall });
  await english.page.evaluate(watchColours, kLookMs);
  await shows(english, 'slate');
  await lookOnce(english.page, 'screen-idle-en');
  const publish = await open(`${http}publish?channel=main#${encodeURIComponent(kHostile)}`, { viewport: kPhone });
  await lookOnce(publish.page, 'publish-zh', [kPhone, kDesks[0]]);
  const waiting = await open(`${http}screen?channel=none`);
  await waiting.page.locator('.waiting').waitFor(kPatience);
  await lookOnce(waiting.page, 'screen-waiting-zh');
});

test('nothing ran that was a name, and no browser complained', async () => {
  for (const { page, complaints } of opened) {
    if (page.isClosed()) continue;
    assert.equal(await page.evaluate(() => window.hit), undefined, page.url());
    assert.deepEqual(complaints, [], page.url());
  }
  const rows = (await api('GET', 'audit?limit=200')).body.rows.map(({ action }) => action);
  for (const action of ['account.set_up', 'session.schedule', 'screen.enrol', 'air.order', 'session.start',
    'chapter.mark', 'air.cut', 'air.undo_cut', 'session.end', 'session.reopen'])
    assert.ok(rows.includes(action), `${action} is not in the audit: ${rows}`);
});
