// Two real senders, one by RTMP and one by SRT, and a viewer that stays: the primary is killed and the
// backup is on air; it comes back and is taken again; an operator's order is stronger than both. The studio sees both inputs
// beside the programme, and how they come in; others do not, and a webhook is told of each switch.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { sleep, until } from './support/node.mjs';
import { Studio } from './support/studio.mjs';
import { shown, startNodeOfTwo, startSender, watchColours } from './support/two_senders.mjs';
import { WebhookReceiver } from './support/webhook_receiver.mjs';

const kPatience = { timeoutMs: 15_000, everyMs: 50 };
const kReturnMs = 2_000;

let node, browser, watched, studio, hook, later;
const senders = {};

before(async () => {
  node = await startNodeOfTwo(`return_after_ms = ${kReturnMs}`);
  browser = await launchBrowser();
  senders.backup = await startSender(node, 'backup', { way: 'srt' });
  senders.primary = await startSender(node, 'primary');
  watched = await Watched.open(browser, await node.url('/screen?channel=main'));
  await watched.page.evaluate(watchColours);
  const [, token] = /studio\/link#([\w-]+)/.exec(node.log);
  studio = await Studio.open({ http: await node.url('/'), addresses: { studio: `http://node/link#${token}` } });
  hook = await WebhookReceiver.start({ failures: 1 });
  hook.secret = (await studio.good('POST', 'webhooks', { url: hook.url, kinds: ['switch', 'feed_down'] })).secret;
}, { timeout: 60_000 });

after(async () => {
  for (const sender of Object.values(senders)) await sender.stop();
  hook?.stop();
  await browser?.close();
  await node?.remove();
});

const seen = () => watched.page.evaluate(() => window.seen);
const shows = (what) =>
  until(`the screen shows the ${what}`, async () => {
    const last = (await seen()).at(-1);
    return last?.what === what && last;
  }, kPatience);

test('the primary is on air when both are there', async () => {
  await until('the primary', async () => (await shown(node)) === 'primary', kPatience);
  await shows('primary');
});

// Of a process and its threads, in seconds.
async function processorTime(role) {
  const stat = await readFile(`/proc/${(await node.role(role)).pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
async function processorShare(role, ms) {
  const before = await processorTime(role);
  await sleep(ms);
  return (await processorTime(role) - before) / ms * 1000;
}
// Colour of the middle of a pane's picture.
const colourOf = (page, channel) => page.evaluate((name) => {
  const video = document.querySelector(`.pane[data-channel="${name}"] video[data-front]`);
  if (!video?.videoWidth) return null;
  const pen = new OffscreenCanvas(1, 1).getContext('2d');
  pen.drawImage(video, video.videoWidth / 4, video.videoHeight / 4, video.videoWidth / 2, video.videoHeight / 2, 0, 0, 1, 1);
  const [red, , blue] = pen.getImageData(0, 0, 1, 1).data;
  return { what: red > blue + 60 ? 'backup' : blue > red + 60 ? 'primary' : 'slate', height: video.videoHeight };
}, channel);

test('the studio sees both inputs beside the programme, and nobody else does', async (t) => {
  const idle = await processorShare('streamer', 1500);
  const encoding = async () => [...(await node.metrics()).matchAll(/^longmen_streamer_preview_encoding\{.*\} 1$/gm)].length;
  assert.equal(await encoding(), 0, 'nothing is encoded for nobody');
  const desk = await Watched.open(browser, await node.url('/studio#console/main'),
    { language: 'en-GB', storageState: studio.storageState, viewport: { width: 1500, height: 1000 } });
  await desk.page.locator('.head h2').click(kPatience); // browsers want a page touched before it may listen
  for (const input of ['primary', 'backup']) {
    const seen = await until(`the preview of the ${input}`, async () => {
      const colour = await colourOf(desk.page, `main~${input}`);
      return colour?.what === input && colour;
    }, kPatience);
    assert.equal(seen.height, 360);
    const meter = desk.page.locator(`.pane[data-channel="main~${input}"] .meter`);
    const peak = async () => Number(await meter.getAttribute('data-peak'));
    await until('its meter moves', async () => (await peak()) > -40, kPatience);
  }
  assert.equal(await encoding(), 2);
  assert.equal((await colourOf(desk.page, 'main')).what, 'primary', 'the programme beside them');
  const watching = await processorShare('streamer', 1500);
  t.diagnostic(`the streamer uses ${(100 * idle).toFixed(0)} % of a processor without previews, ` +
    `${(100 * watching).toFixed(0)} % with both`);
  const charts = desk.page.locator('.health[data-input=backup] .chart svg');
  await until('charts in words', async () => /Bit rate, the last ten minutes: \d/.test(
    await charts.first().getAttribute('aria-label')), kPatience);
  await screenshot(desk.page, 'console-previews');

  const { token } = await studio.good('POST', 'channels/main/preview-token', { of: 'backup' });
  const join = async (channel, shown) => (await fetch(await node.url(`/whep/${channel}`), { method: 'POST', body: 'v=0\r\n',
    headers: { 'Content-Type': 'application/sdp', ...(shown && { Authorization: `Bearer ${shown}` }) } })).status;
  assert.equal(await join('main~backup'), 401, 'a stranger');
  assert.equal(await join('main~primary', token), 403, 'another picture\'s token');
  assert.ok([400, 422].includes(await join('main~backup', token)), 'the gate is passed, and the offer is none');
  for (const path of ['/hls/main~backup/index.m3u8', `/hls/main~backup/index.m3u8?token=${token}`])
    assert.ok((await fetch(await node.url(path))).status >= 400, path);
  assert.equal((await (await fetch(await node.url('/api/v1/channels'))).text()).includes('~'), false);
  assert.equal((await fetch(await node.url('/api/v1/channels/main/preview-token'), { method: 'POST',
    headers: { 'X-Longmen-Request': '1', 'Content-Type': 'application/json' }, body: '{}' })).status, 401);
  assert.deepEqual(desk.complaints, []);
  await desk.context.close();
});

test('how each input comes in is kept for ten minutes', async () => {
  const { at_ms, inputs } = await studio.good('GET', 'studio/channels/main/history');
  assert.ok(at_ms.length > 3);
  for (const input of ['primary', 'backup']) {
    const of = inputs[input];
    for (const values of Object.values(of)) assert.equal(values.length, at_ms.length);
    const last = (name) => of[name].filter((value) => value !== null).at(-1);
    assert.ok(last('kbps') > 100, `${input} ${last('kbps')} kbit/s`);
    assert.ok(last('fps') > 0);
    assert.ok(last('keyframe_age_ms') >= 0);
    assert.ok(last('peak_dbfs') > -40);
    assert.ok(last('errors') >= 0);
  }
});

test('a primary that is killed gives way to the backup, and is taken again', async (t) => {
  // What begins together is not asked to be stable: let that be over.
  await until('the primary has been on air for a while', async () => Date.now() - (await seen()).at(-1).at > 3_500, kPatience);
  const desk = await Watched.open(browser, await node.url('/studio#console/main'),
    { language: 'en-GB', storageState: studio.storageState });
  const said = desk.page.locator('.inputs .hint', { hasText: 'The same sound by two ways' });
  await said.waitFor(kPatience);
  later = Number(/the backup (-?\d+) ms later/.exec(await said.innerText())[1]);
  await desk.context.close();
  const joins = watched.joins();
  const { connection } = await watched.reception();
  const killed = Date.now();
  await senders.primary.stop();
  const backup = await shows('backup');
  assert.equal(await shown(node), 'backup');
  senders.primary = await startSender(node, 'primary');
  const back = await shows('primary');
  const story = (await seen()).filter(({ at }) => at >= killed).map(({ what }) => what);
  assert.deepEqual(story, ['backup', 'primary'], 'nothing else was seen in between');
  assert.equal(watched.joins(), joins);
  assert.equal((await watched.reception()).connection, connection, 'the viewer stays on its connection');
  t.diagnostic(`on the screen ${backup.at - killed} ms after the kill; back after ` +
    `${back.at - backup.at} ms, of which ${kReturnMs} are asked for`);
});

test('each switch stands in the log, in the metrics and on the studio\'s page', async () => {
  for (const words of ['backup on air instead of primary: no_data', 'primary on air instead of backup: return'])
    assert.ok(node.log.includes(words), words);
  const metrics = await node.metrics();
  assert.match(metrics, /^longmen_streamer_switches_total\{[^}]*to="backup"[^}]*why="no_data"[^}]*\} 1$/m);
  assert.match(metrics, /^longmen_streamer_shown\{[^}]*what="primary"[^}]*\} 1$/m);
  assert.match(metrics, /^longmen_feed_up\{[^}]*input="backup"[^}]*\} 1$/m);
  assert.match(metrics, /^longmen_feed_keyframe_age_seconds\{[^}]*input="backup"[^}]*\} [0-9.]+$/m);
  const desk = await Watched.open(browser, await node.url('/studio#console/main'),
    { language: 'en-GB', storageState: studio.storageState });
  for (const words of ['From primary to backup: no data', 'From backup to primary: '])
    await desk.page.locator('li[data-kind=switch]', { hasText: words }).first().waitFor(kPatience);
  const saidOf = (why) => desk.page.locator('li[data-kind=switch]', { hasText: why }).first().innerText();
  const said = await saidOf('no data');
  const [, frames, which] =
    /the picture stood still for \d+ frames, by the sound of both (\d+) frames (lost|repeated)$/.exec(said) ?? [];
  assert.ok(Math.abs((which === 'lost' ? -frames : frames) - later * 30 / 1000) <= 1, `${later} ms later: ${said}`);
  assert.match(await saidOf('the primary is stable'), /no time and no sound in common to tell a jump by$/, 'not heard long enough');
  await desk.context.close();
});

test('a webhook is told of it, signed, though its receiver failed once', async () => {
  const taken = (kind, more) => until(`a notice of ${kind}`, () =>
    hook.of(kind).find((notice) => !notice.failed && Object.entries(more).every(([key, value]) => notice[key] === value)), kPatience);
  // And not the one at the beginning, when the backup came first.
  const away = await taken('switch', { to: 'backup', why: 'no_data' });
  assert.equal(away.channel, 'main');
  await taken('switch', { to: 'primary' });
  await taken('feed_down', {});
  const failed = hook.came.find((notice) => notice.failed);
  assert.ok(hook.came.some((notice) => !notice.failed && notice.delivery === failed.delivery), 'what failed came again');
  assert.ok(hook.came.every((notice) => notice.signed), 'each is signed');
  const { webhooks } = await studio.good('GET', 'webhooks');
  const log = await until('the log knows', async () => {
    const { deliveries } = await studio.good('GET', `webhooks/${webhooks[0].id}/deliveries`);
    return deliveries.every(({ state }) => state === 'done') && deliveries;
  }, kPatience);
  assert.ok(log.some(({ tries }) => tries > 1));
});

test('an operator may force either', async () => {
  const order = (what) => studio.good('PATCH', 'channels/main/air', { order: what }, { 'If-Match': '*' });
  await order('backup');
  await shows('backup');
  await sleep(kReturnMs + 500); // by rule it would go back
  assert.equal(await shown(node), 'backup');
  await order('primary');
  await shows('primary');
  await order('auto');
  assert.deepEqual(watched.complaints, []);
});
