// A real sender whose sound is on the left alone, soft, with bursts at full scale; and ffmpeg's own
// measurement of what a viewer of HLS hears: both sides, at the channel's loudness, below the ceiling.
// Levelling and mapping are changed on air, and nobody is cut off.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kPatience = { timeoutMs: 20_000, everyMs: 100 };
const kSlackLu = 1;
// What a codec adds to a peak that the limiter has kept below -1 dBTP.
const kCodecDb = 0.5;

let node, sender, cookie;

before(async () => {
  node = await ServedNode.start({ more: `
[channel.sound]
target_lufs = -24
primary_mapping = "left"
[[channel.video]]
name = "180p"
width = 320
height = 180
bitrate_kbps = 200
` });
  const { ports } = await node.status();
  // 1 kHz at -30 dBFS, which on both sides is -30 LUFS, and half a period near full scale every four
  // seconds: what the limiter takes of it is too little to be heard as softer.
  const left = '0.0316*sin(2*PI*1000*t)+0.9*sin(2*PI*1000*t)*lt(mod(t\\,4)\\,0.0005)';
  sender = spawn('ffmpeg', ['-v', 'error', '-re',
    '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30',
    '-f', 'lavfi', '-i', `aevalsrc=${left}|0:s=48000`,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '30', '-b:v', '300k',
    '-c:a', 'aac', '-b:a', '192k', '-f', 'flv', `rtmp://127.0.0.1:${ports.rtmp}/live/test-key-0123456789`,
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  const link = /studio\/link#([\w-]+)/.exec(node.log)[1];
  const entered = await send('POST', 'links/redeem', { token: link, name: 'li', password: 'correct horse battery' });
  cookie = entered.headers.get('set-cookie').split(';')[0];
}, { timeout: 60_000 });

after(async () => {
  if (sender && sender.exitCode === null) {
    const gone = once(sender, 'exit');
    sender.kill('SIGKILL');
    await gone;
  }
  await node?.remove();
});

const send = async (method, path, body) => fetch(await node.url(`/api/v1/${path}`), {
  method,
  headers: { 'Content-Type': 'application/json', 'X-Longmen-Request': '1', 'If-Match': '*', ...(cookie && { Cookie: cookie }) },
  body: body && JSON.stringify(body),
});
const sound = async () => (await (await send('GET', 'studio/channels/main/sound')).json()).sound;
const change = async (rules) => {
  const answer = await send('PATCH', 'channels/main/settings', { sound: rules });
  assert.equal(answer.status, 200, await answer.text());
};
const isAround = (lufs, wanted) => lufs !== null && Math.abs(lufs - wanted) <= kSlackLu;
const becomes = (what, is) => until(what, async () => {
  const now = await sound();
  return now && is(now) && now;
}, kPatience);
const generation = async () => (await (await send('GET', 'channels/main')).json()).on_air.generation;

// By ffmpeg, of the newest seconds of HLS: integrated loudness and true peak, and of each side its level.
async function heard(seconds) {
  const filters = '[0:a:0]asplit[a][b];[a]ebur128=peak=true:framelog=verbose[loud];' +
    '[b]astats=measure_perchannel=RMS_level:measure_overall=none[sides]';
  const { stderr } = await promisify(execFile)('ffmpeg', ['-hide_banner', '-nostats', '-live_start_index', '-3',
    '-t', String(seconds), '-i', await node.url('/hls/main/index.m3u8'), '-filter_complex', filters,
    '-map', '[loud]', '-map', '[sides]', '-f', 'null', '-']);
  const figure = (pattern) => [...stderr.matchAll(pattern)].map((match) => Number(match[1]));
  return {
    lufs: figure(/^\s+I:\s+(-?[\d.]+) LUFS/gm).at(-1),
    dbtp: figure(/^\s+Peak:\s+(-?[\d.]+) dBFS/gm).at(-1),
    sides: figure(/RMS level dB: (-?[\d.inf]+)/g),
  };
}

test('sound on the left alone is heard on both sides, as loud as the channel is to be', async (t) => {
  const now = await becomes('the target', ({ short_term_lufs, inputs }) =>
    isAround(short_term_lufs, -24) && inputs[0].gain_db > 1);
  assert.equal(now.inputs[0].mapping, 'left');
  // HLS is seconds behind: what it has newest may still be of when the gain was rising.
  const { lufs, dbtp, sides } = await until('as loud for who watches', async () => {
    const figures = await heard(5);
    return isAround(figures.lufs, -24) && figures;
  }, { timeoutMs: 30_000, everyMs: 100 });
  t.diagnostic(`the input has ${now.inputs[0].short_term_lufs} LUFS and is raised by ${now.inputs[0].gain_db} dB; ` +
    `ffmpeg hears ${lufs} LUFS, ${dbtp} dBTP, sides of ${sides} dB; limited by ${now.limited_by_db} dB`);
  assert.ok(dbtp <= -1 + kCodecDb, `${dbtp} dBTP`);
  assert.ok(now.true_peak_dbtp <= -1, `${now.true_peak_dbtp} dBTP before it is encoded`);
  assert.equal(sides.length, 2);
  assert.ok(Math.abs(sides[0] - sides[1]) < 0.5, `${sides}`);
});

test('another target and mapping are heard at once, and nothing is interrupted', async (t) => {
  const before = await generation();
  await change({ target_lufs: -26, primary_mapping: 'stereo' });
  // The left alone is 3 dB softer.
  const now = await becomes('the other target', ({ short_term_lufs, inputs }) =>
    inputs[0].mapping === 'stereo' && isAround(short_term_lufs, -26));
  t.diagnostic(`raised by ${now.inputs[0].gain_db} dB`);
  await change({ target_lufs: null });
  const off = await becomes('no levelling', ({ short_term_lufs, inputs, target_lufs }) =>
    target_lufs === null && inputs[0].gain_db === 0 && isAround(short_term_lufs, inputs[0].short_term_lufs));
  assert.equal(off.limited_by_db, 0);
  assert.equal(await generation(), before, 'the same streamer, the same generation');
  const metrics = await node.metrics();
  assert.match(metrics, /^longmen_streamer_loudness_lufs\{[^}]*of="primary"[^}]*window="short_term"[^}]*\} -[23]\d/m);
  assert.match(metrics, /^longmen_streamer_levelling_gain_db\{[^}]*input="primary"[^}]*\} 0$/m);
});
