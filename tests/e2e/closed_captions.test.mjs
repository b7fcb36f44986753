// CEA-608 in a feed's pictures, through decoder and encoders, as players find it: FFmpeg's decoder in what HLS
// serves, hls.js in Chromium, live and in the replay.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { makeCaptionedFile } from './support/captioned_file.mjs';
import { Node, until } from './support/node.mjs';
import { servePlayers } from './support/npm_page.mjs';
import { Studio } from './support/studio.mjs';

const run = promisify(execFile);
let node, browser, players, studio, session, folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longmen-captions-'));
  node = await Node.start();
  [browser, players, studio] = await Promise.all([launchBrowser(), servePlayers(), Studio.open(node)]);
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  players?.close();
  await node?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const text = async (path) => (await fetch(`${node.http}${path}`)).text();
// Lines of the captions that FFmpeg finds in a file's pictures, each once.
async function linesIn(file) {
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `movie=${file}[out0+subcc]`,
    '-map', '0:s', '-f', 'srt', '-'], { timeout: 60_000 });
  return [...new Set([...stdout.matchAll(/LM (\d{5})/g)].map(([, number]) => Number(number)))];
}
const cuesOf = (page) => page.evaluate(() => [...document.querySelector('video').textTracks]
  .filter(({ label }) => label === 'CC1').flatMap((track) => [...(track.cues ?? [])].map((cue) => cue.text)).join('\n'));

test('a feed without captions says so', { timeout: 60_000 }, async () => {
  await until('the slate plays by HLS', async () => (await text('hls/main/index.m3u8')).includes('EXT-X-STREAM-INF'));
  const list = await text('hls/main/index.m3u8');
  assert.match(list, /CLOSED-CAPTIONS=NONE/);
  assert.doesNotMatch(list, /INSTREAM-ID/);
});

test('captions of the feed are in every rung, live', { timeout: 120_000 }, async (t) => {
  node.startFfmpeg({ file: await makeCaptionedFile(folder) });
  session = await studio.goLive('字幕');
  await until('captions are announced', async () => (await text('hls/main/index.m3u8')).includes('INSTREAM-ID="CC1"'),
    { timeoutMs: 40_000 });
  assert.doesNotMatch(await text('hls/main/index.m3u8'), /CLOSED-CAPTIONS=NONE/);
  await Promise.all(['v0', 'v2'].map((rung) => run('ffmpeg', ['-v', 'error', '-y', '-i', `${node.http}hls/main/${rung}/index.m3u8`,
    '-t', '12', '-c', 'copy', join(folder, `${rung}.mp4`)], { timeout: 60_000 })));
  for (const rung of ['v0', 'v2']) {
    const lines = await linesIn(join(folder, `${rung}.mp4`));
    t.diagnostic(`${rung}: ${lines.join(' ')}`);
    assert.ok(lines.length >= 4, `${rung}: ${lines}`);
    for (let i = 1; i < lines.length; ++i) assert.equal(lines[i], lines[i - 1] + 1, `${rung}: ${lines}`);
  }
  const watched = await Watched.open(browser, players.url);
  try {
    await watched.page.evaluate(async (url) => {
      const { default: Hls } = await import('/hls.js');
      // In its low-latency mode hls.js 1.7.4 begins its CEA-608 decoder anew with each part, and finds none.
      window.hls = new Hls({ lowLatencyMode: false });
      window.hls.loadSource(url);
      window.hls.attachMedia(document.querySelector('video'));
    }, `${node.http}hls/main/index.m3u8`);
    await until('hls.js shows them', async () => (await cuesOf(watched.page)).match(/LM \d{5}/g)?.length >= 2, { timeoutMs: 40_000 });
  } finally {
    await watched.close();
  }
});

test('captions of the feed are in the replay', { timeout: 90_000 }, async () => {
  await studio.end(session);
  await until('the replay says so', async () => (await text(`replay/${session.id}/index.m3u8`)).includes('INSTREAM-ID="CC1"'),
    { timeoutMs: 20_000 });
  const watched = await Watched.open(browser, `${node.http}?replay=${session.id}`);
  try {
    const menu = watched.page.getByRole('combobox', { name: '字幕' });
    await menu.waitFor({ timeout: 30_000 });
    await menu.selectOption({ label: 'CC1' });
    await until('they are there', async () => /LM \d{5}/.test(await cuesOf(watched.page)), { timeoutMs: 30_000 });
    await screenshot(watched.page, 'replay-closed-captions');
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});
