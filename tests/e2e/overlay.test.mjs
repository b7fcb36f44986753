// What is laid over a programme is on air within seconds, where it was said, in every rendition: a logo in its
// colours, a line of Chinese text, the mark of what is live. Read from the pixels of HLS, and gone when it is
// taken off. The streamer goes on meanwhile.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { Node, until } from './support/node.mjs';
import { Studio } from './support/studio.mjs';

const run = promisify(execFile);
const kOverlay = 'channels/main/overlay';
const kGrey = 0x80;
const kPatience = { timeoutMs: 30_000, everyMs: 200 };

let node, browser, studio;

before(async () => {
  node = await Node.start();
  studio = await Studio.open(node);
  browser = await launchBrowser();
  const file = join(node.dataDir, 'grey.mp4');
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `color=c=0x808080:size=1280x720:rate=30`,
    '-f', 'lavfi', '-i', 'sine=440', '-t', '10', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30',
    '-pix_fmt', 'yuv420p', '-c:a', 'aac', file]);
  node.startFfmpeg({ file });
  await until('the feed on air', async () => (await node.status()).on_air[0]?.source === 'live', kPatience);
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await node?.stop();
});

const lay = (what) => studio.good('PATCH', kOverlay, what, { 'If-Match': '*' });
function put(path, type, bytes) {
  return new Promise((resolve, reject) => {
    const asked = request(`${node.http}api/v1/${path}`, { method: 'PUT', headers: { Cookie: studio.cookie,
      'X-Longmen-Request': '1', 'If-Match': '*', 'Content-Type': type, 'Content-Length': bytes.length } },
    (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
    asked.on('error', reject);
    asked.end(bytes);
  });
}

// The newest picture of a rendition: what share of a part of it is as `is` says. Parts are shares of width and
// height.
async function pictureOf(rendition) {
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-live_start_index', '-1',
    '-i', `${node.http}hls/main/${rendition}/index.m3u8`, '-frames:v', '1', '-vf', 'scale=640:360',
    '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'], { encoding: 'buffer', maxBuffer: 1 << 24, timeout: 20_000 });
  assert.equal(stdout.length, 640 * 360 * 3);
  return (left, top, right, bottom, is) => {
    let found = 0, all = 0;
    for (let y = Math.round(top * 360); y < bottom * 360; ++y) {
      for (let x = Math.round(left * 640); x < right * 640; ++x, ++all) {
        const at = (y * 640 + x) * 3;
        if (is(stdout[at], stdout[at + 1], stdout[at + 2])) ++found;
      }
    }
    return found / all;
  };
}
const isGrey = (...rgb) => rgb.every((value) => Math.abs(value - kGrey) < 12);
const isRed = (r, g, b) => r > 170 && g < 90 && b < 90;
const isBright = (r, g, b) => Math.min(r, g, b) > 200;
const shows = (what, rendition, is) =>
  until(`${what} in ${rendition}`, async () => is(await pictureOf(rendition)), kPatience);
const kRenditions = ['v0', 'v1'];

test('nothing is laid over the picture at first', async () => {
  await shows('grey alone', 'v0', (share) => share(0, 0, 1, 1, isGrey) > 0.999);
});

test('a logo, a line of text and the mark stand where they were put', { timeout: 120_000 }, async () => {
  const { streamer } = await pids();
  const logo = join(node.dataDir, 'logo.png');
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'color=c=0xE02020:size=200x100', '-frames:v', '1', logo]);
  assert.equal(await put(`${kOverlay}/logo`, 'image/png', Buffer.from('no picture')), 422);
  assert.equal(await put(`${kOverlay}/logo`, 'image/png', await readFile(logo)), 200);
  await lay({
    logo: { on: true, place: 'top_right', height_percent: 10 },
    text: { on: true, words: '社区书记龙门阵', place: 'lower_third', height_percent: 8 },
    mark: { rule: 'auto', place: 'top_left' },
  });
  for (const rendition of kRenditions) {
    // A tenth of the height, twice as wide: within 5 % of each edge there is nothing (but a codec's blocks reach into it).
    await shows('the logo', rendition, (share) => share(0.85, 0.06, 0.94, 0.14, isRed) > 0.9);
    await shows('the text', rendition, (share) => share(0.05, 0.7, 0.95, 0.95, isBright) > 0.005);
    const share = await pictureOf(rendition);
    assert.ok(share(0.05, 0.05, 0.3, 0.2, isGrey) < 0.98, 'the mark');
    assert.ok(share(0.2, 0.25, 0.8, 0.6, isGrey) > 0.999, 'the middle is free');
    for (const edge of [[0, 0, 1, 0.035], [0, 0.965, 1, 1], [0, 0, 0.035, 1], [0.965, 0, 1, 1]])
      assert.ok(share(...edge, isGrey) > 0.995, `the edge ${edge}`);
  }
  const screen = await Watched.open(browser, new URL('/screen?channel=main', node.http).href);
  await until('pictures', async () => (await screen.reception())?.framesDecoded > 30, kPatience);
  await screenshot(screen.page, 'overlay_on_air');
  await screen.close();
  assert.equal((await pids()).streamer, streamer, 'the same streamer');
});

test('what is taken off is gone', { timeout: 120_000 }, async () => {
  await lay({ logo: { on: false }, text: { on: false }, mark: { rule: 'off' } });
  for (const rendition of kRenditions)
    await shows('grey alone', rendition, (share) => share(0, 0, 1, 1, isGrey) > 0.999);
  assert.equal((await studio.good('GET', kOverlay)).text.words, '社区书记龙门阵', 'the words are kept');
});

async function pids() {
  return { streamer: await node.pidOf('streamer') };
}
