// A producer's day in the browser: a series, a session, on air, ended, reopened; two people who change
// one session; titles that are markup; and what the public sees of it all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { axeClean } from './support/looks.mjs';
import { until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kPassword = 'correct horse battery';
const kPatience = { timeout: 15_000 };
const kHostile = '<img src=x onerror="window.hit=1">';

// A wall clock by which it is nine in the morning, so that what is scheduled for the next hours is of this
// day and, on a Sunday, of the week that is on show.
const kZone = () => {
  const east = ((9 - new Date().getUTCHours() + 36) % 24) - 12;
  return `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`; // POSIX signs: west is positive
};

let node, http, browser, watched, page, other;

const press = (of, name) => of.getByRole('button', { name, exact: true }).click(kPatience);
const go = (of, name) => of.getByRole('link', { name, exact: true }).click(kPatience);
// Of an input of datetime-local, so many minutes from now; the node's wall clock is in `zone`.
const minutesFromNow = (minutes, zone) =>
  new Date(Date.now() + minutes * 60_000)
    .toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T').slice(0, 16);
const api = async (method, path, body, fields = {}) => {
  const answer = await page.evaluate(async ([method, path, body, fields]) => {
    const headers = { ...(body ? { 'Content-Type': 'application/json' } : {}), ...fields };
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, etag: answer.headers.get('etag'), text: await answer.text() };
  }, [method, path, body, fields]);
  return { ...answer, json: () => JSON.parse(answer.text) };
};
const sessions = async () => (await api('GET', '/api/v1/sessions')).json().sessions;

async function setPassword(of, name) {
  if (name) await of.locator('input[name=username]').fill(name, kPatience);
  await of.locator('input[name=password]').fill(kPassword, kPatience);
  await of.locator('input[name=again]').fill(kPassword);
  await of.locator('button[type=submit]').click();
}

before(async () => {
  node = await ServedNode.start({ more: `[schedule]\ntime_zone = "${kZone()}"\n` });
  http = await node.url('/');
  browser = await launchBrowser();
  const viewport = { width: 1280, height: 800 };
  watched = await Watched.open(browser, await node.firstLink(), { language: 'en-GB', viewport });
  page = watched.page;
  await setPassword(page, 'li wei');
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await node?.remove();
});

test('a series is made first, its title is text', async () => {
  await go(page, 'Schedule');
  await page.getByText('Create a series first.').waitFor(kPatience);
  await go(page, 'Series and themes');
  await page.locator('input[name=series-title]').fill('Secretary Talk 书记龙门阵', kPatience);
  await press(page, 'Create series');
  await page.getByText('Secretary Talk 书记龙门阵').waitFor(kPatience);
  await page.locator('input[name=series-title]').fill(kHostile);
  await press(page, 'Create series');
  await page.getByText(kHostile).waitFor(kPatience);
  assert.equal(await page.getByText('core theme').count(), 6);
  await page.locator('input[name=theme-title]').fill('防汛');
  await press(page, 'Create special theme');
  await page.getByText('防汛').waitFor(kPatience);
  await screenshot(page, 'studio-series');
  await axeClean(page);
});

test('a session is scheduled by keyboard and form, with a repeat', async () => {
  await go(page, 'Schedule');
  const { time_zone: zone } = (await api('GET', '/api/v1/guide')).json();
  await press(page, 'New session');
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[name=title]').fill('第一期：五个书记谈治水', kPatience);
  await dialog.locator('select[name=series]').selectOption({ label: 'Secretary Talk 书记龙门阵' });
  await dialog.locator('select[name=theme]').selectOption({ index: 3 });
  await dialog.locator('input[name=start]').fill(minutesFromNow(2, zone));
  await dialog.locator('input[name=end]').fill(minutesFromNow(62, zone));
  await dialog.locator('textarea[name=speakers]').fill('李伟\n王芳');
  await dialog.locator('input[name=place]').fill('龙泉驿');
  await screenshot(page, 'studio-session-form');
  await axeClean(page);
  await dialog.locator('input[name=title]').press('Enter');
  await dialog.waitFor({ state: 'hidden', ...kPatience });
  const [made] = await sessions();
  assert.equal(made.title, '第一期：五个书记谈治水');
  assert.deepEqual(made.speakers, ['李伟', '王芳']);

  await press(page, 'New session');
  await dialog.locator('input[name=title]').fill(kHostile, kPatience);
  await dialog.locator('input[name=start]').fill(minutesFromNow(120, zone));
  await dialog.locator('input[name=end]').fill(minutesFromNow(180, zone));
  await dialog.locator('select[name=repeat]').selectOption('days');
  await dialog.locator('input[name=every]').fill('1');
  await dialog.locator('input[name=count]').fill('3');
  await press(page, 'Save');
  await dialog.waitFor({ state: 'hidden', ...kPatience });
  const all = await sessions();
  assert.equal(all.length, 4);
  assert.equal(new Set(all.filter(({ repeat }) => repeat).map(({ repeat }) => repeat)).size, 1);
  await screenshot(page, 'studio-week');
  await axeClean(page);
  await press(page, 'List');
  await page.getByRole('cell', { name: kHostile }).first().waitFor(kPatience);
  await screenshot(page, 'studio-list');
  await axeClean(page);
});

test('what meets another session is refused with its name', async () => {
  const [first] = await sessions();
  const { channel, series, start_ms, end_ms } = first;
  const refused = await api('POST', '/api/v1/sessions',
    { channel, series, title: 'x', start_ms: start_ms + 60_000, end_ms });
  assert.equal(refused.status, 409);
  assert.match(refused.json().detail, /第一期：五个书记谈治水/);
});

test('it goes on air, is public, ends and is reopened without a hole', async () => {
  // The list comes late, and nobody is shown what the session was before.
  const kListDelayMs = 300;
  await page.route('**/api/v1/sessions?*', async (route) => {
    await new Promise((resolve) => { setTimeout(resolve, kListDelayMs); });
    await route.continue();
  });
  const open = () => page.getByRole('button', { name: '第一期：五个书记谈治水' }).click(kPatience);
  await open();
  await press(page, 'Go live');
  const channel = async () => (await (await fetch(new URL('/api/v1/channels/main', http))).json());
  await until('the session is public', async () => (await channel()).session?.title);
  const { live_ms: since } = (await channel()).session;
  await open();
  await press(page, 'End');
  await until('the session has ended', async () => (await channel()).session === null);
  await open();
  await screenshot(page, 'studio-ended');
  await press(page, 'Reopen');
  await until('the session is back', async () => (await channel()).session?.title);
  assert.equal((await channel()).session.live_ms, since);
  const rows = (await api('GET', '/api/v1/audit')).json().rows.map(({ action }) => action);
  assert.deepEqual(rows.slice(0, 3), ['session.reopen', 'session.end', 'session.start']);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('two people who change one session do not undo each other', async () => {
  const made = (await api('POST', '/api/v1/accounts', { name: 'wang', role: 'producer', password: kPassword })).json();
  const link = new URL(made.link, http).href;
  other = await Watched.open(browser, link, { language: 'zh-CN', viewport: { width: 1280, height: 800 } });
  await setPassword(other.page);
  await other.page.getByRole('heading', { name: 'wang' }).waitFor(kPatience);
  await go(other.page, '节目安排');
  await other.page.getByRole('button', { name: '列表', exact: true }).click(kPatience);
  const open = (of) => of.getByRole('button', { name: kHostile }).first().click(kPatience);
  await open(page);
  await open(other.page);
  await page.getByRole('dialog').locator('input[name=place]').fill('hall 2');
  await press(page, 'Save');
  await page.getByRole('dialog').waitFor({ state: 'hidden', ...kPatience });
  const dialog = other.page.getByRole('dialog');
  await dialog.locator('input[name=place]').fill('三号厅');
  await dialog.locator('input[name=title]').fill('第二期');
  await press(other.page, '保存');
  await other.page.getByText('li wei 在').waitFor(kPatience);
  await other.page.getByRole('cell', { name: 'hall 2' }).waitFor(kPatience);
  await other.page.getByRole('cell', { name: '三号厅' }).waitFor(kPatience);
  await screenshot(other.page, 'studio-conflict-zh');
  await axeClean(other.page);
  assert.equal((await sessions()).some(({ place }) => place === '三号厅'), false);
  await press(other.page, '用我的覆盖');
  await dialog.waitFor({ state: 'hidden', ...kPatience });
  const changed = (await sessions()).find(({ title }) => title === '第二期');
  assert.equal(changed.place, '三号厅');
  assert.equal(changed.version, 3);
  const stale = await api('PATCH', `/api/v1/sessions/${changed.id}`, { title: 'x' }, { 'If-Match': '"1"' });
  assert.equal(stale.status, 412);
  assert.match(stale.json().detail, /wang changed title, place at .*; before that li wei changed place/);
});

test('channels and keys: a key is shown once, and revoked it is none', async () => {
  await go(page, 'Channels');
  await page.locator('input[name=channel-id]').fill('field', kPatience);
  await page.locator('input[name=new-channel-name]').fill('田间课堂');
  await press(page, 'Create channel');
  await until('the channel is public', async () =>
    (await fetch(new URL('/api/v1/channels/field', http))).status === 200);
  await page.locator('select[name=sound-levelling]').selectOption('china');
  await page.locator('select[name=sound-primary]').selectOption('left');
  await press(page, 'Save');
  await until('its loudness and its mapping are kept', async () => {
    const { sound } = (await api('GET', '/api/v1/channels/field/settings')).json();
    return sound.target_lufs === -24 && sound.primary_mapping === 'left' && sound.backup_mapping === 'stereo';
  });
  await page.locator('input[name=key-label]').fill(`OBS ${kHostile}`);
  await press(page, 'Create key');
  const key = page.getByRole('textbox', { name: 'Stream key' });
  await key.waitFor(kPatience);
  assert.match(await key.inputValue(), /^[\w-]{24}$/);
  assert.equal(await page.locator('input[name=publish-link]').inputValue(),
    `${new URL(page.url()).origin}/publish?channel=field#${await key.inputValue()}`);
  await screenshot(page, 'studio-channels');
  await axeClean(page);
  await press(page, 'I have it');
  await page.getByText(`OBS ${kHostile}`).first().waitFor(kPatience);
  assert.equal(await page.evaluate(() => window.hit), undefined, 'a key that runs');
  await press(page, 'Revoke');
  await press(page, 'Who sends with it is cut. Sure?');
  await until('no key is left', async () =>
    (await api('GET', '/api/v1/channels/field/keys')).json().keys.length === 0);
});

test('a table is looked at, its mistakes told, and taken', async () => {
  await go(page, 'Schedule');
  await page.getByText('Import a guide (CSV or XMLTV)').click(kPatience);
  const file = (text) => ({ name: 'guide.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  const day = new Date(Date.now() + 4 * 86_400_000).toISOString().slice(0, 10);
  const head = 'channel,series,title,start,end\n';
  const good = `field,党员开会了,第九期,${day} 10:00,${day} 11:00\n`;
  await page.locator('input[name=import]').setInputFiles(file(`${head}${good}nowhere,x,x,${day} 10:00,${day} 11:00\n`));
  await page.getByText('1 sessions can be taken, 0 are there already, 1 mistakes').waitFor(kPatience);
  await page.getByText('there is no channel "nowhere"').waitFor(kPatience);
  await screenshot(page, 'studio-import');
  assert.equal((await sessions()).length, 4);
  await press(page, 'Take what is right');
  await page.getByText('1 sessions taken').waitFor(kPatience);
  assert.equal((await sessions()).length, 5);
});

test('the guide is on the home page, in both languages, and on the waiting screen', async () => {
  for (const [language, label] of [['zh-CN', '节目表'], ['en-GB', 'Programme guide']]) {
    const viewport = { width: 1280, height: 1500 };
    const home = await Watched.open(browser, http, { language, viewport });
    await home.page.getByRole('heading', { name: label }).waitFor(kPatience);
    await home.page.getByText('第一期：五个书记谈治水').first().waitFor(kPatience);
    await home.page.getByText(kHostile).first().waitFor(kPatience);
    await screenshot(home.page, `home-guide-${language}`);
    await axeClean(home.page);
    assert.equal(await home.page.evaluate(() => window.hit), undefined);
    assert.deepEqual(home.complaints, []);
    await home.close();
  }
  const wall = await Watched.open(browser, new URL('/screen?channel=field', http).href, {
    viewport: { width: 1920, height: 1080 },
  });
  await wall.page.getByText('第九期').first().waitFor(kPatience); // over the waiting view, or the slate
  await screenshot(wall.page, 'screen-next');
  await wall.page.goto(new URL('/screen?channel=main', http).href);
  await wall.page.locator('[data-state=slate]').waitFor(kPatience);
  await wall.page.locator('.over').getByText('第一期：五个书记谈治水').waitFor(kPatience);
  await screenshot(wall.page, 'screen-slate-next');
  await wall.close();
});

test('calendars and guides of others get it', async () => {
  const calendar = await fetch(new URL('/api/v1/guide.ics', http));
  assert.match(calendar.headers.get('content-type'), /^text\/calendar/);
  const text = (await calendar.text()).replaceAll('\r\n ', '');
  assert.match(text, /SUMMARY:Secretary Talk 书记龙门阵: 第一期：五个书记谈治水\r\n/);
  assert.equal(text.match(/BEGIN:VEVENT/g).length, 5);
  const xml = await (await fetch(new URL('/api/v1/guide.xml', http))).text();
  const read = await page.evaluate((xml) => {
    const parsed = new DOMParser().parseFromString(xml, 'application/xml');
    return {
      broken: parsed.querySelector('parsererror') !== null,
      titles: [...parsed.querySelectorAll('programme > sub-title')].map((each) => each.textContent),
    };
  }, xml);
  assert.equal(read.broken, false);
  assert.ok(read.titles.includes(kHostile));
});

test('no title ran, and the browser complains of nothing', async () => {
  for (const each of [watched, other]) {
    assert.equal(await each.page.evaluate(() => window.hit), undefined);
    assert.deepEqual(each.complaints, []);
  }
});
