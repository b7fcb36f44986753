// A file of H.264 whose pictures have closed captions, CEA-608 in the first field, a line a second: ffmpeg's
// pictures with SEI in front that are written here (ATSC A/53 Part 4 §6.2.3; CTA-608-E: roll-up captions).
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const kFps = 30;
const kSlice = 1;
const kIdr = 5;

const withParity = (code) => {
  let ones = 0;
  for (let bits = code; bits; bits >>= 1) ones += bits & 1;
  return ones % 2 === 0 ? code | 0x80 : code;
};

/** What is said in a second. */
export const lineOf = (second) => `LM ${String(second).padStart(5, '0')}`;

// Two characters a picture: roll-up of two lines, carriage return, the last line, the words.
function pairsOf(second) {
  const commands = [[0x14, 0x25], [0x14, 0x2d], [0x14, 0x70]].flatMap((each) => [each, each]); // each twice
  const text = [...lineOf(second)].map((letter) => letter.charCodeAt(0));
  const words = [];
  for (let i = 0; i < text.length; i += 2) words.push([text[i], text[i + 1] ?? 0]);
  return [...commands, ...words];
}

function seiOf(picture) {
  const pair = pairsOf(Math.floor(picture / kFps))[picture % kFps] ?? [0, 0];
  return Buffer.from([0, 0, 0, 1, 0x06, 0x04, 14, 0xb5, 0x00, 0x31, ...Buffer.from('GA94'), 0x03, 0x41, 0xff,
    0xfc, ...pair.map(withParity), 0xff, 0x80]);
}

// In front of each picture's first slice, of which the first bit after the type says that it is (first_mb 0).
function captioned(annexB) {
  const pieces = [];
  let picture = 0, from = 0;
  for (let at = annexB.indexOf('\0\0\x01', 0, 'latin1'); at >= 0; at = annexB.indexOf('\0\0\x01', at + 3, 'latin1')) {
    const type = annexB[at + 3] & 0x1f;
    if ((type !== kSlice && type !== kIdr) || !(annexB[at + 4] & 0x80)) continue;
    const start = annexB[at - 1] === 0 ? at - 1 : at;
    pieces.push(annexB.subarray(from, start), seiOf(picture++));
    from = start;
  }
  return Buffer.concat([...pieces, annexB.subarray(from)]);
}

export async function makeCaptionedFile(folder, { seconds = 180 } = {}) {
  const [plain, file] = [join(folder, 'plain.h264'), join(folder, 'captioned.mp4')];
  await run('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${kFps}`, '-t', `${seconds}`,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-threads', '1', '-g', `${kFps}`, '-f', 'h264', plain]);
  await writeFile(plain, captioned(await readFile(plain)));
  await run('ffmpeg', ['-v', 'error', '-y', '-r', `${kFps}`, '-i', plain, '-f', 'lavfi', '-i', 'sine=440', '-t', `${seconds}`,
    '-c:v', 'copy', '-c:a', 'aac', file]);
  return file;
}
