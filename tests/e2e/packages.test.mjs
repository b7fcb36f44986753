// A recording goes from one node to another as a package, with courseware and captions: the same hashes, the
// same pictures by the marker's counter. Before, it gets both, captions are played, it is trimmed, and a clip is made of it, which
// stays when it goes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { axeClean } from './support/looks.mjs';
import { readMarker } from './support/marker.mjs';
import { servePlayers } from './support/npm_page.mjs';
import { kBinary, Node, sleep, until } from './support/node.mjs';
import { Studio } from './support/studio.mjs';

const run = promisify(execFile);
const kPatience = { timeout: 10_000 };
const kPdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(300_000, 'x')]);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const kZh = 'WEBVTT\n\nSTYLE\n::cue { color: red }\n\n00:01.000 --> 00:03.000 line:80%\n' +
  '<v 王老师>水从<b>哪里</b>来</v><script>alert(1)</script>\n\n00:05.000 --> 00:06.000\n渠道 & 田\n';
const kEn = '1\r\n00:00:01,000 --> 00:00:03,000\r\n<font color="red">Where does</font> the water come from\r\n';

let players, one, other, browser, studio, second, session, file;
before(async () => {
  [one, other] = await Promise.all([Node.start(), Node.start()]);
  one.startFeed();
  browser = await launchBrowser();
  players = await servePlayers();
  [studio, second] = await Promise.all([Studio.open(one), Studio.open(other)]);
  await until('live on air', async () =>
    (await one.status()).on_air.some(({ source }) => source === 'live'), { timeoutMs: 30_000 });
  session = await studio.goLive('灌溉');
  await studio.good('POST', `sessions/${session.id}/chapters`, { title: '开场' });
  await sleep(9_000); // of media
  session = await studio.end(session);
  await until('control knows its end', async () => {
    const found = await studio.api('GET', `recordings/${session.id}`);
    return found.status === 200 && found.json().state === 'ended' && found.json().bytes > 0;
  }, { timeoutMs: 20_000 });
  for (const feed of one.feeds) await feed.stop();
}, { timeout: 150_000 });
after(async () => {
  await browser?.close();
  players?.close();
  await Promise.all([one?.stop(), other?.stop()]);
});

// With the studio's sign-in; a body as it is.
const send = (studioOf, method, path, body, headers = {}) => fetch(`${studioOf.http}api/v1/${path}`,
  { method, body, headers: { Cookie: studioOf.cookie, 'X-Longmen-Request': '1', ...headers } });
const get = (node, path) => fetch(`${node.http}${path}`);
const recording = (id = session.id) => studio.good('GET', `recordings/${id}`);

async function counters(source) {
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', source, '-map', '0:v:0', '-vf',
    'crop=iw:20:0:0', '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'],
  { encoding: 'buffer', maxBuffer: 1 << 28, timeout: 60_000 });
  const found = [];
  for (let at = 0; at + 640 * 20 <= stdout.length; at += 640 * 20)
    found.push(readMarker(stdout.subarray(at, at + 640 * 20), 640, 360)?.counter ?? null);
  return found;
}
const listed = (text) => [...text.matchAll(/(\d+)\.m4s$/gm)].map(([, number]) => Number(number));

test('courseware is attached, listed to who may watch, downloaded, and removed when confirmed', { timeout: 60_000 }, async () => {
  const path = `recordings/${session.id}/courseware`;
  const stranger = await fetch(`${one.http}api/v1/${path}?name=a.pdf`, { method: 'POST', body: kPdf });
  assert.ok([401, 403].includes(stranger.status), `${stranger.status}`);
  assert.equal((await send(studio, 'POST', `${path}?name=a.html`, '<p>')).status, 422);
  assert.equal((await send(studio, 'POST', `${path}?name=a.pdf`, 'no pdf')).status, 422);
  const name = '灌溉讲义.pdf';
  const answer = await send(studio, 'POST', `${path}?name=${encodeURIComponent(name)}`, kPdf);
  assert.equal(answer.status, 200, await answer.clone().text());
  const given = await answer.json();
  assert.equal(given.sha256, sha256(kPdf));
  assert.equal((await send(studio, 'POST', `${path}?name=again.pdf`, kPdf)).status, 409);
  const { courseware } = await (await get(one, `replay/${session.id}/courseware.json`)).json();
  assert.deepEqual(courseware.map((each) => [each.name, each.bytes]), [[name, kPdf.length]]);
  const got = await get(one, `replay/${session.id}/courseware/${given.id}`);
  assert.match(got.headers.get('content-disposition'), /^attachment; .*filename\*=UTF-8''%E7/);
  assert.equal(got.headers.get('x-content-type-options'), 'nosniff');
  assert.match(got.headers.get('content-security-policy'), /default-src 'none'/);
  assert.ok(Buffer.from(await got.arrayBuffer()).equals(kPdf));
  const more = await (await send(studio, 'POST', `${path}?name=b.txt`, '一')).json();
  assert.equal((await send(studio, 'DELETE', `${path}/${more.id}`)).status, 409);
  assert.equal((await send(studio, 'DELETE', `${path}/${more.id}?confirm=${more.id}`)).status, 200);
  await until('the library knows of it', async () => {
    const { recordings } = await (await get(one, 'api/v1/library?q=灌溉')).json();
    return recordings[0]?.courseware === 1;
  });
  const { rows } = await studio.good('GET', 'audit');
  const done = rows.map(({ action }) => action);
  assert.ok(done.includes('courseware.add') && done.includes('courseware.remove'), done.join());
});

test('captions are taken, told of line by line when they are none, and played', { timeout: 90_000 }, async () => {
  const path = `recordings/${session.id}/captions`;
  const put = (language, text, headers = {}, label = '') => send(studio, 'PUT',
    `${path}/${language}${label && `?label=${encodeURIComponent(label)}`}`, text, { 'Content-Type': 'text/vtt', ...headers });
  const stranger = await fetch(`${one.http}api/v1/${path}/en`, { method: 'PUT', body: kZh });
  assert.ok([401, 403].includes(stranger.status), `${stranger.status}`);
  const refused = async (answer, status, words) => {
    assert.equal(answer.status, status, await answer.clone().text());
    assert.match((await answer.json()).detail, words);
  };
  await refused(await put('en', 'WEBVTT\n\n00:02.000 --> 00:01.000\nx'), 422, /line 3: the cue ends before it begins/);
  await refused(await put('en', 'WEBVTT\n\n01:00:00.000 --> 01:00:01.000\nx'), 422, /01:00:00.000/);
  await refused(await put('no_tag', kZh), 422, /language/);
  await refused(await put('en', kZh, { 'Content-Type': 'text/vtt; charset=gbk' }), 415, /UTF-8/);
  await refused(await put('en', `WEBVTT\n\n${'x'.repeat(3 << 20)}`), 413, /KiB/);
  const first = await put('zh-hans', kZh, {}, '中文');
  assert.equal(first.status, 200, await first.clone().text());
  const zh = await first.json();
  assert.deepEqual([zh.language, zh.label, zh.cues], ['zh-Hans', '中文', 2]);
  assert.equal(first.headers.get('etag'), `"${zh.id}"`);
  assert.equal((await (await put('zh-Hans', kZh, {}, '中文')).json()).id, zh.id, 'the same once more');
  const later = kZh.replace('渠道', '渠道两条');
  await refused(await put('zh-Hans', later, {}, '中文'), 428, /If-Match/);
  await refused(await put('zh-Hans', later, { 'If-Match': '"0000000000000000"' }, '中文'), 412, /look again/);
  assert.equal((await put('zh-Hans', later, { 'If-Match': `"${zh.id}"` }, '中文')).status, 200);
  await refused(await put('en', kEn, {}, '中文'), 409, /label/);
  assert.equal((await put('en', kEn, {}, 'English')).status, 200);
  assert.equal((await put('fr', kEn)).status, 200);
  assert.equal((await send(studio, 'DELETE', `${path}/fr`)).status, 409);
  assert.equal((await send(studio, 'DELETE', `${path}/FR?confirm=FR`)).status, 200, 'however it is written');
  const { captions } = await (await get(one, `replay/${session.id}/captions.json`)).json();
  assert.deepEqual(captions, [{ language: 'en', label: 'English' }, { language: 'zh-Hans', label: '中文' }]);
  assert.equal(await (await get(one, `replay/${session.id}/captions/zh-Hans.vtt`)).text(),
    'WEBVTT\n\n00:00:01.000 --> 00:00:03.000 line:80%\n<v 王老师>水从<b>哪里</b>来</v>alert(1)\n\n' +
    '00:00:05.000 --> 00:00:06.000\n渠道两条 &amp; 田\n');
  const list = await (await get(one, `replay/${session.id}/captions/zh-Hans/index.m3u8`)).text();
  assert.match(list, /#EXTINF:\d+\.00000,\n0\.vtt\n#EXT-X-ENDLIST\n$/);
  assert.match(await (await get(one, `replay/${session.id}/captions/zh-Hans/0.vtt`)).text(),
    /^WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00\.000,MPEGTS:\d+\n\n/);
  assert.equal((await get(one, `replay/${session.id}/captions/zh-Hans/9.vtt`)).status, 404);
  const { rows } = await studio.good('GET', 'audit');
  const done = rows.map(({ action }) => action);
  assert.ok(done.includes('captions.set') && done.includes('captions.remove'), done.join());

  // hls.js puts the segments on the media's timeline by X-TIMESTAMP-MAP.
  const watched = await Watched.open(browser, players.url);
  try {
    await watched.page.evaluate(async (url) => {
      const { default: Hls } = await import('/hls.js');
      window.hls = new Hls({ subtitlePreference: { lang: 'zh-Hans' } });
      window.hls.loadSource(url);
      window.hls.attachMedia(document.querySelector('video'));
    }, `${one.http}replay/${session.id}/index.m3u8`);
    const cues = await until('hls.js has the cues', () => watched.page.evaluate(() => {
      const track = [...document.querySelector('video').textTracks].find(({ language }) => language === 'zh-Hans');
      const found = [...(track?.cues ?? [])].map(({ startTime, endTime, text }) => ({ startTime, endTime, text }));
      return found.length >= 2 && found;
    }), { timeoutMs: 30_000 });
    assert.equal(cues.length, 2, JSON.stringify(cues));
    for (const [index, from, to] of [[0, 1, 3], [1, 5, 6]]) {
      assert.ok(Math.abs(cues[index].startTime - from) < 0.05 && Math.abs(cues[index].endTime - to) < 0.05, JSON.stringify(cues));
    }
  } finally {
    await watched.close();
  }
});

test('the page shows captions in the language that was chosen, remembers it, and has them without a picture', { timeout: 90_000 }, async () => {
  const watched = await Watched.open(browser, `${one.http}?replay=${session.id}`);
  const { page } = watched;
  const menu = page.getByRole('combobox', { name: '字幕' });
  const shown = () => page.evaluate(() => {
    const video = document.querySelector('#replay');
    const track = [...video.textTracks].find(({ mode }) => mode === 'showing');
    if (track) video.currentTime = 1.5;
    return track && [...(track.activeCues ?? [])].map((cue) => cue.getCueAsHTML().textContent).join('|');
  });
  try {
    await menu.waitFor(kPatience);
    assert.equal(await shown(), undefined, 'nobody has asked for any');
    await menu.selectOption({ label: '中文' });
    await until('they are shown as text', async () => (await shown()) === '水从哪里来alert(1)', { timeoutMs: 20_000 });
    await page.getByRole('button', { name: '只听声音' }).click(kPatience);
    await until('with sound alone', async () => (await shown()) === '水从哪里来alert(1)', { timeoutMs: 20_000 });
    await screenshot(page, 'replay-captions');
    await axeClean(page);
    await page.reload();
    await until('they are remembered', async () => (await shown()) === '水从哪里来alert(1)', { timeoutMs: 20_000 });
    await menu.selectOption({ label: '关闭字幕' });
    assert.equal(await shown(), undefined);
    await page.getByRole('link', { name: '下载字幕（English）' }).waitFor(kPatience);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

test('it arrives at another node with the same hashes and the same pictures', { timeout: 120_000 }, async (t) => {
  const answer = await send(studio, 'GET', `recordings/${session.id}/package`);
  assert.equal(answer.status, 200, answer.status === 200 ? '' : await answer.text());
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(Number(answer.headers.get('content-length')), bytes.length);
  file = join(one.dataDir, 'talk.longmen.tar');
  await writeFile(file, bytes);
  t.diagnostic((await run(kBinary, ['package', 'check', file])).stdout);
  const { stdout: names } = await run('tar', ['-tf', file]);
  assert.ok(names.startsWith('package.json\nmanifest.json\ninit-'), names.slice(0, 100));

  const cut = join(one.dataDir, 'cut.tar');
  await writeFile(cut, bytes.subarray(0, bytes.length >> 1));
  const refused = await send(second, 'POST', 'packages?channel=main', await readFile(cut));
  assert.equal(refused.status, 422, await refused.text());
  const altered = Buffer.from(bytes);
  altered[bytes.length >> 1] ^= 1;
  assert.equal((await send(second, 'POST', 'packages?channel=main', altered)).status, 422);
  assert.equal((await send(second, 'POST', 'packages?channel=none', bytes)).status, 422);
  assert.deepEqual((await second.good('GET', 'recordings?all=true')).recordings, []);

  const taken = await send(second, 'POST', 'packages?channel=main', bytes);
  const text = await taken.text();
  assert.equal(taken.status, 200, text);
  const { recording: id } = JSON.parse(text);
  const twice = await send(second, 'POST', 'packages?channel=main', bytes);
  assert.equal(twice.status, 409);
  assert.match((await twice.json()).detail, new RegExp(id));
  const at = (await recording()).shown;
  assert.equal(at, null);
  const manifests = await Promise.all([get(one, `replay/${session.id}/manifest.json`), get(other, `replay/${id}/manifest.json`)]
    .map(async (each) => (await (await each).json()).renditions));
  assert.deepEqual(manifests[1], manifests[0]);
  const [sent, arrived] = await Promise.all([counters(`${one.http}replay/${session.id}/v2/index.m3u8`),
    counters(`${other.http}replay/${id}/v2/index.m3u8`)]);
  assert.ok(sent.filter((each) => each !== null).length > 100);
  assert.deepEqual(arrived, sent);
  const { stdout } = await run(kBinary, ['check-recording', join(other.dataDir, 'recordings', id)])
    .catch((error) => assert.fail(error.stdout));
  t.diagnostic(stdout);
  const [found] = await until('it is found there', async () => {
    const { recordings } = await (await get(other, 'api/v1/library?q=灌溉')).json();
    return recordings.length > 0 && recordings;
  });
  assert.equal(found.id, id);
  assert.match(found.series, /书记龙门阵/);
  await until('its chapter is there', async () =>
    /开场/.test(await (await get(other, `replay/${id}/chapters.vtt`)).text()));
  const { courseware } = await (await get(other, `replay/${id}/courseware.json`)).json();
  assert.equal(courseware[0].sha256, sha256(kPdf));
  const [captionsHere, captionsThere] = await Promise.all([get(one, `replay/${session.id}/captions/zh-Hans.vtt`),
    get(other, `replay/${id}/captions/zh-Hans.vtt`)].map(async (each) => (await each).text()));
  assert.equal(captionsThere, captionsHere);
  assert.match(captionsThere, /水从/);
  // By the command line, beside the node.
  const again = join(one.dataDir, 'again.tar');
  await run(kBinary, ['package', 'export', '--data-dir', other.dataDir, id, again]);
  await run(kBinary, ['package', 'check', again]);
  await assert.rejects(run(kBinary, ['package', 'import', '--data-dir', other.dataDir, again]), /is here already/);
});

test('the pages show what is attached, and what can be done', { timeout: 90_000 }, async () => {
  const watched = await Watched.open(browser, `${one.http}?replay=${session.id}`);
  try {
    await watched.page.getByRole('link', { name: '灌溉讲义.pdf' }).waitFor(kPatience);
    await screenshot(watched.page, 'replay-courseware');
    await watched.page.goto(`${one.http}library`);
    await watched.page.getByText('课件 1').click(kPatience);
    await watched.page.getByRole('link', { name: '灌溉讲义.pdf' }).waitFor(kPatience);
    await screenshot(watched.page, 'library-courseware');
    await axeClean(watched.page);
  } finally {
    await watched.close();
  }
  const context = await browser.newContext({ storageState: studio.storageState, locale: 'zh-CN', viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(`${one.http}studio#recordings`);
    const row = page.locator(`[data-recording="${session.id}"]`);
    await row.getByRole('button', { name: /课件/ }).click(kPatience);
    await row.getByRole('link', { name: '灌溉讲义.pdf' }).waitFor(kPatience);
    await screenshot(page, 'studio-courseware');
    await row.getByRole('button', { name: '字幕' }).click(kPatience);
    await row.getByLabel('语言').fill('zh-Hant');
    await row.getByLabel('名称').fill('繁體中文');
    await row.getByLabel('字幕文件').setInputFiles({ name: 'x.vtt', mimeType: 'text/vtt', buffer: Buffer.from(kZh) });
    await row.getByRole('button', { name: '上传字幕' }).click(kPatience);
    const mine = row.locator('[data-captions="zh-Hant"]');
    await mine.getByRole('link', { name: '繁體中文' }).waitFor(kPatience);
    await screenshot(page, 'studio-captions');
    await axeClean(page);
    await mine.getByRole('button', { name: '删除' }).click(kPatience);
    await mine.getByRole('button', { name: '永久删除' }).click(kPatience);
    await mine.waitFor({ state: 'detached', ...kPatience });
    await row.getByRole('button', { name: '裁剪与片段' }).click(kPatience);
    await row.getByLabel('片段标题').fill('渠道');
    await page.getByText('导入录像包').click();
    await page.locator('input[name=package]').setInputFiles([join(one.dataDir, 'cut.tar'), file]);
    await page.getByRole('button', { name: '导入', exact: true }).click(kPatience);
    await page.getByRole('alert').filter({ hasText: 'talk.longmen.tar: ' }).waitFor(kPatience);
    assert.match(await page.getByRole('alert').filter({ hasText: 'cut.tar: ' }).innerText(), /is here already/);
    await screenshot(page, 'studio-clip');
    await axeClean(page);
  } finally {
    await context.close();
  }
});

test('its podcast has its picture', { timeout: 30_000 }, async () => {
  const feed = await (await get(one, 'api/v1/library/podcast.xml')).text();
  const picture = await until('its picture', async () => {
    const answer = await fetch(/<itunes:image href="([^"]+)"/.exec(feed)[1]);
    return answer.ok && answer;
  });
  assert.equal(picture.headers.get('content-type'), 'image/jpeg');
});

test('it is trimmed and shown whole again, and a clip of it outlives it', { timeout: 90_000 }, async () => {
  const whole = listed(await (await get(one, `replay/${session.id}/v2/index.m3u8`)).text());
  const change = async (body) => {
    const { version } = await recording();
    return studio.good('PATCH', `recordings/${session.id}`, body, { 'If-Match': `"${version}"` });
  };
  const [from, to] = [whole[2] * 1000 + 300, whole[4] * 1000 + 300];
  const { shown } = await change({ shown: { from_ms: from, to_ms: to } });
  assert.deepEqual(shown, { from_ms: whole[2] * 1000, to_ms: (whole[4] + 1) * 1000 });
  await until('it is trimmed', async () =>
    listed(await (await get(one, `replay/${session.id}/v2/index.m3u8`)).text()).length === 3);
  // Of what was said at 1 to 3 s its last second remains, at the beginning; what is at 5 s is trimmed off.
  const cuesOf = async (id) => [...(await (await get(one, `replay/${id}/captions/zh-Hans.vtt`)).text())
    .matchAll(/^(\S+) --> (\S+)/gm)].map(([, start, end]) => `${start.slice(6)}-${end.slice(6)}`);
  assert.deepEqual(await cuesOf(session.id), ['00.000-01.000']);
  const context = await browser.newContext({ locale: 'zh-CN' });
  try {
    const page = await context.newPage();
    await page.goto(`${one.http}library`);
    await page.locator(`[data-recording="${session.id}"]`).getByText(/· 0:03$/).waitFor(kPatience);
    await page.goto(one.http);
    await page.locator('.replays .length', { hasText: '0:03' }).waitFor(kPatience);
  } finally {
    await context.close();
  }
  await change({ shown: null });
  await until('all of it is shown', async () =>
    listed(await (await get(one, `replay/${session.id}/v2/index.m3u8`)).text()).length === whole.length);

  const clip = await studio.good('POST', `recordings/${session.id}/clips`,
    { title: '渠道', from_ms: whole[1] * 1000, to_ms: (whole[5] + 1) * 1000 });
  const ofClip = `${one.http}replay/${clip.recording}/v2/index.m3u8`;
  assert.deepEqual(listed(await (await fetch(ofClip)).text()), whole.slice(1, 6));
  await until('it is in the library', async () => {
    const { recordings } = await (await get(one, 'api/v1/library?q=渠道')).json();
    return recordings[0]?.source === session.id;
  });
  assert.deepEqual(await cuesOf(clip.recording), ['00.000-02.000', '04.000-05.000']);
  const before = await counters(ofClip);
  const seen = await recording();
  await studio.good('DELETE', `recordings/${session.id}?confirm=${session.id}`, undefined, { 'If-Match': `"${seen.version}"` });
  await until('the recording is gone', async () => (await get(one, `replay/${session.id}/index.m3u8`)).status === 404);
  assert.deepEqual(await counters(ofClip), before);
  const mp4 = await get(one, `replay/${clip.recording}/download.mp4?rendition=360p`);
  assert.equal(mp4.status, 200);
  assert.ok((await mp4.arrayBuffer()).byteLength > 10_000);
  // What is gone here comes back as a package: of several each for itself, also behind one that is refused.
  const [nowhere, again] = ['nowhere.tar', 'again.tar'].map((name) => join(one.dataDir, name));
  const back = await run(kBinary, ['package', 'import', '--data-dir', one.dataDir, nowhere, file, again])
    .then(() => assert.fail('all were taken'), (error) => error);
  assert.equal(back.code, 1);
  assert.match(back.stdout, /^\S+: "\S+" is here as recording \S+\n$/);
  assert.ok(back.stdout.startsWith(`${file}: `));
  const refused = back.stderr.trim().split('\n');
  assert.equal(refused.length, 2, back.stderr);
  assert.ok(refused[0].startsWith(`${nowhere}: `), back.stderr);
  assert.ok(refused[1].startsWith(`${again}: `) && /is here already/.test(refused[1]), back.stderr);
});
