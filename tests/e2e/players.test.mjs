// Foreign senders and foreign players: ffmpeg and GStreamer send by RTMP whatever a studio may have,
// aiortc and GStreamer's webrtcbin play it by WHEP. What counts is what came out of their decoders.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Node, tries, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kPython = '/usr/bin/python3'; // Debian's, which has aiortc and gi
const kPlayers = ['whep_aiortc.py', 'whep_webrtcbin.py'];
const kSeconds = 4;

let node;
before(async () => (node = await Node.start({ testFeed: false })), { timeout: 120_000 });
after(() => node?.stop());

const player = (name) => fileURLToPath(new URL(`../interop/${name}`, import.meta.url));

// What the player saw: the last line that it prints is JSON.
function play(name, { query = '', seconds = kSeconds, url = `${node.http}whep/main${query}` } = {}) {
  return new Promise((resolve, reject) => {
    execFile(kPython, [player(name), url, '--seconds', String(seconds)], { timeout: 60_000 },
      (error, stdout, stderr) => {
        const last = stdout.trim().split('\n').at(-1);
        try {
          resolve(JSON.parse(last));
        } catch {
          reject(new Error(`${name}: ${error}\n${stdout}\n${stderr}`));
        }
      });
  });
}

// A sender that is ended by its own pid; `ended` resolves with its exit code and words.
function sender(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (words = (words + text).slice(-20_000)));
  const ended = once(child, 'exit').then(([code]) => ({ code, words }));
  return { ended, stop: async () => (child.kill('SIGKILL'), await ended) };
}

const rtmp = (key = node.addresses.stream_key) => `${node.addresses.rtmp}/${key}`;

function ffmpeg({ size = '640x360', fps = '30', video = [], audio = ['-f', 'lavfi', '-i', 'sine=440'],
  encode = ['-c:a', 'aac'], url = rtmp() } = {}) {
  return sender('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-re',
    '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}`, ...audio,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30', ...video, ...encode, '-t', '60', '-f', 'flv', url]);
}

const onAir = async () => (await node.status()).on_air.find((c) => c.channel === 'main')?.source;
const isOnAir = (source) => until(`${source} on air`, async () => (await onAir()) === source, { timeoutMs: 20_000 });

test('an idle channel plays its slate', { timeout: 60_000 }, async () => {
  await isOnAir('slate');
  const seen = await play('whep_webrtcbin.py');
  assert.ok(seen.video_frames > 20 * kSeconds, JSON.stringify(seen));
  assert.ok(seen.audio_frames > 0, JSON.stringify(seen));
});

for (const name of kPlayers) {
  test(`${name} plays what ffmpeg sends`, { timeout: 90_000 }, async () => {
    const feed = ffmpeg({ size: '1280x720' });
    try {
      await isOnAir('live');
      // By name: left to itself, the relay begins with what surely fits the link.
      const seen = await play(name, { query: '?rendition=720p' });
      assert.ok(seen.video_frames > 24 * kSeconds, JSON.stringify(seen));
      assert.deepEqual([seen.width, seen.height], [1280, 720]);
      assert.ok(seen.audio_frames > 0, JSON.stringify(seen));
      const small = await play(name, { query: '?rendition=360p', seconds: 2 });
      assert.deepEqual([small.width, small.height], [640, 360]);
    } finally {
      await feed.stop();
    }
  });
}

// Plays until the pictures come at that rate; a busy machine may spoil some tries.
const playsAt = (fps, tolerance, options) =>
  tries(3, async () => {
    const seen = await play('whep_webrtcbin.py', options);
    assert.ok(Math.abs(seen.steady_fps - fps) < tolerance, JSON.stringify(seen));
    return seen;
  });

const kFeeds = {
  '25 fps with B-frames': { fps: '25', video: ['-bf', '2', '-preset', 'veryfast'] },
  '29.97 fps, mono, 44.1 kHz': { fps: '30000/1001', encode: ['-c:a', 'aac', '-ac', '1', '-ar', '44100'] },
  '50 fps': { fps: '50' },
  '60 fps at an odd size': { fps: '60', size: '634x358' },
  'no sound': { audio: [], encode: [] },
};
for (const [name, options] of Object.entries(kFeeds)) {
  test(`a feed of ${name} is a picture of 30 fps`, { timeout: 90_000 }, async () => {
    const feed = ffmpeg(options);
    try {
      await isOnAir('live');
      const seen = await playsAt(30, 1.5);
      assert.deepEqual([seen.width, seen.height], [1280, 720]);
      assert.ok(seen.audio_frames > 0, 'silence is sound, too');
    } finally {
      await feed.stop();
    }
  });
}

test('a wrong key is refused with words, and nothing goes on air', { timeout: 60_000 }, async () => {
  const { code, words } = await ffmpeg({ url: rtmp('wrong-key-wrong-key') }).ended;
  assert.notEqual(code, 0);
  assert.doesNotMatch(words, /Connection refused/);
  const metrics = await (await fetch(`${node.http}metrics`)).text();
  assert.match(metrics, /longmen_ingest_refused_total\{[^}]*reason="wrong_key"[^}]*\} [1-9]/);
});

test('GStreamer sends, too', { timeout: 60_000 }, async () => {
  const feed = sender('gst-launch-1.0', ['-q', 'videotestsrc', 'is-live=true', '!',
    'video/x-raw,width=640,height=360,framerate=30/1', '!', 'x264enc', 'tune=zerolatency',
    'speed-preset=ultrafast', 'key-int-max=30', '!', 'h264parse', '!', 'flvmux', 'streamable=true', '!',
    'rtmp2sink', `location=${rtmp()}`]);
  try {
    await isOnAir('live');
    const seen = await play('whep_webrtcbin.py', { seconds: 2 });
    assert.ok(seen.video_frames > 40, JSON.stringify(seen));
  } finally {
    await feed.stop();
  }
});

// A node as configured: a channel of 25 pictures a second, and the largest ladder that there may be.
const kChannels = {
  pal: { fps: 25, video: [[640, 360, 500]], tolerance: 1.5 },
  hd: { fps: 60, video: [[1920, 1080, 6000], [640, 360, 800]], tolerance: 20 }, // no core to itself here
};
const channelToml = ([id, { fps, video }]) => `
[[channel]]
id = "${id}"
frames_per_second = ${fps}
stream_keys = ["key-of-${id}-0123"]
${video.map(([width, height, kbps]) => `[[channel.video]]
name = "${height}p"
width = ${width}
height = ${height}
bitrate_kbps = ${kbps}
`).join('')}`;

test('channels of 25 fps, and of 1080p at 60 fps, as the configuration names them', { timeout: 150_000 }, async (t) => {
  const served = await ServedNode.start({
    more: Object.entries(kChannels).map(channelToml).join(''),
    relay: '',
  });
  try {
    const { rtmp, http } = (await served.status()).ports;
    for (const [id, { fps, video: [[width, height]], tolerance }] of Object.entries(kChannels)) {
      const feed = ffmpeg({ fps: '30', url: `rtmp://127.0.0.1:${rtmp}/live/key-of-${id}-0123` });
      try {
        await until(`${id} is live`, async () =>
          (await served.status()).on_air.some((c) => c.channel === id && c.source === 'live'), { timeoutMs: 20_000 });
        const seen = await playsAt(fps, tolerance, { url: `http://127.0.0.1:${http}/whep/${id}?rendition=${height}p` });
        t.diagnostic(`${id}: ${seen.width}x${seen.height}, ${seen.steady_fps} pictures a second`);
        assert.deepEqual([seen.width, seen.height], [width, height]);
      } finally {
        await feed.stop();
      }
    }
  } finally {
    await served.remove();
  }
});
