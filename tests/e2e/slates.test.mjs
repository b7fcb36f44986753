// Slates that people give, as viewers see them: a still and a clip go in by the studio's page and by
// the API, and are on the screens when there is no feed, in a break, when the streamer is killed, and
// after an emergency cut; by WebRTC in Chromium and by HLS with ffmpeg.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { axeClean } from './support/looks.mjs';
import { tries, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const run = promisify(execFile);
const kPassword = 'correct horse battery';
const kPatience = { timeoutMs: 20_000, everyMs: 30 };
const kLadder = `
[[channel.video]]
name = "180p"
width = 320
height = 180
bitrate_kbps = 300
`;
// The still is red above and yellow below, the clip green; the feed is blue.
const kColours = { still: [200, 30, 30], clip: [20, 180, 20], feed: [20, 40, 200] };

let node, browser, viewer, studio, page, feed, files;

// Runs in the page: window.seen gets what the upper half of the picture is, whenever that changes.
const watchColours = (colours) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [16, 9];
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  window.seen = [];
  const look = () => {
    const video = document.querySelector('video[data-front]');
    if (video?.videoWidth) {
      pen.drawImage(video, 0, 0, 16, 9);
      const [red, green, blue] = pen.getImageData(8, 2, 1, 1).data;
      const is = ([r, g, b]) => Math.abs(r - red) + Math.abs(g - green) + Math.abs(b - blue) < 70;
      const what = Object.keys(colours).find((name) => is(colours[name])) ?? 'other';
      if (window.seen.at(-1) !== what) window.seen.push(what);
    }
    requestAnimationFrame(look);
  };
  look();
};
const seen = () => viewer.page.evaluate(() => window.seen);
const shows = (what) =>
  until(`the screen shows the ${what}`, async () => (await seen()).at(-1) === what, kPatience)
    .catch(async (error) => { throw new Error(`${error.message}; seen: ${await seen()}`); });

async function api(method, path, body, headers = {}) {
  return page.evaluate(async ([method, path, body, headers]) => {
    const answer = await fetch(`/api/v1/${path}`, { method, body: body && JSON.stringify(body),
      headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers } });
    return { status: answer.status, body: await answer.json() };
  }, [method, path, body, headers]);
}
const change = async (method, path, body) => {
  const answer = await api(method, path, body, { 'If-Match': '*' });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};
// The studio's, without its page.
async function ask(method, path, body, headers) {
  const cookies = await studio.context.cookies();
  return fetch(await node.url(`/api/v1/channels/main/${path}`), { method, body,
    headers: { 'X-Longmen-Request': '1', Cookie: cookies.map((each) => `${each.name}=${each.value}`).join('; '), ...headers } });
}
async function give(name, bytes) {
  const answer = await ask('POST', `slates?name=${name}`, bytes, { 'Content-Type': 'text/plain' });
  return { status: answer.status, body: await answer.json() };
}
const slates = async () => (await api('GET', 'channels/main/slates')).body.slates;

// What a player by HLS has in the middle of a picture's upper half, and how loud the sound is.
async function byHls() {
  const url = await node.url('/hls/main/index.m3u8');
  const { stdout, stderr } = await run('ffmpeg', ['-v', 'info', '-nostats', '-i', url, '-t', '1',
    '-filter_complex', '[0:v]scale=4:4:flags=area,crop=1:1:1:0[v];[0:a]volumedetect[a]',
    '-map', '[v]', '-frames:v', '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-',
    '-map', '[a]', '-t', '1', '-f', 'null', '-'], { encoding: 'buffer' });
  const [red, green, blue] = stdout;
  const volume = Number(/mean_volume: (-?[\d.]+) dB/.exec(String(stderr))?.[1] ?? -91);
  return { colour: [red, green, blue], volume };
}
const near = (one, other) => one.every((part, i) => Math.abs(part - other[i]) < 25);
const hlsShows = (what, sound = () => true) =>
  until(`HLS shows the ${what}`, async () => {
    const { colour, volume } = await byHls();
    return near(colour, kColours[what]) && sound(volume);
  }, { timeoutMs: 20_000 });

async function startFeed() {
  const { ports } = await node.status();
  feed = spawn('ffmpeg', ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'color=c=0x1428C8:size=320x180:rate=30',
    '-f', 'lavfi', '-i', 'sine=440:sample_rate=48000', '-c:v', 'libx264', '-preset', 'ultrafast',
    '-tune', 'zerolatency', '-g', '30', '-c:a', 'aac', '-f', 'flv',
    `rtmp://127.0.0.1:${ports.rtmp}/live/test-key-0123456789`], { stdio: 'ignore' });
}

before(async () => {
  node = await ServedNode.start({ more: kLadder });
  const of = (name) => join(node.dataDir, name);
  files = { still: of('still.png'), clip: of('clip.mp4') };
  const lavfi = ['-v', 'error', '-f', 'lavfi', '-i'];
  await run('ffmpeg', [...lavfi, 'color=c=0xC81E1E:s=640x180[a];color=c=0xDCC81E:s=640x180[b];[a][b]vstack',
    '-frames:v', '1', files.still]);
  await run('ffmpeg', [...lavfi, 'color=c=0x14B414:s=320x180:r=24:d=2', '-f', 'lavfi', '-i', 'sine=330:duration=2',
    '-vf', 'scale=out_color_matrix=bt709', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709',
    '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', files.clip]);
  browser = await launchBrowser();
  studio = await Watched.open(browser, await node.firstLink(), { language: 'en-GB' });
  page = studio.page;
  await page.locator('input[name=username]').fill('li wei', { timeout: 15_000 });
  await page.locator('input[name=password]').fill(kPassword);
  await page.locator('input[name=again]').fill(kPassword);
  await page.locator('button[type=submit]').click();
  await page.getByRole('heading', { name: 'li wei' }).waitFor();
  viewer = await Watched.open(browser, await node.url('/screen?channel=main'));
  await viewer.page.evaluate(watchColours, kColours);
}, { timeout: 90_000 });

after(async () => {
  feed?.kill('SIGKILL');
  await browser?.close();
  await node?.remove();
});

test('a still is given in the studio, and a clip by the API', async () => {
  await page.goto(await node.url('/studio#channels'));
  await page.locator('button.name', { hasText: 'main' }).click();
  await page.locator('input[name=slate-file]').setInputFiles(files.still);
  assert.equal(await page.locator('input[name=slate-name]').inputValue(), 'still');
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.locator('li[data-slate=still]').waitFor();
  assert.ok(await page.locator('li[data-slate=still] img').evaluate((image) => image.decode().then(() => image.naturalWidth)) > 0);
  const clip = await give('clip', await readFile(files.clip));
  assert.equal(clip.status, 200, JSON.stringify(clip.body));
  assert.deepEqual([clip.body.kind, clip.body.sound, clip.body.media_type], ['clip', true, 'video/mp4']);
  await page.locator('select[name=slate-trouble]').selectOption({ label: 'still' });
  await page.getByRole('button', { name: 'Save the choice' }).click();
  await until('both are encoded', async () => (await slates()).every(({ encoded }) => encoded === 'ready'), kPatience);
  await axeClean(page);
  await screenshot(page, 'slates-en');
});

test('what is no slate is refused in words, and leaves nothing behind', async () => {
  const still = await readFile(files.still), clip = await readFile(files.clip);
  const huge = Buffer.from(still);
  huge.writeUInt32BE(60_000, 16);
  huge.writeUInt32BE(60_000, 20);
  for (const [bytes, words] of [
    [still.subarray(0, still.length - 40), /cut off/], [clip.subarray(0, clip.length / 2), /cut off/],
    [huge, /60000x60000 pixels/], ['#EXTM3U\nhttp://127.0.0.1/secret.ts\n', /no picture and no clip/],
    [Buffer.concat([Buffer.from('\x00\x00\x00\x20ftypisom', 'latin1'), Buffer.alloc(4096, 7)]), /cut off/],
  ]) {
    const refused = await give('..%2F..%2Fevil', bytes);
    assert.equal(refused.status, 422, JSON.stringify(refused.body));
    assert.match(refused.body.detail, words);
  }
  assert.deepEqual((await slates()).map(({ name }) => name), ['clip', 'still']);
});

test('before a feed the channel shows what it has for that', async () => {
  const [clip, still] = await slates();
  await change('PATCH', 'channels/main/settings', { slates: { before: clip.id, break: clip.id } });
  await shows('clip');
  await hlsShows('clip', (volume) => volume > -40);
  await change('PATCH', 'channels/main/settings', { slates: { before: still.id } });
  await shows('still');
});

test('the death of the streamer shows the one for trouble', async () => {
  await startFeed();
  await shows('feed');
  await viewer.page.evaluate(() => (window.seen.length = 0));
  const { pid } = await node.role('streamer');
  process.kill(pid, 'SIGKILL');
  await until('the feed is back', async () => (await seen()).slice(1).includes('feed'), kPatience);
  const story = await seen();
  assert.deepEqual([...new Set(story)].sort(), ['feed', 'still'], `seen: ${story}`);
});

test('a break shows what the operator chooses, and a cut what that is for', async () => {
  const [clip, still] = await slates();
  await page.goto(await node.url('/studio#console/main'));
  await page.locator('select[name=slate]').waitFor();
  const press = async (key) => {
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press(key);
  };
  await press('s');
  await shows('clip');
  await page.locator('select[name=slate]').selectOption({ label: 'still' });
  await shows('still');
  await axeClean(page);
  await screenshot(page, 'slates-console');
  await press('a');
  await shows('feed');
  await press('x');
  await page.locator('select[name=cut-slate]').selectOption({ label: 'still' });
  await axeClean(page);
  await page.getByRole('button', { name: 'Cut now' }).click();
  await shows('still');
  assert.equal((await seen()).at(-2), 'feed', 'nothing came between');
  await hlsShows('still');
  await change('DELETE', 'channels/main/air/cut');
  await shows('feed');
});

// tests/e2e/console.test.mjs has the keys; its many pages keep two processors too busy for figures of the end.
test('a cut and its end are on a screen at once', async (t) => {
  const [, still] = await slates();
  await page.goto('about:blank');
  const took = async (method, what) => {
    const began = Date.now();
    const order = method === 'POST' ? JSON.stringify({ slate: still.id }) : undefined;
    const answer = await ask(method, 'air/cut', order, { 'Content-Type': 'application/json', 'If-Match': '*' });
    assert.equal(answer.status, 200, await answer.text());
    await until(`the screen shows the ${what}`, async () => (await seen()).at(-1) === what, { ...kPatience, everyMs: 20 });
    return Date.now() - began;
  };
  await tries(3, async () => {
    await shows('feed');
    const ms = { cut: await took('POST', 'still'), end: await took('DELETE', 'feed') };
    t.diagnostic(`cut: on a WHEP screen after ${ms.cut} ms, and the feed ${ms.end} ms after its end`);
    for (const [what, each] of Object.entries(ms)) assert.ok(each < 1_000, `${what}: ${each} ms`);
  });
  await page.goto(await node.url('/studio'));
});

test('a session has its own, and a streamer without a feed shows it by itself', async () => {
  const [clip] = await slates();
  const series = await api('POST', 'series', { title: 'Secretary Talk' });
  const now = Date.now();
  const { body: made } = await api('POST', 'sessions', { channel: 'main', series: series.body.id, title: '第一期',
    slates: { trouble: clip.id }, start_ms: now - 60_000, end_ms: now + 3_600_000 });
  await change('POST', `sessions/${made.sessions[0].id}/start`);
  const refused = await api('DELETE', `channels/main/slates/${clip.id}`, undefined, { 'If-Match': '*' });
  assert.equal(refused.status, 409);
  assert.match(refused.body.detail, /第一期/);
  // So that the streamer has it.
  await until('the plan is known', async () =>
    JSON.parse(await readFile(join(node.dataDir, 'channels.json'), 'utf8'))[0].slates.on.trouble.clip, kPatience);
  feed.kill('SIGKILL');
  await shows('clip');
  // The relay has the same one, and shows it where a busy streamer is late.
  await until('it is the streamer that shows it', async () =>
    (await node.role('streamer')).status.shown === 'slate' && (await node.role('relay')).status.text.includes('main live'), kPatience);
});

test('in Chinese, too', async () => {
  const chinese = await browser.newContext({ locale: 'zh-CN', storageState: await studio.context.storageState() });
  page = await chinese.newPage();
  await page.goto(await node.url('/studio#channels'));
  await page.locator('button.name', { hasText: 'main' }).click();
  await page.getByRole('heading', { name: '垫片' }).waitFor();
  await page.locator('li[data-slate=clip]').waitFor();
  await axeClean(page);
  await screenshot(page, 'slates-zh');
  assert.deepEqual(viewer.complaints, []);
});
