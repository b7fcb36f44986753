// A session is recorded: rewound to its start while it is on air, through a death of the gateway, and
// replayed and downloaded when it has ended; by hls.js, ffprobe and ffmpeg, and by the marker's counter.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchBrowser, screenshot, Watched } from './support/browser.mjs';
import { marked } from './support/figures.mjs';
import { kHlsPlayers } from './support/hls_players.mjs';
import { axeClean, kDesks, kPhone, lookOnce } from './support/looks.mjs';
import { readMarker } from './support/marker.mjs';
import { kBinary, Node, sleep, until } from './support/node.mjs';
import { servePlayers } from './support/npm_page.mjs';
import { Studio } from './support/studio.mjs';

const run = promisify(execFile);
const kPatience = { timeout: 10_000 };
const kSessionMs = 21_000;
// Of the feed.
const kPicturesASecond = 30;
const kSeen = { width: 640, height: 360, rows: 20 };

let node, browser, studio, session;
before(async () => {
  node = await Node.start();
  node.startFeed();
  browser = await launchBrowser();
  studio = await Studio.open(node);
  await until('live on air', async () =>
    (await node.status()).on_air.some(({ source }) => source === 'live'), { timeoutMs: 30_000 });
  // The segment in which it came begins with the slate.
  const newest = async () =>
    Number([...(await (await get('hls/main/v2/index.m3u8')).text()).matchAll(/(\d+)\.m4s$/gm)].at(-1)?.[1] ?? 0);
  const first = await until('a segment', newest);
  await until('segments of the feed alone', async () => (await newest()) > first + 2, { timeoutMs: 30_000 });
}, { timeout: 120_000 });
after(async () => {
  await browser?.close();
  await node?.stop();
});

const get = (path, headers = {}) => fetch(`${node.http}${path}`, { headers });
// Pictures that a busy machine had no time for.
async function leftOutPictures() {
  const lines = (await (await get('metrics')).text()).split('\n').filter((each) =>
    /^longmen_streamer_(dropped|pictures_unused|feed_units_dropped)_total/.test(each));
  return lines.reduce((sum, each) => sum + Number(each.split(' ').at(-1)), 0);
}
const replay = () => `replay/${session.id}`;

async function frames(watched, count) {
  const seen = [];
  await until(`${count} pictures with the marker`, async () => {
    seen.push(...marked((await watched.take()).frames));
    return seen.length >= count;
  }, { timeoutMs: 20_000 });
  return seen;
}

// What the player did: pictures that a busy machine leaves out are not its fault.
const played = (watched) => watched.page.evaluate(() => {
  const video = document.querySelector('#replay');
  return { from: video.played.start(0), at: video.currentTime, buffered: video.buffered.start(0),
    dropped: video.getVideoPlaybackQuality().droppedVideoFrames };
});

// The marker's counter of each picture of a file or playlist.
async function counters(source) {
  const { width, height, rows } = kSeen;
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', source, '-map', '0:v:0', '-vf',
    `crop=iw:${rows}:0:0`, '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'],
  { encoding: 'buffer', maxBuffer: 1 << 28, timeout: 60_000 });
  const found = [];
  for (let at = 0; at + width * rows <= stdout.length; at += width * rows)
    found.push(readMarker(stdout.subarray(at, at + width * rows), width, height)?.counter ?? null);
  return found;
}

// Small pictures are made by a process that yields to all others.
const kStillsPatience = { timeoutMs: 60_000 };

// Where a track says that its stills are: [seconds, sheet's address, x, y].
async function stills(track) {
  const response = await get(track);
  if (response.status !== 200) return [];
  const found = (await response.text()).matchAll(
    /^(\d\d):(\d\d):(\d\d\.\d{3}) --> .*\n(thumbnails\/.+\.jpg\?n=\d+)#xywh=(\d+),(\d+),256,144$/gm);
  return [...found].map(([, hours, minutes, seconds, sheet, x, y]) =>
    [hours * 3600 + minutes * 60 + Number(seconds), new URL(sheet, `${node.http}${track}`).href, Number(x), Number(y)]);
}

async function markerOf(picture, crop, width, height) {
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', picture, '-vf', crop,
    '-pix_fmt', 'gray', '-f', 'rawvideo', '-'], { encoding: 'buffer', timeout: 20_000 });
  return readMarker(stdout, width, height);
}
// Of a still, as it stands in its sheet.
const markerOfStill = ([, sheet, x, y]) => markerOf(sheet, `crop=256:16:${x}:${y}`, 256, 144);

// Segments of a playlist that are gaps. What a busy machine has no time for is one already live.
const gaps = (list) => new Set(
  [...list.matchAll(/#EXT-X-GAP\n#EXTINF:.*\n.*?(\d+)\.m4s$/gm)].map(([, number]) => number));
async function assertNoOtherGaps(list) {
  const live = gaps(await (await get('hls/main/v2/index.m3u8')).text());
  const others = [...gaps(list)].filter((number) => !live.has(number));
  assert.deepEqual(others, [], `${list}\n${await (await get('hls/main/v2/index.m3u8')).text()}`);
  return live.size;
}

// Every picture of the feed from a second after the first to the last one, but for what busy encoders left out.
async function isComplete(found) {
  const known = new Set(found.filter((counter) => counter !== null));
  const [first, last] = [Math.min(...known) + kPicturesASecond, Math.max(...known)];
  const missing = last - first + 1 - [...known].filter((counter) => counter >= first).length;
  const leftOut = await leftOutPictures();
  assert.ok(missing <= leftOut, `${missing} of ${last - first + 1} are missing, and ${leftOut} were left out`);
  return { first, last, missing, leftOut };
}

test('a session on air is rewound to its start, also through a death of the gateway', { timeout: 120_000 }, async (t) => {
  session = await studio.goLive();
  await until('it can be rewound', async () => (await get('hls/main/rewind.m3u8')).status === 200);
  await studio.good('POST', `sessions/${session.id}/chapters`, { title: '开场' });
  await sleep(4_000);
  await studio.good('POST', `sessions/${session.id}/chapters`, { title: '灌溉 "问答"' });
  await until('its chapters are told', async () =>
    (await (await get('hls/main/v0/rewind.m3u8')).text()).includes('X-TITLE="灌溉 \'问答\'"'));
  await node.kill('gateway');
  await until('the gateway serves again', async () => {
    try {
      return (await get('hls/main/v0/rewind.m3u8')).status === 200;
    } catch {
      return false;
    }
  }, { timeoutMs: 15_000 });
  const list = await (await get('hls/main/v2/rewind.m3u8')).text();
  assert.match(list, /#EXT-X-PLAYLIST-TYPE:EVENT/);
  await assertNoOtherGaps(list);
  const [still] = await until('a still of what is on air', async () => {
    const found = await stills('hls/main/thumbnails.vtt');
    return found.length > 0 && found;
  }, kStillsPatience);
  assert.ok(await markerOfStill(still));
  const watched = await Watched.open(browser, `${node.http}?rewind=main&t=0`);
  try {
    const seen = await frames(watched, 40);
    const state = await played(watched);
    t.diagnostic(`the first picture was made ${seen[0].madeAt - session.live_ms} ms after the session began; ${JSON.stringify(state)}`);
    assert.ok(state.from < 1, 'it does not begin at the beginning');
    assert.ok(seen[0].at - seen[0].madeAt > 3_000, 'that is the present');
    // The live player's bar leads there, too.
    await watched.page.goto(node.http);
    const bar = watched.page.getByRole('slider', { name: '播放位置' });
    await bar.waitFor({ timeout: 20_000 });
    assert.match(await bar.getAttribute('aria-valuetext'), /^\d+:\d\d，共 \d+:\d\d$/);
    await screenshot(watched.page, 'home-seek');
    await axeClean(watched.page);
    await bar.focus();
    await watched.page.keyboard.press('Home');
    await watched.page.waitForURL((url) => url.search === `?replay=${session.id}&at=${session.live_ms}`, kPatience);
    const again = await frames(watched, 10);
    assert.ok(again[0].at - again[0].madeAt > 3_000, 'that is the present');
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

const isReplayed = (watched) => watched.page.getByRole('link', { name: '下载' }).waitFor({ timeout: 20_000 });

test('who rewinds it when it ends goes on in its replay, and a link to a moment leads there', { timeout: 90_000 }, async (t) => {
  // Long enough to have a hole that is cut out.
  await sleep(Math.max(0, session.live_ms + kSessionMs - Date.now()));
  const watched = await Watched.open(browser, `${node.http}?rewind=main&t=1s`);
  // Of the list alone.
  const home = await Watched.open(browser, `${node.http}?channel=none`, { probe: false });
  try {
    await home.page.locator('.replays .live').waitFor(kPatience);
    await watched.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await frames(watched, 10);
    await watched.page.waitForURL((url) => url.search === `?replay=${session.id}&t=1s`, kPatience);
    await watched.page.getByRole('button', { name: '复制当前时间的链接' }).click();
    await watched.page.getByText('链接已复制').waitFor(kPatience);
    const link = await watched.page.evaluate(() => navigator.clipboard.readText());
    const at = Number(new URL(link).searchParams.get('at'));
    assert.equal(link, `${node.http}?replay=${session.id}&at=${at}`);

    await watched.page.goto(link);
    await watched.take();
    const [first, ...others] = await frames(watched, 20);
    t.diagnostic(`on air, the first picture of the link is ${first.madeAt - at} ms from its instant`);
    assert.ok(Math.abs(first.madeAt - at) < 1_500, `${first.madeAt} is not ${at}`);
    assert.equal(await watched.page.getByRole('link', { name: '返回直播' }).getAttribute('href'), '/?channel=main');

    const before = others.at(-1);
    session = await studio.end(session);
    await home.page.locator('.replays .length').waitFor(kPatience);
    t.diagnostic(`in the list of replays ${Date.now() - session.ended_ms} ms after the end`);
    await watched.page.getByText('直播已结束，继续播放回放').waitFor({ timeout: 20_000 });
    await isReplayed(watched);
    await watched.take();
    const [after] = await frames(watched, 10);
    const [played, passed] = [after.madeAt - before.madeAt, after.at - before.at];
    t.diagnostic(`handed over: ${played} ms of the session in ${passed} ms`);
    assert.ok(played > 0 && played < passed + 1_000, `${played} ms of the session in ${passed} ms`);

    await watched.page.goto(link);
    await isReplayed(watched);
    await watched.take();
    const [again] = await frames(watched, 10);
    t.diagnostic(`afterwards it is ${again.madeAt - at} ms from it`);
    assert.ok(Math.abs(again.madeAt - at) < 2_500, `${again.madeAt} is not ${at}`);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await home.close();
    await watched.close();
  }
});

test('its replay is there when it ends', { timeout: 90_000 }, async (t) => {
  const last = Math.floor((session.ended_ms - 1) / 1000);
  await until('the replay has its end', async () => {
    const list = await (await get(`${replay()}/v2/index.m3u8`)).text();
    return list.includes('#EXT-X-ENDLIST') && list.includes(`/${last}.m4s`) && !gaps(list).has(`${last}`);
  });
  const took = Date.now() - session.ended_ms;
  t.diagnostic(`a VOD playlist ${took} ms after the end`);
  const length = (session.ended_ms - session.live_ms) / 1000;
  const list = await (await get(`${replay()}/v2/index.m3u8`)).text();
  assert.match(list, /#EXT-X-PLAYLIST-TYPE:VOD/);
  const holes = await assertNoOtherGaps(list);
  const told = [...list.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, each]) => sum + Number(each), 0);
  assert.ok(Math.abs(told - length) < 2.5, `${told} s of ${length} s`);
  t.diagnostic(JSON.stringify(await isComplete(await counters(`${node.http}${replay()}/v2/index.m3u8`))));
  t.diagnostic(`${holes} segments were gaps live`);

  const watched = await Watched.open(browser, `${node.http}?replay=${session.id}`);
  try {
    await frames(watched, 30);
    assert.ok((await played(watched)).from < 1);
    await watched.page.getByRole('button', { name: '2×' }).click();
    const state = await watched.page.evaluate(() => {
      const video = document.querySelector('#replay');
      return { rate: video.playbackRate, duration: video.duration };
    });
    assert.equal(state.rate, 2);
    await watched.page.getByRole('button', { name: '1×' }).click();
    await watched.page.getByRole('button', { name: /^码率档：自动/ }).click();
    const rungs = await watched.page.getByRole('menuitemradio').allInnerTexts();
    assert.match(rungs.join(' '), /^自动\s+720p[\s\d.]+Mbit\/s[^]* 360p/);
    await lookOnce(watched.page, 'replay-renditions', [kPhone, kDesks[0]]);
    await watched.page.getByRole('menuitemradio', { name: '360p' }).click();
    const shown = () => watched.page.evaluate(() => document.querySelector('#replay').videoHeight);
    await until('the rung that was chosen is shown', async () => (await shown()) === 360);
    await watched.page.getByRole('button', { name: '码率档：360p' }).waitFor(kPatience);
    await watched.page.evaluate(() => document.activeElement.blur());
    for (const name of ['播放', '暂停']) {
      await watched.page.keyboard.press(' ');
      await watched.page.getByRole('button', { name, exact: true }).waitFor(kPatience);
    }
    await watched.page.getByRole('heading', { name: '第一期' }).waitFor(kPatience);
    await screenshot(watched.page, 'replay');
    assert.ok(Math.abs(state.duration - told) < 1, `${state.duration} s, and not ${told} s`);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
  const { recordings } = await (await get('api/v1/recordings')).json();
  assert.equal(recordings[0].id, session.id);
  assert.equal(recordings[0].title, '第一期');
});

test("other players of npm's replay it from its beginning", { timeout: 120_000 }, async (t) => {
  const players = await servePlayers();
  try {
    for (const [name, playWith] of Object.entries(kHlsPlayers)) {
      const watched = await Watched.open(browser, players.url);
      try {
        await playWith(watched, `${node.http}${replay()}/index.m3u8`);
        const seen = await frames(watched, 60);
        t.diagnostic(`${name}: ${seen.at(-1).counter - seen[0].counter} pictures on`);
        assert.deepEqual(seen.filter(({ counter }, i) => i > 0 && counter < seen[i - 1].counter), [], name);
        assert.ok(seen.at(-1).counter - seen[0].counter >= 40, `${name}: a still picture`);
        const from = await watched.page.evaluate(() => {
          const { played: those, seekable } = document.querySelector('video');
          return those.start(0) - seekable.start(0);
        });
        assert.ok(from < 1, `${name} began at ${from} s`);
        assert.deepEqual(await watched.page.evaluate(() => window.faults), [], name);
      } finally {
        await watched.close();
      }
    }
  } finally {
    players.close();
  }
});

test('the seek bar shows what is there', { timeout: 120_000 }, async (t) => {
  const track = `${replay()}/thumbnails.vtt`;
  const all = await until('its stills', async () => {
    const found = await stills(track);
    return found.length > 0 && found;
  }, kStillsPatience);
  for (const still of all) {
    const marker = await markerOfStill(still);
    assert.ok(marker, `no marker at ${still}`);
    const at = (marker.madeAt - session.live_ms) / 1000;
    t.diagnostic(`the still at ${still[0]} s was made ${at.toFixed(2)} s after the session began`);
    // The first one stands for what is before it, too; the feed is some way behind its maker. Stills are
    // ten seconds apart.
    if (still[0] > 0) assert.ok(Math.abs(at - still[0]) < 5, `${at} s, and not ${still[0]} s`);
  }
  const poster = await until('its poster', async () => {
    const bytes = Buffer.from(await (await get(`${replay()}/poster.jpg`)).arrayBuffer());
    return bytes.includes(Buffer.from([0xff, 0xc0, 0, 17, 8, 360 >> 8, 360 & 255, 640 >> 8, 640 & 255])) && bytes;
  }, kStillsPatience);
  t.diagnostic(`the poster is ${poster.length} bytes`);
  const watched = await Watched.open(browser, `${node.http}?replay=${session.id}`);
  try {
    const { page } = watched;
    await frames(watched, 10);
    const slider = page.getByRole('slider', { name: '播放位置' });
    const box = await slider.boundingBox();
    const sheet = page.waitForResponse((response) => response.url().includes('/thumbnails/'), { timeout: 60_000 });
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const still = page.locator('.still');
    await still.waitFor(kPatience);
    const look = await still.evaluate((element) => getComputedStyle(element).backgroundImage);
    assert.match(look, /thumbnails\/\d+-\d+\.jpg\?n=\d+/);
    assert.equal((await sheet).status(), 200);
    await screenshot(page, 'replay-seek');
    await page.mouse.move(10, 10);
    await still.waitFor({ state: 'detached', ...kPatience });
    await slider.focus();
    await page.keyboard.press('Home');
    await still.waitFor(kPatience);
    await until('it is at its beginning', () => page.evaluate(() => document.querySelector('#replay').currentTime < 2));
    await page.getByRole('button', { name: '暂停' }).click();
    await page.keyboard.press('k');
    await page.getByRole('button', { name: '暂停' }).waitFor(kPatience);
    await axeClean(page);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

test('it is found in the library, also by its chapters, and begins at one', { timeout: 60_000 }, async () => {
  const library = async (query) => (await (await get(`api/v1/library?${new URLSearchParams(query)}`)).json()).recordings;
  await until('it is found', async () => (await library({ q: '灌' })).length === 1);
  const [{ chapters }] = await library({ q: '问答' });
  assert.deepEqual(chapters.map(({ title }) => title), ['灌溉 "问答"']);
  assert.deepEqual(await library({ q: '灌问' }), []);
  const track = await (await get(`${replay()}/chapters.vtt`)).text();
  assert.match(track, /^WEBVTT\n\n\w+\n00:00:0\d\.\d{3} --> 00:00:0\d\.\d{3}\n开场\n/);
  const watched = await Watched.open(browser, `${node.http}library?q=${encodeURIComponent('灌溉')}`);
  try {
    const { page } = watched;
    const card = page.locator(`[data-recording="${session.id}"]`);
    await card.getByText('第一期').waitFor(kPatience);
    await until('its picture is shown', () => card.locator('img').evaluate((image) => image.naturalWidth === 640));
    await screenshot(page, 'library');
    await axeClean(page);
    await page.getByRole('searchbox').fill('没有这样的');
    await page.getByText('没有找到').waitFor(kPatience);
    assert.match(page.url(), /q=/);
    await page.getByRole('searchbox').fill('第一期');
    await card.waitFor(kPatience);
    await page.getByRole('searchbox').fill('灌溉');
    await card.getByRole('link', { name: /问答/ }).click(kPatience);
    const chosen = page.getByRole('button', { name: /问答/ });
    await chosen.waitFor(kPatience);
    await frames(watched, 10);
    const at = await page.evaluate(() => document.querySelector('#replay').played.start(0));
    const wanted = (chapters[0].at_ms - session.live_ms) / 1000;
    assert.ok(Math.abs(at - wanted) < 1.5, `it begins at ${at} s, the chapter at ${wanted} s`);
    assert.equal(await chosen.getAttribute('aria-current'), 'true');
    await page.getByRole('button', { name: /开场/ }).click();
    await until('it is there', () => page.evaluate(() => document.querySelector('#replay').currentTime < 3));
    await screenshot(page, 'replay-chapters');
    await axeClean(page);
    // Its sound alone goes on from there.
    const before = await page.evaluate(() => document.querySelector('#replay').currentTime);
    await page.getByRole('button', { name: '只听声音' }).click();
    await until('it is heard alone', () => page.evaluate((from) => {
      const { videoWidth, currentTime } = document.querySelector('#replay');
      return videoWidth === 0 && currentTime > from + 0.5;
    }, before));
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

test('it is downloaded as a progressive MP4, in ranges', { timeout: 60_000 }, async (t) => {
  const url = `${node.http}${replay()}/download.mp4?rendition=360p`;
  const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
  const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag');
  const half = whole.length >> 1;
  const rest = await fetch(url, { headers: { Range: `bytes=${half}-`, 'If-Range': etag } });
  assert.equal(rest.status, 206);
  assert.ok(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(half)));
  const { stdout: byHttp2 } = await run('curl', ['-s', '--http2-prior-knowledge', '-r', `${half}-`, url],
    { encoding: 'buffer', maxBuffer: 1 << 28 });
  assert.ok(byHttp2.equals(whole.subarray(half)), 'the same range by HTTP/2');
  assert.equal(whole.toString('latin1', 4, 8), 'ftyp');
  assert.ok(whole.indexOf('moov') < whole.indexOf('mdat'));
  const { stdout, stderr } = await run('ffprobe', ['-v', 'warning', '-show_entries',
    'format=duration:stream=codec_name,start_time,duration,nb_frames', '-of', 'json', url]);
  assert.equal(stderr, '');
  const { format, streams } = JSON.parse(stdout);
  t.diagnostic(JSON.stringify(streams));
  assert.ok(Math.abs(format.duration - (session.ended_ms - session.live_ms) / 1000) < 2.5);
  assert.deepEqual(streams.map(({ codec_name: name }) => name), ['h264', 'aac']);
  assert.ok(Math.abs(streams[0].duration - streams[1].duration) < 0.1);
  await isComplete(await counters(url));
});

test('a download has the timeline of the replay, from which a long hole is cut out', { timeout: 90_000 }, async (t) => {
  const url = `${node.http}${replay()}/download.mp4?rendition=360p`;
  const list = `${node.http}${replay()}/v2/index.m3u8`;
  // Of a second each, also those that a busy machine has in part, or nothing of.
  const told = async () =>
    new Set([...(await (await fetch(list)).text()).matchAll(/(\d+)(?:\.\d+)?\.m4s$/gm)].map(([, number]) => number)).size;
  const duration = async (source) =>
    Number((await run('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', source])).stdout);
  const before = await told();
  const from = session.live_ms + 4_000;
  await studio.good('POST', `recordings/${session.id}/withdrawals`, { from_ms: from, to_ms: from + 12_500 });
  try {
    const after = await until('the hole is cut out', async () => {
      const now = await told();
      return now < before - 12 && now;
    });
    const mp4 = await duration(url);
    t.diagnostic(`${before} s before, ${after} s without the hole, ${mp4} s in the file`);
    assert.ok(Math.abs(mp4 - after) < 1, `${mp4} s, and the replay has ${after} s`);
    assert.deepEqual(await counters(url), await counters(list), 'the same pictures');
  } finally {
    const { version } = await studio.good('GET', `recordings/${session.id}`);
    await studio.good('DELETE', `recordings/${session.id}/withdrawals`, undefined, { 'If-Match': `"${version}"` });
    await until('it is shown again', async () => (await told()) === before);
  }
});

test('it is whole and unaltered', { timeout: 60_000 }, async (t) => {
  const manifest = await (await get(`${replay()}/manifest.json`)).json();
  const { name, segments } = manifest.renditions[0];
  const bytes = Buffer.from(await (await get(`${replay()}/${name}/${segments[1].name}`)).arrayBuffer());
  assert.equal(createHash('sha256').update(bytes).digest('hex'), segments[1].sha256);
  const { stdout } = await run(kBinary, ['check-recording', join(node.dataDir, 'recordings', session.id)])
    .catch((error) => assert.fail(error.stdout));
  t.diagnostic(stdout);
});

test('it is trimmed to what its preview shows, and times are those of the replay', { timeout: 90_000 }, async () => {
  const watched = await Watched.open(browser, `${node.http}studio#recordings`,
    { storageState: studio.storageState, probe: false });
  const { page } = watched;
  const row = page.locator(`[data-recording="${session.id}"]`);
  const editors = (name) => row.getByRole('button', { name, exact: true }).click(kPatience);
  const started = async () => Number(/DATE-TIME:(.+)/.exec(await (await get(`${replay()}/v2/index.m3u8`)).text())
    ?.slice(1).map(Date.parse)[0]);
  try {
    const whole = await started();
    await editors('裁剪与片段');
    await row.getByRole('button', { name: '打开预览' }).click(kPatience);
    const video = row.locator('video');
    await until('the preview plays', () => video.evaluate((one) => one.currentTime > 0));
    await video.evaluate((one) => {
      one.pause();
      one.currentTime = 5.2;
    });
    assert.equal(await row.locator('input[name=shown-from]').inputValue(), '0:00');
    await row.getByRole('button', { name: '取播放时间：从' }).click();
    assert.equal(await row.locator('input[name=shown-from]').inputValue(), '0:05');
    await lookOnce(page, 'studio-cut', [kPhone, kDesks[0]]);
    await row.getByRole('button', { name: '只播放这一段' }).click();
    await row.getByText('已裁去开头').waitFor(kPatience);
    await until('it is trimmed', async () => (await started()) === whole + 5_000);
    // What was marked behind what is trimmed off is told with a minus, and as the page tells it with none.
    await until('the editor counts as the replay does', async () =>
      (await row.locator('input[name=shown-from]').inputValue()) === '0:00');
    await editors('章节');
    await until('its chapters', async () => (await row.locator('input[name=at]').count()) === 2);
    assert.equal(await row.locator('input[name=at]').first().inputValue().then((words) => words[0]), '-');
    await lookOnce(page, 'studio-chapters', [kPhone, kDesks[0]]);
    await editors('裁剪与片段');
    await row.getByRole('button', { name: '恢复全部' }).click(kPatience);
    await until('all of it is shown', async () => (await started()) === whole);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

// What the probe looks at is the picture on show, which here is the replay's.
const lookAtReplay = (watched) => watched.page.evaluate(() => {
  for (const video of document.querySelectorAll('.picture video')) video.removeAttribute('data-front');
  document.querySelector('video.again').setAttribute('data-front', '');
});

test('idle wall screens replay it by rule, all of them the same second, and make room', { timeout: 90_000 }, async (t) => {
  await studio.good('PATCH', 'channels/main/air', { on_air: 'session' }, { 'If-Match': '*' });
  await studio.good('PATCH', 'channels/main/settings',
    { wall_replay: { what: 'day', from: '00:00', until: '00:00', sound: true } }, { 'If-Match': '*' });
  const viewport = { width: 1280, height: 720 };
  const [one, other] = await Promise.all([
    Watched.open(browser, `${node.http}screen?channel=main`, { viewport }),
    Watched.open(browser, `${node.http}screen?channel=main&volume=40`, { language: 'en-GB', viewport }),
  ]);
  const shown = ({ page }) => page.locator(`main[data-replay="${session.id}"]`).waitFor({ timeout: 40_000 });
  try {
    await Promise.all([shown(one), shown(other)]);
    await screenshot(one.page, 'screen-replay-zh');
    await screenshot(other.page, 'screen-replay-en');
    await Promise.all([lookAtReplay(one), lookAtReplay(other)]);
    // How long ago each picture was made: the same on both, wherever they began.
    const age = async (watched) => {
      const ages = (await frames(watched, 20)).map(({ at, madeAt }) => at - madeAt).sort((a, b) => a - b);
      return ages[ages.length >> 1];
    };
    const apart = await until('they are in step', async () => {
      await Promise.all([one.take(), other.take()]);
      const [first, second] = await Promise.all([age(one), age(other)]);
      return Math.abs(first - second) < 500 && Math.abs(first - second);
    }, { timeoutMs: 40_000 });
    t.diagnostic(`two screens are ${apart.toFixed(0)} ms apart`);
    await one.page.getByText('录播', { exact: true }).waitFor({ timeout: 40_000 });
    await one.page.getByText('第一期').waitFor();
    await shown(other);
    const sound = ({ page }) => page.evaluate(() => {
      const heard = [...document.querySelectorAll('video')].filter(({ muted }) => !muted);
      return heard.map(({ className, volume }) => `${className} ${volume}`);
    });
    assert.deepEqual(await sound(other), ['again 0.4'], 'what is under it is not heard');
    await axeClean(one.page);
    const began = performance.now();
    await studio.good('PATCH', 'channels/main/air', { on_air: 'feed' }, { 'If-Match': '*' });
    for (const { page } of [one, other]) await page.locator('main[data-replay]').waitFor({ state: 'detached' });
    t.diagnostic(`live: the replay was gone after ${(performance.now() - began).toFixed(0)} ms`);
    await one.page.waitForFunction(() => getComputedStyle(document.querySelector('video.again')).visibility === 'hidden');
    assert.deepEqual([one.complaints, other.complaints], [[], []]);
  } finally {
    await one.close();
    await other.close();
  }
});

test('a range is withdrawn, and a recording removed when that is confirmed', { timeout: 60_000 }, async () => {
  const at = session.live_ms + 3_000;
  await until('control knows its end', async () =>
    (await studio.good('GET', `recordings/${session.id}`)).state === 'ended');
  const kept = await studio.good('POST', `recordings/${session.id}/withdrawals`, { from_ms: at, to_ms: at + 500 });
  await until('it is shown no more', async () =>
    /#EXT-X-GAP/.test(await (await get(`${replay()}/v0/index.m3u8`)).text()));
  const seen = { 'If-Match': `"${kept.version}"` };
  assert.equal((await studio.api('DELETE', `recordings/${session.id}`, undefined, seen)).status, 409);
  assert.equal((await studio.good('GET', 'recorder')).state, 'ready');
  await studio.good('DELETE', `recordings/${session.id}?confirm=${session.id}`, undefined, seen);
  await until('nobody is shown it', async () => (await get(`${replay()}/v0/index.m3u8`)).status === 404);
  const { recordings } = await (await get('api/v1/recordings')).json();
  assert.deepEqual(recordings.filter(({ id }) => id === session.id), []);
});

test('what an emergency cut takes back is gone from rewind and replay, until it is given back', { timeout: 120_000 }, async () => {
  session = await studio.goLive('第二期');
  const list = async () => (await get('hls/main/v2/rewind.m3u8')).text();
  const first = await until('two segments of it', async () => {
    const whole = (await list()).replace(/#EXT-X-GAP\n.*\n.*\n/g, '');
    const [segment, other] = whole.match(/^\d+-1-5\/\d+\.m4s$/gm) ?? [];
    return other && segment;
  });
  const status = async (where) => (await get(`${where}/v2/${first}`)).status;
  await until('it is replayed, too', async () => (await status(replay())) === 200);
  assert.equal(await status('hls/main'), 200);
  const poster = async () => (await get(`${replay()}/poster.jpg`)).status;
  await until('it has a picture', async () => (await poster()) === 200, kStillsPatience);
  const [seen] = await until('it has a still', async () => {
    const found = await stills(`${replay()}/thumbnails.vtt`);
    return found.length > 0 && found;
  }, kStillsPatience);
  assert.ok(await markerOfStill(seen));
  await studio.good('POST', 'channels/main/air/cut', {});
  await until('it is taken back', async () => (await status('hls/main')) === 410);
  assert.equal(await status(replay()), 404);
  // Whoever kept the addresses sees nothing of it: no sheet, or one in whose place is nothing.
  for (const sheet of [seen[1], seen[1].replace(/\?.*/, '')])
    if ((await fetch(sheet)).status === 200)
      assert.equal(await markerOfStill([0, sheet, seen[2], seen[3]]), null);
    else assert.equal((await fetch(sheet)).status, 404);
  // What comes after the cut is a slate, and may have a still already.
  for (const still of await stills(`${replay()}/thumbnails.vtt`)) assert.equal(await markerOfStill(still), null);
  if ((await poster()) === 200)
    assert.equal(await markerOf(`${node.http}${replay()}/poster.jpg`, 'crop=iw:20:0:0', 640, 360), null);
  assert.match(await list(), /#EXT-X-GAP/);
  await until('control knows it', async () =>
    (await studio.good('GET', `recordings/${session.id}`)).withdrawn.some((range) => range.by_cut));
  const air = await studio.good('GET', 'channels/main/air');
  await studio.good('DELETE', 'channels/main/air/cut', undefined, { 'If-Match': `"${air.version}"` });
  await node.kill('gateway');
  await until('it stays so through the cut\'s end and a death of the gateway', async () => {
    try {
      return (await status(replay())) === 404 && (await get(`${replay()}/v2/index.m3u8`)).status === 200;
    } catch {
      return false;
    }
  }, { timeoutMs: 15_000 });
  const watched = await Watched.open(browser, `${node.http}studio#recordings`,
    { language: 'en-GB', storageState: studio.storageState });
  try {
    const row = watched.page.locator(`[data-recording="${session.id}"]`);
    await row.getByText('Emergency cut').waitFor(kPatience);
    await screenshot(watched.page, 'studio-recordings');
    await row.getByRole('button', { name: 'Give all back' }).click(kPatience);
    await row.getByText('Emergency cut').waitFor({ state: 'detached', ...kPatience });
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
  await until('it is given back', async () => (await status(replay())) === 200);
});
