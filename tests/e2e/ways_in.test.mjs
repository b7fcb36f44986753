// Every way in that a foreign program may take, watched by the marker: the test programme goes to an ffmpeg that passes
// it on, and that ffmpeg, srt-live-transmit, libdatachannel or GStreamer's RTSP server sends it or has it fetched; by WHIP
// a browser sends a marker of its own, too. What the channel makes of it is read from HLS, on the programme's own line of
// time: pictures on the grid, the marker readable, sound beside its picture and without holes. How many pictures are
// missing and how late they are is printed: it says as much of the machine. Then what happens when ingest is killed, and when a key that
// sends is revoked.
//   LONGMEN_WAYS="RTMP|WHIP" (a regular expression): those alone; LONGMEN_WAYS_S=SECONDS: for how long each is watched
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launchBrowser } from './support/browser.mjs';
import { percentile, silentMs, table } from './support/figures.mjs';
import { freeTcpPort, freeUdpPort } from './support/free_port.mjs';
import { figuresOf, lookAtHls } from './support/hls_look.mjs';
import { markerCamera } from './support/marker_camera.mjs';
import { kBinary, sleep, tries, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';
import { shown } from './support/two_senders.mjs';

const kKey = 'test-key-0123456789';
const kPassphrase = 'a-passphrase-0123';
const kSrtIds = { key: kKey, written_out: `#!::r=main,m=publish,s=${kKey}` };
const kCamera = fileURLToPath(new URL('../support/rtsp_server.py', import.meta.url));
const kWhipSender = fileURLToPath(new URL('support/datachannel_sender.mjs', import.meta.url));
const kPicture = { width: 320, height: 180 };
const kPictureMs = 40;
const kSettleMs = 5_000; // of the mapping of time: FeedClock::kSettle and, of sound in packets, a step behind it
const kWatchS = Number(process.env.LONGMEN_WAYS_S ?? 10);
const kTries = 3;
const kMostApartMs = 40;
const kFewestBeeps = Math.max(3, kWatchS / 2);
const kPatience = 3; // times the time that is watched, for who plays it on a busy machine
const kMostSilent = 0.05; // of the time: sound that came too late, or was joined on too early
const kMostUnread = 0.1; // of the pictures: a sender on a busy machine stumbles
const kUpMs = 40_000;
const kFileS = 12;
const chosen = new RegExp(process.env.LONGMEN_WAYS ?? '');

let node, folder, browser;
const running = [];
const seen = []; // a row for each way

before(async () => {
  // One small picture: what is looked at is how it came in.
  node = await ServedNode.start({ more: `
frames_per_second = 25
record = "off"
[[channel.video]]
name = "180p"
width = ${kPicture.width}
height = ${kPicture.height}
bitrate_kbps = 500
[[srt.key]]
stream_key = "${kKey}"
passphrase = "${kPassphrase}"
` });
  folder = await mkdtemp(join(tmpdir(), 'longmen-ways-'));
}, { timeout: 60_000 });

after(async () => {
  if (seen.length) console.log(table(['way', 'pictures', 'missing', 'unread', 'late, ms', 'sound, ms', 'beeps', 'silent, ms'], seen));
  for (const child of running) await ended(child);
  await browser?.close();
  await node?.remove();
  await rm(folder, { recursive: true, force: true });
});

function run(program, words) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (child.words = (child.words + text).slice(-3000)));
  }
  running.push(child);
  return child;
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM'); // it hangs up: who is killed is missed after seconds only
  const patience = setTimeout(() => child.kill('SIGKILL'), 2_000);
  await gone;
  clearTimeout(patience);
}

// As Linux tells it: a connection to it would be the one that it waits for.
async function listens(port) {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return (await readFile('/proc/net/tcp', 'utf8')).includes(wanted);
}

// The test programme through an ffmpeg to an address or a file; until its stop().
async function passOn(format, url, more = []) {
  const port = await freeTcpPort();
  const between = `rtmp://127.0.0.1:${port}/live/key`;
  const ffmpeg = run('ffmpeg', ['-v', 'warning', '-nostdin', '-y', '-listen', '1', '-i', between, '-c', 'copy',
    '-flush_packets', '1', '-f', format, ...more, url]);
  await until('the ffmpeg between', () => listens(port), { everyMs: 50, timeoutMs: kUpMs });
  const feed = run(kBinary, ['test-feed', '--url', between, '--size', `${kPicture.width}x${kPicture.height}`, '--fps', '25']);
  return {
    ffmpeg,
    words: () => `ffmpeg: ${ffmpeg.words}`,
    stop: async () => {
      await ended(ffmpeg);
      await ended(feed);
    },
  };
}

const feedOfNode = async () => (await node.status())?.feeds.find(({ channel }) => channel === 'main');
const free = () => until('the channel is free', async () => !(await feedOfNode()), { timeoutMs: 20_000 });

// Fetched by the node from now on, for as long as a way is watched.
const pull = (lines) => node.reload((text) => `${text}
# pulled
[[pull]]
channel = "main"
${lines.join('\n')}
`);
const pullNothing = () => node.reload((text) => text.replace(/\n# pulled\n[^]*$/, ''));

// Figures of the console, for somebody who may sign in.
async function console_() {
  const { stdout } = await promisify(execFile)(kBinary,
    ['admin', 'reset-link', '--data-dir', node.dataDir]);
  const token = /#([\w-]{43})/.exec(stdout)[1];
  const address = await node.url('/api/v1/links/redeem');
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: new URL(address).origin },
    body: JSON.stringify({ token, password: 'correct horse battery' }),
  });
  assert.equal(answer.status, 200);
  const cookie = /^longmen=[\w-]+/.exec(answer.headers.get('Set-Cookie'))[0];
  return async (path) =>
    (await fetch(await node.url(`/api/v1/studio/${path}`), { headers: { Cookie: cookie } })).json();
}

const ports = async () => (await node.status()).ports;
const toSrt = async (id) => `srt://127.0.0.1:${(await ports()).srt}?streamid=${kSrtIds[id]}&passphrase=${kPassphrase}`;

// A way: the protocol that the node names, what sets it up and gives {words(), stop()}, and what is special about it.
const kWays = {
  'RTMP': ['rtmp', async () => passOn('flv', `rtmp://127.0.0.1:${(await ports()).rtmp}/live/${kKey}`)],
  'RTMPS': ['rtmps', async () => passOn('flv', `rtmps://127.0.0.1:${(await ports()).rtmps}/live/${kKey}`)],
  'SRT': ['srt', async () => passOn('mpegts', `${await toSrt('key')}&pkt_size=1316`)],
  'SRT, each frame of sound in a packet of its own': ['srt', async () =>
    passOn('mpegts', `${await toSrt('key')}&pkt_size=1316`, ['-pes_payload_size', '0'])],
  // ffmpeg passes it on as it is written.
  'SRT, the stream id written out': ['srt', async () => passOn('mpegts', `${await toSrt('written_out')}&pkt_size=1316`)],
  'SRT by srt-live-transmit': ['srt', () => transmitted('key')],
  'SRT by srt-live-transmit, the stream id written out': ['srt', () => transmitted('written_out')],
  'SRT, called': ['srt', async () => {
    const at = `srt://127.0.0.1:${await freeUdpPort()}`;
    const sender = await passOn('mpegts', `${at}?mode=listener&passphrase=${kPassphrase}&pkt_size=1316`);
    await pull([`url = "${at}"`, `passphrase = "${kPassphrase}"`]);
    return sender;
  }],
  'SRT, waited for': ['srt', async () => {
    const at = `srt://127.0.0.1:${await freeUdpPort()}`;
    await pull([`url = "${at}?mode=listener"`, `passphrase = "${kPassphrase}"`, 'stream_id = "camera-7"']);
    await sleep(500);
    return passOn('mpegts', `${at}?passphrase=${kPassphrase}&streamid=camera-7&pkt_size=1316`);
  }],
  'MPEG-TS by UDP': ['udp', async () => {
    const at = `udp://127.0.0.1:${await freeUdpPort()}`;
    await pull([`url = "${at}"`]);
    return passOn('mpegts', `${at}?pkt_size=1316`);
  }],
  'MPEG-TS by RTP': ['rtp', async () => {
    const at = `rtp://127.0.0.1:${await freeUdpPort()}`;
    await pull([`url = "${at}"`]);
    return passOn('rtp_mpegts', at);
  }],
  'HEVC and AC-3 by SRT': ['srt', async () => passOn('mpegts', `${await toSrt('key')}&pkt_size=1316`,
    ['-c:v', 'libx265', '-preset', 'ultrafast', '-tune', 'zerolatency', '-x265-params', 'keyint=25:log-level=1', '-c:a', 'ac3'])],
  'MPEG-2 and MP2, the second programme by multicast': ['udp', async () => {
    const at = `239.255.77.9:${await freeUdpPort()}`;
    await pull([`url = "udp://127.0.0.1@${at}"`, 'interface = "127.0.0.1"', 'program = 2']);
    return passOn('mpegts', `udp://${at}?pkt_size=1316&localaddr=127.0.0.1&ttl=0`,
      ['-map', '0:v', '-map', '0:a', '-map', '0:v', '-map', '0:a', '-program', 'program_num=1:st=0:st=1',
        '-program', 'program_num=2:st=2:st=3', '-c:v:1', 'mpeg2video', '-b:v:1', '2M', '-g', '25', '-bf', '0', '-c:a:1', 'mp2']);
  }],
  'RTSP, pushed by TCP, G.711': ['rtsp', async () => passOn('rtsp', `rtsp://127.0.0.1:${(await ports()).rtsp}/live/${kKey}`,
    ['-rtsp_transport', 'tcp', '-c:a', 'pcm_alaw', '-ar', '8000', '-ac', '1'])],
  'RTSP, pushed by TCP': ['rtsp', async () => passOn('rtsp', `rtsp://127.0.0.1:${(await ports()).rtsp}/live/${kKey}`, ['-rtsp_transport', 'tcp'])],
  'RTSP, pushed by UDP, the key as password': ['rtsp', async () =>
    passOn('rtsp', `rtsp://main:${kKey}@127.0.0.1:${(await ports()).rtsp}/main`, ['-rtsp_transport', 'udp'])],
  'RTSP, fetched by TCP': ['rtsp', () => camera('tcp')],
  'RTSP, fetched by UDP': ['rtsp', () => camera('udp')],
  'HLS, of MPEG-TS': ['hls', () => playlist('mpegts')],
  'HLS, of fMP4': ['hls', () => playlist('fmp4')],
  'RTMP over a line that stops again and again': ['rtmp', async () => {
    const line = await stoppingLine((await ports()).rtmp);
    const sender = await passOn('flv', `rtmp://127.0.0.1:${line.address().port}/live/${kKey}`);
    return { words: sender.words, stop: async () => (await sender.stop(), line.close()) };
  }, { settleMs: 30_000 }],
  'RTMP at half speed': ['rtmp', async () => slowly('flv', `rtmp://127.0.0.1:${(await ports()).rtmp}/live/${kKey}`), { speed: 0.5 }],
  'SRT at half speed': ['srt', async () => slowly('mpegts', `${await toSrt('key')}&pkt_size=1316`), { speed: 0.5 }],
  'a file, again and again': ['files', () => file('talk.mp4')],
  'a file of AV1 and Opus': ['files', () => file('talk.mkv', ['-c:v', 'libsvtav1', '-preset', '12', '-g', '25', '-c:a', 'libopus'])],
  'WHIP, H.264': ['whip', () => page({ h264: true })],
  'WHIP, VP8': ['whip', () => page({ h264: false })],
  'WHIP by libdatachannel': ['whip', datachannel],
};

// As a wireless link is: nothing comes through for a quarter of a second, every other second.
async function stoppingLine(port) {
  const line = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    const stops = setInterval(() => {
      from.pause();
      setTimeout(() => from.resume(), 250);
    }, 2_000);
    for (const [end, other] of [[from, to], [to, from]]) {
      end.on('data', (bytes) => other.write(bytes));
      end.on('error', () => {});
      end.on('close', () => {
        clearInterval(stops);
        other.destroy();
      });
    }
  });
  await once(line.listen(0, '127.0.0.1'), 'listening');
  return line;
}

async function transmitted(id) {
  const port = await freeUdpPort();
  const transmit = run('srt-live-transmit', ['-q', '-a', 'yes', `udp://127.0.0.1:${port}?rcvbuf=4000000`, await toSrt(id)]);
  return along(await passOn('mpegts', `udp://127.0.0.1:${port}?pkt_size=1316`), transmit);
}

// A sender with another program beside it.
const along = (sender, other) => ({
  words: () => `${sender.words()}; ${other.words}`,
  stop: async () => {
    await sender.stop();
    await ended(other);
  },
});

async function camera(transport) {
  const [port, relayed] = [await freeTcpPort(), await freeUdpPort()];
  const sender = await passOn('mpegts', `udp://127.0.0.1:${relayed}?pkt_size=1316`);
  const server = run('/usr/bin/python3', [kCamera, String(port), 'anna', 'secret', 'aacparse ! rtpmp4gpay pt=97', String(relayed)]);
  await until('the camera', () => server.words.includes('ready'), { timeoutMs: kUpMs });
  await pull([`url = "rtsp://anna:secret@127.0.0.1:${port}/hall"`, `transport = "${transport}"`]);
  return along(sender, server);
}

async function playlist(segments) {
  const [port, at] = [await freeTcpPort(), await mkdtemp(join(folder, 'hls-'))];
  const server = run('/usr/bin/python3', ['-m', 'http.server', '-b', '127.0.0.1', '-d', at, String(port)]);
  const list = join(at, 'index.m3u8');
  const sender = await passOn('hls', list, ['-hls_time', '1', '-hls_list_size', '6', '-hls_flags', 'delete_segments', '-hls_segment_type', segments]);
  await until('segments', async () => (await readFile(list, 'utf8').catch(() => '')).split('#EXTINF').length > 4, { timeoutMs: 20_000 });
  await pull([`url = "http://127.0.0.1:${port}/index.m3u8"`]);
  return along(sender, server);
}

async function record(name, more = []) {
  const path = join(folder, name);
  const recorder = await passOn(name.endsWith('mp4') ? 'mp4' : 'matroska', path, ['-t', String(kFileS), ...more]);
  await until('the file', () => recorder.ffmpeg.exitCode !== null, { timeoutMs: 1000 * kFileS + 20_000 });
  await recorder.stop();
  return path;
}

async function file(name, more = []) {
  await pull([`files = ["${await record(name, more)}"]`]);
  return { words: () => name, stop: async () => {} };
}

// As an encoder that the machine is too slow for sends.
async function slowly(format, url) {
  const ffmpeg = run('ffmpeg', ['-v', 'warning', '-nostdin', '-readrate', '0.5', '-stream_loop', '-1',
    '-i', await record('slow.mkv'), '-c', 'copy', '-flush_packets', '1', '-f', format, url]);
  return { words: () => `ffmpeg: ${ffmpeg.words}`, stop: () => ended(ffmpeg) };
}

async function page(codecs) {
  browser ??= await launchBrowser();
  const context = await browser.newContext({ locale: 'zh-CN', permissions: ['camera', 'microphone'] });
  const tab = await context.newPage();
  await tab.addInitScript(markerCamera, codecs);
  await tab.goto(`${await node.url('/publish')}?channel=main#${kKey}`);
  await tab.getByRole('button', { name: '开始推流' }).click();
  return { words: () => 'a browser', stop: () => context.close() };
}

// One muxer for both, so that their RTCP has one clock; it comes to the port of the media.
async function datachannel() {
  const [videoPort, videoSsrc, audioPort, audioSsrc] = [await freeUdpPort(), 1001, await freeUdpPort(), 1002];
  const whip = run(process.execPath, [kWhipSender, await node.url('/whip/main'), kKey,
    ...[videoPort, videoSsrc, audioPort, audioSsrc].map(String)]);
  const to = (port) => `rtp://127.0.0.1:${port}?rtcpport=${port}&pkt_size=1200`;
  const sender = await passOn('tee', `[select=v:f=rtp:payload_type=96:ssrc=${videoSsrc}]${to(videoPort)}|` +
    `[select=a:f=rtp:payload_type=111:ssrc=${audioSsrc}]${to(audioPort)}`,
  ['-map', '0:v', '-map', '0:a', '-bsf:v', 'h264_mp4toannexb', '-c:a', 'libopus', '-ar', '48000', '-b:a', '96k']);
  return {
    words: () => `${sender.words()}; ${whip.words}`,
    stop: async () => {
      await ended(whip);
      await sender.stop();
      assert.match(whip.words, /"delete_status":200/);
    },
  };
}

const onAir = /^longmen_on_air\{[^}]*channel="main"[^}]*source="live"[^}]*\} 1$/m;

async function comesIn(protocol, sender) {
  try {
    await until(`a feed by ${protocol}`, async () => (await feedOfNode())?.protocol === protocol, { timeoutMs: kUpMs });
    await until(`${protocol} on air`, async () => onAir.test(await node.metrics()) && (await shown(node)) === 'primary',
      { timeoutMs: kUpMs });
  } catch (error) {
    throw new Error(`${error.message}; ${sender.words()}; node: ${node.log.slice(-2000)}`);
  }
}

async function watch(t, way, protocol, { speed = 1, settleMs = kSettleMs }) {
  await sleep(settleMs);
  await tries(kTries, async () => {
    const [silentBefore, began] = [silentMs(await node.metrics()), Date.now()];
    const look = { ...kPicture, seconds: kPatience * kWatchS, most: (1000 * kWatchS) / kPictureMs };
    const figures = figuresOf(await lookAtHls(await node.url('/hls/main/index.m3u8'), look), kPictureMs);
    const { pictures, missing, unread, off_grid, late_ms, sound_ms } = figures;
    const late = protocol === 'files' || speed < 1 ? '-' : percentile(late_ms, 50).toFixed(0); // a file's pictures are old
    const apart = percentile(sound_ms, 50);
    const [silent, watchedMs] = [silentMs(await node.metrics()) - silentBefore, Date.now() - began];
    const row = [way, pictures, missing, unread, late, apart.toFixed(1), sound_ms.length, silent.toFixed(0)];
    t.diagnostic(`${pictures} pictures, ${missing} missing, ${unread} unread, ${off_grid} off the grid; ` +
      `${late} ms late, sound ${apart.toFixed(1)} ms after the picture by ${sound_ms.length} beeps, ${silent.toFixed(0)} ms without sound`);
    assert.ok(pictures > (kWatchS * 1000) / kPictureMs / 2, `${pictures} pictures`);
    assert.equal(off_grid, 0, 'every picture is on the grid');
    assert.ok(unread / pictures < kMostUnread, `${unread} of ${pictures} without a marker`);
    assert.ok(sound_ms.length >= kFewestBeeps * speed, `${sound_ms.length} beeps`);
    assert.ok(silent / watchedMs < 1 - speed + kMostSilent, `${silent} ms of ${watchedMs} without sound`);
    assert.ok(Math.abs(apart) <= kMostApartMs, `sound is ${apart} ms from its picture`);
    seen.push(row);
  });
}

for (const [way, [protocol, begin, special = {}]] of Object.entries(kWays)) {
  if (!chosen.test(way)) continue;
  test(way, { timeout: 200_000 }, async (t) => {
    let sender;
    try {
      sender = await begin();
      await comesIn(protocol, sender);
      await watch(t, way, protocol, special);
    } catch (error) {
      seen.push([way, error.message.split('\n')[0].slice(0, 60), '', '', '', '', '', '']);
      throw error;
    } finally {
      await pullNothing();
      try {
        await sender?.stop();
      } finally {
        for (const child of running.splice(0)) await ended(child); // of one that could not begin, too
        await free();
      }
    }
    assert.doesNotMatch(node.log, new RegExp(`${kKey}|${kPassphrase}`), 'the log has no secret');
  });
}

const others = { timeout: 90_000, skip: chosen.source !== '(?:)' && 'one way was asked for' };

test('the health of an SRT feed; another ingest has the port', others, async () => {
  const sender = await passOn('mpegts', `${await toSrt('written_out')}&pkt_size=1316`);
  await comesIn('srt', sender);
  const look = await console_();
  const last = await until('its health in the console', async () => {
    const { kbps, round_trip_ms, lost_percent } = await look('channels/main/history');
    const newest = { kbps: kbps.at(-1), roundTrip: round_trip_ms.at(-1), lost: lost_percent.at(-1) };
    return newest.kbps && newest.lost !== null && newest;
  });
  assert.ok(last.kbps > 100 && last.roundTrip < 100 && last.lost < 5, JSON.stringify(last));
  const metrics = await node.metrics();
  const roundTrip = Number(/^longmen_feed_round_trip_seconds\{[^}]*channel="main",input="primary"[^}]*\} (\S+)$/m.exec(metrics)[1]);
  assert.ok(roundTrip > 0 && roundTrip < 1, `${roundTrip}`);
  assert.match(metrics, /longmen_feed_path_packets_total\{[^}]*what="received"[^}]*\} [1-9]/);

  const { pid } = await node.role('ingest');
  process.kill(pid, 'SIGKILL');
  await until('another ingest', async () => {
    const now = await node.role('ingest');
    return now?.state === 'ready' && now.pid !== pid;
  });
  await sender.stop();
  const again = await passOn('mpegts', await toSrt('key'));
  await comesIn('srt', again);
  await again.stop();
  await free();
});

test('the path of an RTSP feed; a key that is revoked ends it', others, async () => {
  const sender = await passOn('rtsp', `rtsp://main:${kKey}@127.0.0.1:${(await ports()).rtsp}/main`, ['-rtsp_transport', 'udp']);
  await comesIn('rtsp', sender);
  await until('packets are counted', async () =>
    /longmen_feed_path_packets_total\{[^}]*what="received"[^}]*\} [1-9]/.test(await node.metrics()));
  await sender.stop();
  await free();
  const revoked = await passOn('flv', `rtmps://127.0.0.1:${(await ports()).rtmps}/live/${kKey}`);
  await comesIn('rtmps', revoked);
  await node.reload((text) => text.replace(`["${kKey}"]`, '["another-key-0123456789"]'));
  await until('the sender is cut', () => revoked.ffmpeg.exitCode !== null, { timeoutMs: 15_000 });
  await free();
  await revoked.stop();
});
