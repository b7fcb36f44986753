// An operator's broadcast in the browser, with a real feed: the picture before air, live, a chapter, an
// emergency cut and its end, what dies meanwhile, the tally of a camera, and the end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { axeClean } from './support/looks.mjs';
import { Node, tries, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kPassword = 'correct horse battery';
const kPatience = { timeout: 15_000 };
const kAtOnceMs = 1_000;
const kHostile = '<img src=x onerror="window.hit=1">';

let node, browser, console_, page, screen, tally, other;

const api = (method, path, body, fields = {}) =>
  page.evaluate(async ([method, path, body, fields]) => {
    const headers = { ...(body ? { 'Content-Type': 'application/json' } : {}), ...fields };
    const began = Date.now();
    const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json(), began };
  }, [method, path, body, fields]);

// ffmpeg's test picture is colourful, the slate is not. Runs in the page: since when which one is seen.
const watchColours = () => {
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  window.shown = { what: 'none', since: Date.now() };
  const look = () => {
    const video = document.querySelector('video[data-front]');
    if (!video || !video.videoWidth) return;
    pen.drawImage(video, 0, 0, 32, 18);
    const { data } = pen.getImageData(0, 0, 32, 18);
    let colour = 0;
    for (let i = 0; i < data.length; i += 4) {
      const rgb = [data[i], data[i + 1], data[i + 2]];
      colour += Math.max(...rgb) - Math.min(...rgb);
    }
    const what = colour / (data.length / 4) > 70 ? 'feed' : 'slate';
    if (what !== window.shown.what) window.shown = { what, since: Date.now() };
  };
  setInterval(look, 15);
};
const shows = (what) =>
  until(`the screen shows the ${what}`, async () => {
    const shown = await screen.page.evaluate(() => window.shown);
    return shown.what === what && shown;
  }, { everyMs: 30 });
const pane = (channel) => page.locator(`.pane[data-channel="${channel}"]`);
const tallyIs = (state) => tally.page.locator(`.tally[data-state=${state}]`).waitFor(kPatience);

before(async () => {
  node = await Node.start();
  browser = await launchBrowser();
  console_ = await Watched.open(browser, node.addresses.studio, { language: 'en-GB' });
  page = console_.page;
  await page.locator('input[name=username]').fill('li wei', kPatience);
  await page.locator('input[name=password]').fill(kPassword);
  await page.locator('input[name=again]').fill(kPassword);
  await page.locator('button[type=submit]').click();
  await page.getByRole('heading', { name: 'li wei' }).waitFor(kPatience);
  screen = await Watched.open(browser, new URL('/screen?channel=main', node.http).href);
  await screen.page.evaluate(watchColours);
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await node?.stop();
});

test('the wall shows every channel, and leads to one', async () => {
  await page.locator('.tile[data-channel=main]').waitFor(kPatience);
  await until('a picture on the wall', () => page.locator('.pane[data-state=slate]').count());
  await screenshot(page, 'console-wall');
  await axeClean(page);
  await page.locator('.tile[data-channel=main]').click();
  await page.getByRole('button', { name: /^Go live/ }).waitFor(kPatience);
  assert.equal(new URL(page.url()).hash, '#console/main');
});

test('the picture is seen before air, by the studio alone', async () => {
  const series = await api('POST', 'series', { title: 'Secretary Talk' });
  const made = await api('POST', 'sessions', {
    channel: 'main', series: series.body.id, title: kHostile,
    start_ms: Date.now(), end_ms: Date.now() + 3_600_000,
  });
  assert.equal(made.status, 200);
  await page.locator('select[name=on-air]').selectOption('session');
  await page.locator('.why', { hasText: 'no session is live' }).waitFor(kPatience);
  node.startFfmpeg();
  await pane('main~primary').and(page.locator('[data-state=live]')).waitFor(kPatience);
  const peak = page.locator('.pane[data-channel="main~primary"] .meter');
  await until('sound on the feed\'s meter', async () => Number(await peak.getAttribute('data-peak')) > -40);
  const loudness = page.locator('.loudness');
  await until('the loudness', async () => Number(await loudness.getAttribute('data-integrated')) < -5);
  assert.match(await loudness.innerText(), /dBTP/);
  await until('figures of the feed', async () => /\d+ kbit\/s/.test(await page.locator('.console').innerText()));
  assert.equal((await shows('slate')).what, 'slate');
  const refused = await fetch(new URL('/whep/main~primary', node.http),
    { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: 'v=0\r\n' });
  assert.ok([401, 403, 404].includes(refused.status), String(refused.status));
  const listed = await (await fetch(new URL('/api/v1/channels', node.http))).text();
  assert.equal(listed.includes('primary'), false);
});

test('a camera has a tally without an account', async () => {
  await page.getByRole('button', { name: 'Tally link for a camera' }).click();
  const link = await page.locator('input.link').inputValue(kPatience);
  tally = await Watched.open(browser, link, { viewport: { width: 390, height: 844 } });
  await tallyIs('preview');
});

test('one key goes live, and another marks a chapter', async () => {
  await page.keyboard.press('g');
  await shows('feed');
  await tallyIs('on_air');
  await page.locator('.sign[data-kind=live]').waitFor(kPatience);
  await page.keyboard.press('c');
  await page.keyboard.type('治水 <b>');
  await page.keyboard.press('Enter');
  await page.getByText('治水 <b>').waitFor(kPatience);
  await screenshot(page, 'console-live');
  await axeClean(page);
});

test('two at one channel see each other', async () => {
  const made = await api('POST', 'accounts', { name: 'wang', role: 'operator', password: kPassword });
  other = await Watched.open(browser, new URL(made.body.link, node.http).href, { language: 'zh-CN' });
  await other.page.locator('input[name=password]').fill(kPassword, kPatience);
  await other.page.locator('input[name=again]').fill(kPassword);
  await other.page.locator('button[type=submit]').click();
  await other.page.getByRole('heading', { name: 'wang' }).waitFor(kPatience);
  await other.page.locator('.tile[data-channel=main]').click(kPatience);
  await other.page.getByText('li wei 也在操作此频道').waitFor(kPatience);
  await page.getByText('wang is at this channel too').waitFor(kPatience);
});

// A segment that is public; one that is a gap is not there.
const newestSegment = () => until('a segment', async () => {
  const playlist = new URL('/hls/main/v0/index.m3u8', node.http);
  const lines = (await (await fetch(playlist)).text()).split('\n');
  const segment = lines.filter((line) => /^[^#].*\.m4s/.test(line)).at(-1);
  const address = segment && new URL(segment, playlist);
  return address && (await fetch(address)).ok && address;
});

test('a cut asks once more, is everywhere at once, and its end too', { timeout: 120_000 }, async (t) => {
  const dialog = page.getByRole('alertdialog');
  await page.keyboard.press('x');
  await dialog.waitFor(kPatience);
  await axeClean(page);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden', ...kPatience });

  // A busy machine may be late with anything once.
  await tries(3, async () => {
    await shows('feed'); // not the slate of before
    await tallyIs('on_air');
    await page.getByRole('button', { name: /^Emergency cut/ }).and(page.locator(':enabled')).waitFor(kPatience);
    const newest = await newestSegment();
    await page.keyboard.press('x');
    await dialog.waitFor(kPatience);
    const posted = page.waitForRequest((request) => request.url().endsWith('/air/cut'));
    const cutAt = Date.now();
    await page.keyboard.press('Enter');
    await posted;
    const gone = until('HLS has taken it back', async () => (await fetch(newest)).status === 410 && Date.now(), { everyMs: 20 });
    const [cut, goneAt] = await Promise.all([shows('slate'), gone]);
    await tallyIs('preview');
    await pane('main~primary').and(page.locator('[data-state=live]')).waitFor(kPatience);
    await other.page.getByText('已紧急切断', { exact: true }).waitFor(kPatience);

    const undoneAt = Date.now();
    await page.keyboard.press('u');
    const undone = await shows('feed');
    const took = { screen: cut.since - cutAt, hls: goneAt - cutAt, undone: undone.since - undoneAt };
    t.diagnostic(`cut: on a WHEP screen after ${took.screen} ms, taken back from HLS within ${took.hls} ms; ` +
      `undone after ${took.undone} ms`);
    // How quick its end is, tests/e2e/slates.test.mjs judges: here each page decodes several pictures.
    for (const what of ['screen', 'hls']) assert.ok(took[what] < kAtOnceMs, `${what}: ${took[what]} ms`);
  });
});

test('a cut outlives control, relay and gateway', async () => {
  const cut = await api('POST', 'channels/main/air/cut');
  assert.equal(cut.status, 200);
  await shows('slate');
  for (const role of ['control', 'relay', 'gateway']) await node.kill(role);
  await until('the relay is back', async () => {
    const status = await node.status();
    return status.on_air.find(({ channel }) => channel === 'main')?.rule === 'cut';
  });
  await until('the screen has a picture that moves again', () => screen.page.evaluate(async () => {
    const frames = () => document.querySelector('video[data-front]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
    const before = frames();
    await new Promise((passed) => setTimeout(passed, 200));
    return frames() > before;
  }), { timeoutMs: 20_000 });
  assert.equal((await shows('slate')).what, 'slate');
  await until('it is undone', async () =>
    (await api('DELETE', 'channels/main/air/cut', undefined, { 'If-Match': '*' })).status === 200);
  await shows('feed');
  // Its line was cut, too: by now it knows again what is so.
  await page.getByRole('button', { name: /^Emergency cut/ }).and(page.locator(':enabled')).waitFor(kPatience);
});

test('a lost connection is unmistakable', async () => {
  const control = await node.pidOf('control');
  // The supervisor, too: it starts a control that hangs anew, before anybody could look.
  for (const pid of [node.child.pid, control]) process.kill(pid, 'SIGSTOP');
  await page.getByText('The connection to the server is lost').waitFor(kPatience);
  assert.equal(await page.getByRole('button', { name: /^Emergency cut/ }).isDisabled(), true);
  await screenshot(page, 'console-lost');
  await tallyIs('lost');
  await screenshot(tally.page, 'tally-lost');
  for (const pid of [control, node.child.pid]) process.kill(pid, 'SIGCONT');
  await page.locator('.banner').waitFor({ state: 'hidden', ...kPatience });
  await tallyIs('on_air');
});

test('the end is pressed twice, and brings the slate', async () => {
  await page.keyboard.press('e');
  await page.getByText('Sure? Press again').waitFor(kPatience);
  await page.keyboard.press('e');
  await shows('slate');
  await page.getByRole('button', { name: /^Reopen/ }).waitFor(kPatience);
  const rows = (await api('GET', 'audit')).body.rows.map(({ action }) => action);
  for (const action of ['air.order', 'air.cut', 'air.undo_cut', 'chapter.mark', 'session.end'])
    assert.ok(rows.includes(action), action);
  for (const each of [console_, other, screen, tally]) {
    assert.equal(await each.page.evaluate(() => window.hit), undefined);
    assert.deepEqual(each.complaints, []);
  }
});

test('a cut outlives the whole node', async () => {
  // What went before needs no processor's time any more.
  await browser.close();
  await node.stop();
  const served = await ServedNode.start();
  try {
    const link = await until('the first link', async () => /studio\/link#([\w-]+)/.exec(served.log)?.[1]);
    const send = async (path, body, cookie = '') => fetch(await served.url(`/api/v1/${path}`), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Longmen-Request': '1', Cookie: cookie },
      body: JSON.stringify(body),
    });
    const entered = await send('links/redeem', { token: link, name: 'li', password: kPassword });
    const cookie = entered.headers.get('set-cookie').split(';')[0];
    assert.equal((await send('channels/main/air/cut', {}, cookie)).status, 200);
    const rule = async () =>
      (await served.status())?.on_air.find(({ channel }) => channel === 'main')?.rule;
    await until('the relay obeys', async () => (await rule()) === 'cut');
    await served.stop('SIGKILL');
    served.launch();
    assert.equal(await until('the relay says what it obeys', rule, { timeoutMs: 30_000 }), 'cut');
  } finally {
    await served.remove();
  }
});
