#!/usr/bin/env node
// OBS Studio (Debian's 29) sends to a node, by RTMP and by SRT: without a screen (Xvfb, OpenGL by the processor), with a
// profile and a scene collection in a HOME of its own. Its picture and sound are the test programme, which comes into a
// media source by MPEG-TS, or a file of it that is played again and again. Prints whether it is on air, how many pictures a
// second come in, and what HLS says by the marker: pictures on the grid, missing counters, how late a picture
// is in the programme (with OBS's own part), sound against picture.
// Needs obs-studio, xvfb and ffmpeg.
//   node bench/obs.mjs [--ways rtmp,srt] [--seconds 20] [--source live|file] [--mode advanced|simple] [--record]
//     [--log] [--home DIR]
// --mode simple: OBS's own settings, as somebody who changes nothing has them. --record: by RTMP, what OBS sends passes
// an ffmpeg that keeps it, and sound against picture is told of that, too. --home: kept, to look at.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { percentile, silentMs } from '../tests/e2e/support/figures.mjs';
import { freeTcpPort, freeUdpPort } from '../tests/e2e/support/free_port.mjs';
import { figuresOf, lookAtHls } from '../tests/e2e/support/hls_look.mjs';
import { kBinary, sleep, until } from '../tests/e2e/support/node.mjs';
import { ServedNode } from '../tests/e2e/support/served_node.mjs';
import { figureLine } from './support/figures.mjs';

const { values } = parseArgs({
  options: {
    ways: { type: 'string', default: 'rtmp,srt' },
    seconds: { type: 'string', default: '20' },
    source: { type: 'string', default: 'live' },
    mode: { type: 'string', default: 'advanced' },
    record: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    home: { type: 'string' },
  },
});
const kSeconds = Number(values.seconds);
const kKey = 'test-key-0123456789';
const kPicture = { width: 640, height: 360 };
const kFps = 25;
const kFileS = 20;
const kUpMs = 90_000; // OpenGL by the processor
const kSettleMs = 4_000;
const kVersion = (29 << 24) | 2; // whose welcome and news have been seen

const children = [];
function run(program, words, options = {}) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true, ...options });
  child.words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (child.words = (child.words + text).slice(-200_000)));
  }
  children.push(child);
  return child;
}
const over = (child) => child.exitCode !== null || child.signalCode !== null;
async function end(child, signal = 'SIGTERM', patienceMs = 3_000) {
  if (over(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(patience);
}

// An ffmpeg that passes on what is sent to it by RTMP.
async function passOn(...to) {
  const port = await freeTcpPort();
  const [server, key] = [`rtmp://127.0.0.1:${port}/live`, 'key'];
  const ffmpeg = run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-listen', '1', '-i', `${server}/${key}`, '-c', 'copy', '-flush_packets', '1', ...to]);
  const listening = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  await until('the ffmpeg between', async () => (await readFile('/proc/net/tcp', 'utf8')).includes(listening), { timeoutMs: 30_000 });
  return { ffmpeg, server, key };
}

// The test programme.
async function programme(...to) {
  const { ffmpeg, server, key } = await passOn(...to);
  const feed = run(kBinary, ['test-feed', '--url', `${server}/${key}`, '--size', `${kPicture.width}x${kPicture.height}`, '--fps', String(kFps)]);
  return { ffmpeg, feed };
}

// What a media source of OBS plays, as its settings say it.
async function material(folder) {
  const source = { hw_decode: false, clear_on_media_end: false, close_when_inactive: false, restart_on_activate: false };
  if (values.source === 'file') {
    const path = join(folder, 'talk.mp4');
    const { ffmpeg, feed } = await programme('-t', String(kFileS), path);
    await until('the file', () => over(ffmpeg), { timeoutMs: 1000 * kFileS + 30_000 });
    await end(feed);
    return { ...source, is_local_file: true, local_file: path, looping: true };
  }
  const port = await freeUdpPort();
  await programme('-f', 'mpegts', `udp://127.0.0.1:${port}?pkt_size=1316`);
  return { ...source, is_local_file: false, input: `udp://127.0.0.1:${port}`, input_format: 'mpegts', buffering_mb: 1, reconnect_delay_sec: 1 };
}

const ini = (tables) => Object.entries(tables)
  .map(([name, keys]) => `[${name}]\n${Object.entries(keys).map(([key, value]) => `${key}=${value}\n`).join('')}\n`).join('');

// What OBS finds in its HOME: a profile, a scene with one source, and no question to ask anybody.
async function furnish(home, service, source) {
  const obs = join(home, '.config/obs-studio');
  const profile = join(obs, 'basic/profiles/bench');
  await mkdir(profile, { recursive: true });
  await mkdir(join(obs, 'basic/scenes'), { recursive: true });
  const names = { Profile: 'bench', ProfileDir: 'bench', SceneCollection: 'bench', SceneCollectionFile: 'bench' };
  await writeFile(join(obs, 'global.ini'), ini({ General: { FirstRun: true, LastVersion: kVersion }, Basic: names }));
  const { width, height } = kPicture;
  await writeFile(join(profile, 'basic.ini'), ini({
    General: { Name: 'bench' },
    Video: { BaseCX: width, BaseCY: height, OutputCX: width, OutputCY: height, FPSType: 1, FPSInt: kFps },
    Audio: { SampleRate: 48000, ChannelSetup: 'Stereo' },
    Output: { Mode: values.mode === 'simple' ? 'Simple' : 'Advanced', Reconnect: true, RetryDelay: 2 },
    SimpleOutput: { VBitrate: 1500, ABitrate: 128, StreamEncoder: 'x264' },
    AdvOut: { Encoder: 'obs_x264', TrackIndex: 1, Track1Bitrate: 128 },
  }));
  // As the README advises.
  const encoder = { rate_control: 'CBR', bitrate: 1500, keyint_sec: 1, preset: 'veryfast', tune: 'zerolatency' };
  await writeFile(join(profile, 'streamEncoder.json'), JSON.stringify(encoder));
  await writeFile(join(profile, 'service.json'), JSON.stringify({ type: 'rtmp_custom', settings: { use_auth: false, bwtest: false, ...service } }));
  const whole = { pos: { x: 0, y: 0 }, scale: { x: 1, y: 1 }, bounds_type: 2, bounds: { x: width, y: height } };
  await writeFile(join(obs, 'basic/scenes/bench.json'), JSON.stringify({
    name: 'bench', current_scene: 'Scene', current_program_scene: 'Scene', scene_order: [{ name: 'Scene' }],
    sources: [
      { id: 'ffmpeg_source', versioned_id: 'ffmpeg_source', name: 'Talk', enabled: true, muted: false, volume: 1, mixers: 255, settings: source },
      { id: 'scene', versioned_id: 'scene', name: 'Scene', enabled: true,
        settings: { id_counter: 1, items: [{ name: 'Talk', id: 1, visible: true, align: 5, bounds_align: 0, ...whole }] } },
    ],
  }));
}

async function screen() {
  const xvfb = run('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '+extension', 'GLX', '-nolisten', 'tcp']);
  let number = '';
  xvfb.stdio[3].setEncoding('utf8').on('data', (text) => (number += text));
  await until('Xvfb', () => number.includes('\n'), { timeoutMs: 30_000 });
  return `:${number.trim()}`;
}

const feedOfNode = async () => (await node.status())?.feeds.find(({ channel }) => channel === 'main');
const onAir = /^longmen_on_air\{[^}]*channel="main"[^}]*source="live"[^}]*\} 1$/m;
const framesIn = async () =>
  Number(/^longmen_feed_frames_total\{[^}]*channel="main",input="primary"[^}]*kind="video"[^}]*\} (\S+)$/m.exec(await node.metrics())?.[1] ?? NaN);

async function logOf(home) {
  const folder = join(home, '.config/obs-studio/logs');
  const [name] = (await readdir(folder).catch(() => [])).sort().slice(-1);
  return name ? readFile(join(folder, name), 'utf8') : '';
}

async function drive(way, display, source) {
  const { ports } = await node.status();
  const service = {
    rtmp: { server: `rtmp://127.0.0.1:${ports.rtmp}/live`, key: kKey },
    srt: { server: `srt://127.0.0.1:${ports.srt}?streamid=${kKey}`, key: '' },
  }[way];
  if (!service) throw new Error(`OBS 29 does not send by ${way}`);
  const home = join(values.home ?? folder, way);
  const kept = values.record && way === 'rtmp' && join(folder, 'sent.flv');
  let between;
  if (kept) {
    const { ffmpeg, ...at } = await passOn('-map', '0', '-f', 'tee', `[f=flv]${service.server}/${service.key}|[f=flv]${kept}`);
    between = ffmpeg;
    Object.assign(service, at);
  }
  await furnish(home, service, source);
  const obs = run('obs', ['--startstreaming', '--minimize-to-tray', '--multi', '--disable-missing-files-check',
    '--collection', 'bench', '--profile', 'bench', '--verbose'],
  { env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, '.config'), DISPLAY: display,
    LIBGL_ALWAYS_SOFTWARE: '1', QT_QPA_PLATFORM: 'xcb' } });
  try {
    const began = performance.now();
    await until(`OBS on air by ${way}`, async () => {
      if (over(obs)) throw new Error(`OBS has ended (${obs.exitCode ?? obs.signalCode})`);
      return (await feedOfNode())?.protocol === way && onAir.test(await node.metrics());
    }, { timeoutMs: kUpMs, everyMs: 250 });
    const up = performance.now() - began;
    const { encoder } = await feedOfNode();
    await sleep(kSettleMs);
    const hls = await node.url('/hls/main/index.m3u8');
    await until('the marker', async () => figuresOf(await lookAtHls(hls, { ...kPicture, seconds: 4 }), 1000 / kFps).read > 0, { timeoutMs: 40_000 });
    const [from, before, silent] = [performance.now(), await framesIn(), silentMs(await node.metrics())];
    const seen = figuresOf(await lookAtHls(hls, { ...kPicture, seconds: kSeconds }), 1000 / kFps);
    const fps = ((await framesIn()) - before) / ((performance.now() - from) / 1000);
    const stays = (await feedOfNode())?.protocol === way;
    const { late_ms, sound_ms, ...counted } = seen;
    const late = values.source === 'file' ? {} : { late_ms: percentile(late_ms, 50), late_95_ms: percentile(late_ms, 95) };
    console.log(figureLine(`obs_${way}`, { on_air: stays, up_ms: Math.round(up), encoder: JSON.stringify(encoder ?? ''), fps, ...counted, ...late,
      sound_ms: percentile(sound_ms, 50), sound_95_ms: percentile(sound_ms.map(Math.abs), 95), beeps: sound_ms.length,
      silent_ms: silentMs(await node.metrics()) - silent }));
    if (between) {
      await end(between);
      const sent = figuresOf(await lookAtHls(kept, { ...kPicture, seconds: 60 }), 1000 / kFps);
      console.log(figureLine('obs_sent', { pictures: sent.pictures, read: sent.read, sound_ms: percentile(sent.sound_ms, 50), beeps: sent.sound_ms.length }));
    }
    return true;
  } catch (error) {
    console.log(`obs_${way}: ${error.message}\n${((await logOf(home)) || obs.words).slice(-4000)}\nnode: ${node.log.slice(-1500)}`);
    return false;
  } finally {
    if (values.log) console.log(await logOf(home));
    await end(obs, 'SIGKILL'); // asked politely, it asks back whether it may
    await until('the channel is free', async () => !(await feedOfNode()), { timeoutMs: 30_000 }).catch(() => {});
  }
}

const folder = await mkdtemp(join(tmpdir(), 'longmen-obs-'));
const node = await ServedNode.start({ more: `
frames_per_second = ${kFps}
record = "off"
[[channel.video]]
name = "360p"
width = ${kPicture.width}
height = ${kPicture.height}
bitrate_kbps = 800
` });
let all = true;
try {
  const display = await screen();
  const source = await material(folder);
  for (const way of values.ways.split(',')) all = (await drive(way, display, source)) && all;
} finally {
  for (const child of children.reverse()) await end(child);
  await node.remove();
  await rm(folder, { recursive: true, force: true });
}
process.exit(all ? 0 : 1);
