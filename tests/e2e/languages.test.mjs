// A real sender with one language on the left and another on the right: by WHEP in a browser, by HLS
// through ffmpeg, in the recording's replay and in its download each is heard alone, and whoever
// watches chooses. Each language is a tone here. At last one sound becomes two and one again while it is live.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchBrowser, Watched } from './support/browser.mjs';
import { kBinary, sleep, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';
import { Studio } from './support/studio.mjs';

const kPatience = { timeoutMs: 30_000, everyMs: 200, timeout: 30_000 };
const kLeftHz = 600;
const kRightHz = 1500;
const kRate = 48_000;
const kPieceMs = 5_000; // of a session with one sound, with two, and with one again
const kEndS = 4; // of that: less than the last piece
const kLeastShare = 0.95; // of a tone's time
const kLanguages = [{ tag: 'zh', name: '普通话' }, { tag: 'ug', name: 'ئۇيغۇرچە' }];
const run = promisify(execFile);

let node, sender, studio, browser, session;

before(async () => {
  node = await ServedNode.start({ more: `
[channel.sound]
target_lufs = -24
primary_mapping = "languages"
left_language = "zh"
left_language_name = "普通话"
right_language = "ug"
right_language_name = "ئۇيغۇرچە"
[[channel.video]]
name = "180p"
width = 320
height = 180
bitrate_kbps = 200
` });
  const { ports } = await node.status();
  const tones = `0.2*sin(2*PI*${kLeftHz}*t)|0.05*sin(2*PI*${kRightHz}*t)`;
  sender = spawn('ffmpeg', ['-v', 'error', '-re',
    '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30',
    '-f', 'lavfi', '-i', `aevalsrc=${tones}:s=${kRate}`,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '30', '-b:v', '300k',
    '-c:a', 'aac', '-b:a', '192k', '-f', 'flv', `rtmp://127.0.0.1:${ports.rtmp}/live/test-key-0123456789`,
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  studio = await Studio.open({ http: await node.url('/'), addresses: { studio: await node.firstLink() } });
  await until('live on air', async () =>
    (await node.status()).on_air.some(({ source }) => source === 'live'), kPatience);
  await sleep(1_500); // the second in which the feed began is half the slate's
  session = await studio.goLive();
  browser = await launchBrowser();
}, { timeout: 90_000 });

after(async () => {
  await browser?.close();
  if (sender && sender.exitCode === null) {
    const gone = once(sender, 'exit');
    sender.kill('SIGKILL');
    await gone;
  }
  await node?.remove();
});

// Of each side of whatever ffmpeg is given: its frequency, by the median time between two rises through zero, what share
// of the time it is there, since a sender on a busy machine stumbles, and its peak.
async function tones(input, options = []) {
  const { stdout } = await run('ffmpeg', ['-v', 'error', ...options, '-i', input[0], ...input.slice(1),
    '-t', '2', '-ac', '2', '-ar', String(kRate), '-f', 'f32le', '-'], { encoding: 'buffer', maxBuffer: 1 << 26, timeout: 60_000 });
  const samples = new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 4));
  return [0, 1].map((side) => {
    const periods = [];
    let rose = null;
    let peak = 0;
    const first = Math.floor(samples.length / 4 / 2) * 2; // a decoder's beginning is left out
    for (let at = first + side + 2; at < samples.length; at += 2) {
      if (samples[at - 2] < 0 && samples[at] >= 0) {
        if (rose !== null) periods.push((at - rose) / 2);
        rose = at;
      }
      peak = Math.max(peak, Math.abs(samples[at]));
    }
    const period = periods.sort((a, b) => a - b)[Math.floor(periods.length / 2)] ?? Infinity;
    return { hertz: kRate / period, share: (periods.length * period) / ((samples.length - first) / 2) || 0, peak };
  });
}
const isTone = (side, hertz) => Math.abs(side.hertz - hertz) < hertz / 20 && side.share > kLeastShare && side.peak > 0.01;
function assertTone(sides, hertz, what) {
  assert.ok(sides.every((side) => isTone(side, hertz)), `${what}: ${JSON.stringify(sides)} instead of ${hertz} Hz`);
}

// The strongest frequency of what a video element plays.
const heard = (page, selector) => page.evaluate(async (element) => {
  const video = document.querySelector(element);
  const context = (window.ears ??= new AudioContext());
  const source = video.srcObject
    ? context.createMediaStreamSource(new MediaStream(video.srcObject.getAudioTracks()))
    : (video.ears ??= context.createMediaElementSource(video));
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  source.connect(analyser);
  if (!video.srcObject) analyser.connect(context.destination);
  await new Promise((resolve) => setTimeout(resolve, 400));
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  source.disconnect(analyser);
  const loudest = bins.indexOf(Math.max(...bins));
  return bins[loudest] < -80 ? 0 : (loudest * context.sampleRate) / analyser.fftSize;
}, selector);
const hears = (page, selector, hertz) => until(`${hertz} Hz`, async () =>
  Math.abs((await heard(page, selector)) - hertz) < 30, kPatience);

test('the channel says which languages there are', async () => {
  const channel = await (await fetch(await node.url('/api/v1/channels/main'))).json();
  assert.deepEqual(channel.languages, kLanguages);
  const sound = await until('both are measured', async () => {
    const { sound: now } = await studio.good('GET', 'studio/channels/main/sound');
    return now?.second?.integrated_lufs && now;
  }, kPatience);
  assert.equal(sound.language.tag, 'zh');
  assert.equal(sound.second.language.tag, 'ug');
});

test('by WebRTC a viewer hears one of them and goes over to the other on the same connection', async () => {
  const watched = await Watched.open(browser, await node.url('/?channel=main'));
  try {
    const { page } = watched;
    const front = 'video[data-front]';
    await page.locator(front).waitFor(kPatience);
    await hears(page, front, kLeftHz);
    const { connection } = await watched.reception();
    await page.locator('#player').hover();
    await page.getByRole('button', { name: '语言：普通话' }).click();
    await page.getByRole('menuitemradio', { name: 'ئۇيغۇرچە' }).click();
    await hears(page, front, kRightHz);
    assert.equal((await watched.reception()).connection, connection);
    assert.equal(watched.joins(), 2, 'a join, and a choice of layers');
    await page.reload();
    await page.locator(front).waitFor(kPatience);
    await hears(page, front, kRightHz);
    assert.match(watched.requests.at(-1).path, /^\/whep\/main\?audio=ug$/, 'it is remembered');
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

test('a wall screen has its language from its address', async () => {
  const watched = await Watched.open(browser, await node.url('/screen?channel=main&audio=ug'));
  try {
    await watched.page.locator('video[data-front]').waitFor(kPatience);
    await hears(watched.page, 'video[data-front]', kRightHz);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

test('by HLS there are two renditions of sound', async () => {
  const playlist = await node.url('/hls/main/index.m3u8');
  const text = await (await fetch(playlist)).text();
  assert.match(text, /LANGUAGE="zh",NAME="普通话",DEFAULT=YES/);
  assert.match(text, /LANGUAGE="ug",NAME="ئۇيغۇرچە",DEFAULT=NO/);
  const live = ['-live_start_index', '-3'];
  assertTone(await tones([playlist, '-map', '0:a:0'], live), kLeftHz, 'the first');
  assertTone(await tones([playlist, '-map', '0:a:1'], live), kRightHz, 'the second');
});

test('the recording has both, and so have its replay and its download', async (t) => {
  while (Date.now() - session.live_ms < 6_000) await sleep(200);
  await studio.end(session);
  const replay = await node.url(`/replay/${session.id}/index.m3u8`);
  await until('the replay has its end', async () =>
    (await (await fetch(await node.url(`/replay/${session.id}/audio2/index.m3u8`))).text()).includes('#EXT-X-ENDLIST'),
  kPatience);
  assertTone(await tones([replay, '-map', '0:a:0']), kLeftHz, 'the replay, first');
  assertTone(await tones([replay, '-map', '0:a:1']), kRightHz, 'the replay, second');

  const download = await node.url(`/replay/${session.id}/download.mp4`);
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', download]);
  const { streams } = JSON.parse(stdout);
  t.diagnostic(JSON.stringify(streams.map(({ codec_type, tags, disposition }) => [codec_type, tags, disposition.default])));
  assert.deepEqual(streams.map(({ codec_type, tags }) => [codec_type, tags.language]),
    [['video', 'und'], ['audio', 'zho'], ['audio', 'uig']]);
  assert.equal(streams[1].tags.handler_name, '普通话');
  assert.equal(streams[1].disposition.default, 1);
  assert.equal(streams[2].disposition.default, 0);
  assertTone(await tones([download, '-map', '0:a:0']), kLeftHz, 'the download, first');
  assertTone(await tones([download, '-map', '0:a:1']), kRightHz, 'the download, second');
  assertTone(await tones([`${download}?rendition=audio&audio=ug`]), kRightHz, 'its sound alone');
  const absent = await fetch(`${download}?rendition=audio&audio=en`);
  assert.equal(absent.status, 404);

  const watched = await Watched.open(browser, await node.url(`/?replay=${session.id}`));
  try {
    await hears(watched.page, '#replay', kLeftHz);
    await watched.page.getByRole('button', { name: '语言：普通话' }).click();
    await watched.page.getByRole('menuitemradio', { name: 'ئۇيغۇرچە' }).click();
    await hears(watched.page, '#replay', kRightHz);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }
});

const map = (mapping) =>
  studio.good('PATCH', 'channels/main/settings', { sound: { primary_mapping: mapping } }, { 'If-Match': '*' });
const soundsByHls = async () =>
  (await (await fetch(await node.url('/hls/main/index.m3u8'))).text()).match(/#EXT-X-MEDIA:TYPE=AUDIO[^\n]*/g) ?? [];
// Left and right, as they come.
function assertStereo([left, right], what) {
  assertTone([left], kLeftHz, `${what}, left`);
  assertTone([right], kRightHz, `${what}, right`);
}
async function stereoByHls() {
  let heard = null;
  await until('left and right by HLS', async () => {
    heard = await tones([await node.url('/hls/main/index.m3u8'), '-map', '0:a:0'], ['-live_start_index', '-3']).catch(String);
    return [kLeftHz, kRightHz].every((hertz, side) => isTone(heard[side], hertz));
  }, kPatience).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify(heard)}; ${JSON.stringify((await node.status())?.on_air)}`);
  });
}
// What a recording has of a rendition, [{seconds, url}]: gaps that it lists are left out.
async function recorded(id, rendition) {
  const url = await node.url(`/replay/${id}/${rendition}/index.m3u8`);
  const list = await until(`the end of ${id}`, async () => {
    const text = await (await fetch(url)).text();
    return text.includes('#EXT-X-ENDLIST') && text;
  }, kPatience);
  const there = list.replace(/#EXT-X-GAP\n#EXTINF[^\n]*|#EXTINF[^\n]*\n#EXT-X-GAP/g, '');
  return {
    init: new URL(/#EXT-X-MAP:URI="([^"]+)"/.exec(list)[1], url),
    segments: [...there.matchAll(/#EXTINF:([\d.]+),\n(\S+)/g)]
      .map(([, seconds, name]) => ({ seconds: Number(seconds), url: new URL(name, url) })),
  };
}
const secondsOf = ({ segments }) => segments.reduce((sum, { seconds }) => sum + seconds, 0);
// A file of its last so many seconds: ffmpeg seeks into what is listed as a gap, and loses its way behind a hole that
// is cut out.
async function lastOf({ init, segments }, seconds) {
  let from = segments.length;
  while (from > 0 && secondsOf({ segments: segments.slice(from) }) < seconds) from--;
  const path = join(node.dataDir, 'last.mp4');
  const bytes = [init, ...segments.slice(from).map(({ url }) => url)].map(async (url) => {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, url.href);
    return Buffer.from(await answer.arrayBuffer());
  });
  await writeFile(path, Buffer.concat(await Promise.all(bytes)));
  return path;
}

test('one sound becomes two and one again while it is live: a viewer goes on, and so does the recording', { timeout: 180_000 }, async (t) => {
  await map('stereo');
  await stereoByHls();
  const again = await studio.goLive('第二期');
  const watched = await Watched.open(browser, await node.url('/?channel=main'));
  const { page } = watched;
  const hearsNow = (hertz) => hears(page, 'video[data-front]', hertz);
  const pieces = []; // ms, each of which was heard from beginning to end
  const piece = async (hertz) => {
    await hearsNow(hertz);
    const from = Date.now();
    await sleep(kPieceMs);
    pieces.push(Date.now() - from);
  };
  try {
    await page.locator('video[data-front]').waitFor(kPatience);
    await piece(kLeftHz); // it is the louder one of the two
    const { connection } = await watched.reception();

    await map('languages');
    const choice = page.getByRole('button', { name: '语言：普通话' });
    await until('the page offers both', async () => {
      await page.locator('#player').hover();
      return choice.isVisible();
    }, kPatience);
    await choice.click();
    await page.getByRole('menuitemradio', { name: 'ئۇيغۇرچە' }).click();
    await piece(kRightHz);
    const both = await until('two sounds by HLS', async () => {
      const sounds = await soundsByHls();
      return sounds.length === 2 && sounds;
    }, kPatience);
    assert.match(both[1], /LANGUAGE="ug"/);

    await map('stereo');
    await piece(kLeftHz);
    assert.equal((await watched.reception()).connection, connection, 'the connection is the same');
    const joins = watched.requests.filter(({ method, path }) => method === 'POST' && /^\/whep\/main(\?|$)/.test(path));
    assert.equal(joins.length, 1, JSON.stringify(watched.requests));
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.close();
  }

  const sounds = await until('one sound by HLS', async () => {
    const now = await soundsByHls();
    return now.length === 1 && now;
  }, kPatience);
  assert.doesNotMatch(sounds[0], /LANGUAGE/);
  assert.equal((await (await fetch(await node.url('/api/v1/channels/main'))).json()).languages?.length ?? 0, 0);
  await stereoByHls();

  await studio.end(again);
  // What has two sounds is a recording of its own beside it.
  const names = [again.id, `${again.id}-2`];
  const seconds = { one: secondsOf(await recorded(names[0], 'v0')), two: secondsOf(await recorded(names[1], 'v0')) };
  t.diagnostic(`recorded: ${seconds.one.toFixed(1)} s with one sound, ${seconds.two.toFixed(1)} s with two; ` +
    `watched: ${pieces.join(', ')} ms`);
  assert.ok(seconds.one > (pieces[0] + pieces[2]) / 1000 - 1, 'both pieces with one sound');
  assert.ok(seconds.two > pieces[1] / 1000 - 1, 'the piece with two');
  assertStereo(await tones([await node.url(`/replay/${names[0]}/index.m3u8`), '-map', '0:a:0']), 'its beginning');
  assertStereo(await tones([await lastOf(await recorded(names[0], 'audio'), kEndS)]), 'its end');
  assertStereo(await tones([await node.url(`/replay/${names[0]}/download.mp4`), '-map', '0:a:0'], ['-sseof', `-${kEndS}`]),
    'the end of its download');
  // It begins with the slate.
  assertTone(await tones([await lastOf(await recorded(names[1], 'audio'), kEndS)]), kLeftHz, 'the piece with two, first');
  assertTone(await tones([await lastOf(await recorded(names[1], 'audio2'), kEndS)]), kRightHz, 'the piece with two, second');
  for (const id of names) {
    const { stdout } = await run(kBinary, ['check-recording', join(node.dataDir, 'recordings', id)])
      .catch((error) => assert.fail(error.stdout));
    t.diagnostic(stdout);
  }
});
