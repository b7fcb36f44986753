// The page /publish as somebody in a village opens it, by a link with HTTPS, at a name that is not this machine's own: by
// HTTP a browser gives it no camera. While it sends, another camera, another microphone and the screen are chosen, and
// the camera again: the feed is one session all the time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, screenshot } from './support/browser.mjs';
import { until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kKey = 'test-key-0123456789';
const kHost = 'studio.example';
const kCameras = 3; // Chromium's second one gives pictures of 16 bits
const kNewPictures = 20;
const kPatience = { timeoutMs: 20_000 };

let node, browser, page;

before(async () => {
  // One small picture: what is looked at is how it came in.
  node = await ServedNode.start({ more: `
[[channel.video]]
name = "180p"
width = 320
height = 180
bitrate_kbps = 300
` });
  browser = await launchBrowser({ camera: kCameras, flags: [`--host-resolver-rules=MAP ${kHost} 127.0.0.1`] });
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 390, height: 844 }, ignoreHTTPSErrors: true });
  page = await context.newPage();
  page.complaints = [];
  page.whip = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.startsWith('/whip/')) page.whip.push(`${response.request().method()} ${response.status()}`);
  });
  await page.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.connections = [];
    window.RTCPeerConnection = class extends Real {
      constructor(...settings) {
        super(...settings);
        window.connections.push(this);
      }
    };
  });
}, { timeout: 60_000 });

after(async () => {
  await browser?.close();
  await node?.remove();
});

const ports = async () => (await node.status()).ports;
const feed = async () => (await node.status())?.feeds.find(({ channel }) => channel === 'main');
const start = () => page.getByRole('button', { name: '开始推流' });

// What is sent of a kind: its track's name, and what of a screen it is.
const sent = (kind) => page.evaluate((wanted) => {
  const { track } = window.connections.at(-1).getSenders().find((sender) => sender.track?.kind === wanted);
  return { label: track.label, screen: track.getSettings().displaySurface ?? null };
}, kind);

async function picturesComeIn() {
  const pictures = async () => Number(/^longmen_feed_frames_total\{[^}]*channel="main",input="primary"[^}]*kind="video"[^}]*\} (\S+)$/m
    .exec(await node.metrics())?.[1] ?? NaN);
  const before = await pictures();
  await until('new pictures come in', async () => (await pictures()) > before + kNewPictures, kPatience);
}

// Chooses another device than the one that is sent: the last one in the list.
async function another(name, kind) {
  const before = (await sent(kind)).label;
  const list = page.locator(`select[name=${name}]`);
  const devices = await list.locator('option').evaluateAll((options) =>
    options.map(({ value, textContent }) => ({ value, label: textContent.trim() })));
  const other = devices.findLast(({ value, label }) => value && label !== before);
  assert.ok(other, JSON.stringify(devices));
  await list.selectOption(other.value);
  await until(`${other.label} is sent`, async () => (await sent(kind)).label === other.label, kPatience);
}

test('by HTTP the page says that it needs HTTPS', { timeout: 30_000 }, async () => {
  await page.goto(`http://${kHost}:${(await ports()).http}/publish?channel=main#${kKey}`);
  await page.getByText('浏览器只在 HTTPS 页面上允许使用摄像头').waitFor();
  assert.equal(await start().isDisabled(), true);
});

test('by HTTPS the link is enough', { timeout: 60_000 }, async () => {
  await page.goto(`https://${kHost}:${(await ports()).https}/publish?channel=main#${kKey}`);
  await start().click();
  await page.locator('.publish[data-shown=on_air]').waitFor({ timeout: 30_000 });
  assert.equal((await feed()).protocol, 'whip');
  await picturesComeIn();
});

test('another camera, another microphone, and the screen are one session', { timeout: 90_000 }, async (t) => {
  const { sender } = await feed();
  await another('camera', 'video');
  await picturesComeIn();
  await another('microphone', 'audio');
  await picturesComeIn();

  await page.getByLabel('屏幕', { exact: true }).check();
  await until('the screen is sent', async () => (await sent('video')).screen, kPatience);
  await picturesComeIn();
  t.diagnostic(`screen: ${JSON.stringify(await sent('video'))}; sound: ${JSON.stringify(await sent('audio'))}`);
  await screenshot(page, 'publish_screen');
  await page.getByLabel('摄像头', { exact: true }).and(page.locator('input')).check();
  await until('the camera is sent', async () => !(await sent('video')).screen, kPatience);
  await picturesComeIn();

  assert.equal(await page.locator('.publish').getAttribute('data-shown'), 'on_air');
  assert.equal((await feed()).sender, sender);
  assert.deepEqual(page.whip, ['POST 201'], 'one session all the time');
  assert.deepEqual(page.complaints, []);
});

test('it ends when it is stopped', { timeout: 30_000 }, async () => {
  await page.getByRole('button', { name: '停止推流' }).click();
  await until('the feed is gone', async () => !(await feed()));
  // 404: the goodbye by DTLS was there first.
  assert.match(page.whip.at(-1), /^DELETE (200|404)$/);
  assert.doesNotMatch(node.log, new RegExp(kKey), 'the log has no key');
});
