// Plays a channel's HLS by ffmpeg and reads the marker of its pictures and the beeps of its sound, each with
// its time on the programme's own line: what a machine's load does to a player is not in it.
import { spawn } from 'node:child_process';
import { marked } from './figures.mjs';
import { readMarker } from './marker.mjs';
import { sleep } from './node.mjs';

const kRate = 48_000;
const kBeepHz = 1000;
const kWindow = kRate / 200; // 5 ms, five periods of the beep
const kBeepLevel = 0.05; // of a window's amplitude: a beep has 0.22, what is beside it less than 0.02
const kQuietWindows = 20; // that go before a beep
const kBesideMs = 200;

// `url` may be a file's name, too. {pictures: [{at, counter, madeAt}], beeps: [at]}, `at` in ms; counter and madeAt null where the marker
// cannot be read. Of so many seconds, or until so many pictures are there. Throws with ffmpeg's own words when there
// is no picture.
export async function lookAtHls(url, { width, height, seconds, most = Infinity }) {
  const ffmpeg = spawn('ffmpeg', ['-hide_banner', '-nostats', '-copyts',
    ...(url.includes('.m3u8') ? ['-live_start_index', '-1'] : []), '-i', url,
    '-map', '0:v:0', '-vf', 'settb=1/1000000,showinfo=checksum=0,format=gray', '-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:3',
    '-map', '0:a:0', '-af', 'asettb=1/1000000,ashowinfo,pan=mono|c0=c0', '-f', 'f32le', 'pipe:4'],
  { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'], detached: true });
  const gone = new Promise((done) => ffmpeg.on('close', done));

  let words = '';
  let line = '';
  const pictureTimes = [];
  const soundTimes = []; // {at, samples}
  ffmpeg.stderr.setEncoding('utf8').on('data', (text) => {
    words = (words + text).slice(-2000);
    const lines = (line + text).split('\n');
    line = lines.pop();
    for (const each of lines) {
      const at = Number(/ pts: *(-?\d+)/.exec(each)?.[1]) / 1000;
      if (/_showinfo_.* n: *\d/.test(each)) pictureTimes.push(at);
      else if (/_ashowinfo_.* n:\d/.test(each)) soundTimes.push({ at, samples: Number(/nb_samples:(\d+)/.exec(each)[1]) });
    }
  });
  const markers = [];
  const size = width * height;
  let enough;
  const all = new Promise((done) => (enough = done));
  let rest = Buffer.alloc(0);
  ffmpeg.stdio[3].on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= size) {
      markers.push(readMarker(rest.subarray(0, size), width, height));
      rest = rest.subarray(size);
      if (markers.length >= most) enough();
    }
  });
  const sound = [];
  ffmpeg.stdio[4].on('data', (bytes) => sound.push(bytes));

  await Promise.race([sleep(1000 * seconds), gone, all]);
  ffmpeg.kill('SIGTERM');
  await gone;
  if (markers.length === 0) throw new Error(`${url}: ffmpeg shows no picture: ${words}`);

  const pictures = markers.slice(0, pictureTimes.length)
    .map((marker, n) => ({ at: pictureTimes[n], counter: marker?.counter ?? null, madeAt: marker?.madeAt ?? null }));
  return { pictures, beeps: beeps(Buffer.concat(sound), soundTimes) };
}

// Where 1 kHz begins after a time without it.
function beeps(bytes, times) {
  const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 4 * Math.floor(bytes.length / 4)));
  const found = [];
  let quiet = 0; // windows; what is heard first may have begun before
  let from = 0;
  for (const { at, samples: length } of times) {
    for (let offset = 0; offset + kWindow <= length && from + offset + kWindow <= samples.length; offset += kWindow) {
      if (amplitude(samples.subarray(from + offset, from + offset + kWindow)) < kBeepLevel) {
        quiet++;
        continue;
      }
      if (quiet >= kQuietWindows) found.push(at + (1000 * offset) / kRate);
      quiet = 0;
    }
    from += length;
  }
  return found;
}

function amplitude(window) {
  let [real, imaginary] = [0, 0];
  window.forEach((sample, i) => {
    const turn = (2 * Math.PI * kBeepHz * i) / kRate;
    real += sample * Math.cos(turn);
    imaginary += sample * Math.sin(turn);
  });
  return (2 * Math.hypot(real, imaginary)) / window.length;
}

// How much later than its picture each beep is, in ms: a beep belongs to the full second of the marker's
// clock. Of beeps that have a readable picture beside them.
export function soundAgainstPicture({ pictures, beeps: heard }) {
  const readable = pictures.filter(({ madeAt }) => madeAt !== null);
  return heard.flatMap((at) => {
    const near = readable.reduce((best, each) => (Math.abs(each.at - at) < Math.abs(best?.at - at) || !best ? each : best), null);
    if (!near || Math.abs(near.at - at) > kBesideMs) return [];
    const second = near.madeAt + (at - near.at);
    return [second - 1000 * Math.round(second / 1000)];
  });
}

// Of a look at pictures of `pictureMs`: how many there were, how many of the marker's counters were read and how
// many are missing between them, steps that are no multiple of a picture's time, how long before its place on the
// programme's line each picture was made, and each beep's place against its picture. A file that begins again has
// its counters go back: nothing is missing there.
export function figuresOf(seen, pictureMs) {
  const read = marked(seen.pictures);
  const steps = read.slice(1).map(({ counter }, n) => counter - read[n].counter).filter((step) => step > 0);
  const slots = seen.pictures.slice(1).map(({ at }, n) => (at - seen.pictures[n].at) / pictureMs);
  return {
    pictures: seen.pictures.length,
    unread: seen.pictures.length - read.length,
    read: new Set(read.map(({ counter }) => counter)).size,
    missing: steps.reduce((sum, step) => sum + step - 1, 0),
    off_grid: slots.filter((slot) => slot < 0.9 || Math.abs(slot - Math.round(slot)) > 0.05).length,
    late_ms: read.map(({ at, madeAt }) => at - madeAt),
    sound_ms: soundAgainstPicture(seen),
  };
}
