// What a recording has, read from its folder as it is on the disk: the parts that are missing in its
// indexes (core/recording/recorded_segment.h has their form), and whether its manifest tells the truth
// about what is served.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const kRecordHeaderBytes = 12;
const kPartsBegin = 60; // in a record's body
const kSlatesBelow = 2n ** 32n; // generations
export const kPartMs = 200;

// By media sequence: {slate, parts: [whether it is there]}.
function readIndex(bytes) {
  const segments = new Map();
  for (let at = 0; at + kRecordHeaderBytes <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const body = bytes.subarray(at + kRecordHeaderBytes, at + kRecordHeaderBytes + size);
    if (body.length < size) break; // torn
    let position = kPartsBegin;
    const parts = Array.from({ length: body[3] }, () => {
      const there = body.readUInt32BE(position + 8) > 0;
      position += there ? 18 + 4 * body[position + 17] : 12;
      return there;
    });
    segments.set(Number(body.readBigInt64BE(4)), { slate: body.readBigUInt64BE(12) < kSlatesBelow, parts });
    at += kRecordHeaderBytes + size;
  }
  return segments;
}

// By rendition: {segments, missing: [{at (ms since 1970, of the segment), ms (that it lasts), parts}], slate
// (parts that show one)}; what is missing before the first part and behind the last one is not counted.
export async function readRecording(folder) {
  const renditions = {};
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.index'))) {
    const segments = readIndex(await readFile(join(folder, file)));
    const numbers = [...segments.keys()].sort((a, b) => a - b);
    const inSegment = segments.get(numbers[0])?.parts.length ?? 0;
    const ms = inSegment * kPartMs;
    const missing = [];
    let slate = 0;
    for (let number = numbers[0]; number <= numbers.at(-1); number++) {
      const { parts = [], slate: isSlate = false } = segments.get(number) ?? {};
      const first = number === numbers[0] ? parts.indexOf(true) : 0;
      const behind = number === numbers.at(-1) ? parts.lastIndexOf(true) + 1 : inSegment;
      const there = parts.slice(first, behind).filter(Boolean).length;
      if (there < behind - first) missing.push({ at: number * ms, ms, parts: behind - first - there });
      if (isSlate) slate += there;
    }
    renditions[file.slice(0, -'.index'.length)] = { segments: numbers.length, missing, slate };
  }
  return renditions;
}

// Every segment that the manifest names is served with the bytes of which it has the SHA-256; their number.
export async function checkManifest(http, id) {
  const replay = `${http}replay/${id}/`;
  const { renditions } = await (await fetch(`${replay}manifest.json`)).json();
  let count = 0;
  for (const { name, segments } of renditions) {
    for (const segment of segments) {
      const bytes = Buffer.from(await (await fetch(`${replay}${name}/${segment.name}`)).arrayBuffer());
      assert.equal(createHash('sha256').update(bytes).digest('hex'), segment.sha256, `${name}/${segment.name}`);
      count++;
    }
  }
  return count;
}
