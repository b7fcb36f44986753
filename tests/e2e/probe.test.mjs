// The measuring instrument itself: the marker's rows, and the figures.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';
import { beepLatency, glassToGlass, longestGap, percentile } from './support/figures.mjs';

function loadProbe() {
  const window = { RTCPeerConnection: class {} };
  const surroundings = {
    window,
    performance,
    setInterval: () => 0,
    OffscreenCanvas: class {
      getContext() {
        return null;
      }
    },
  };
  const source = readFileSync(new URL('support/probe_in_page.js', import.meta.url), 'utf8');
  vm.runInNewContext(source, surroundings);
  return window.probe;
}

const bits = (hex) =>
  [...Buffer.from(hex, 'hex')].flatMap((byte) =>
    Array.from({ length: 8 }, (_, bit) => ((byte >> (7 - bit)) & 1) === 1),
  );

test('a row of the marker is read, and nothing else is taken for one', () => {
  const { readRow } = loadProbe();
  // Counter 0x0123456789ab; the CRC by another implementation, whose check value is 0xf4.
  const row = bits('a50123456789ab3f');
  assert.equal(readRow(row, 0xa5), 0x0123456789ab);
  assert.equal(readRow(row, 0x5a), null);
  assert.equal(readRow([!row[0], ...row.slice(1)], 0xa5), null);
  assert.equal(readRow(row.map((bit, at) => (at === 40 ? !bit : bit)), 0xa5), null);
  assert.equal(readRow(bits('0000000000000000'), 0xa5), null);
});

test('figures', () => {
  assert.equal(percentile([5, 1, 3], 50), 3);
  assert.equal(percentile([1, 2, 3, 4], 95), 4);
  assert.ok(Number.isNaN(percentile([], 50)));
  const frames = [
    { at: 1100, counter: 1, madeAt: 1040 },
    { at: 1133, counter: 1, madeAt: 1040 },
    { at: 1166, counter: null, madeAt: null },
    { at: 1400, counter: 3, madeAt: 1350 },
  ];
  assert.deepEqual(glassToGlass(frames), [60, 50]);
  assert.deepEqual(beepLatency([{ at: 5040 }, { at: 6990 }]), [40, -10]);
  assert.equal(longestGap(frames, 1090, 1500), 234);
  assert.equal(longestGap([], 0, 700), 700);
});
