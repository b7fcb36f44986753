// A log that nobody reads (a stuck journal) holds up no media, no join and no end, and what it costs
// is counted.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { kBinary } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const kStopsWithinMs = 30_000;

// A descriptor of a pipe that is full.
function fullPipe(folder) {
  const path = join(folder, 'log');
  execFileSync('mkfifo', [path]);
  const filler = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const block = Buffer.alloc(4096, 'x\n');
  try {
    for (;;) writeSync(filler, block);
  } catch (error) {
    assert.equal(error.code, 'EAGAIN');
  }
  const pipe = openSync(path, 'r+');
  closeSync(filler);
  return pipe;
}

const folder = mkdtempSync(join(tmpdir(), 'longmen-stuck-'));
let node;
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true });
});

test('with a full pipe for its log a node starts, serves viewers and ends', async () => {
  const pipe = fullPipe(folder);
  node = await ServedNode.start({ log: pipe });
  closeSync(pipe);
  await node.slateOnAir();
  const load = [
    'load', await node.url('/whep/main'), '--viewers', '20', '--joins-per-second', '20',
    '--seconds', '2', '--leaves-per-second', '10', '--full', '2', '--max-loss', '0', '--json', '-',
  ];
  const report = JSON.parse((await promisify(execFile)(kBinary, load)).stdout);
  assert.equal(report.joins.joined, report.joins.asked);
  assert.equal(report.media.lost, 0);
  const metrics = await node.metrics();
  for (const role of ['relay', 'gateway', 'supervisor'])
    assert.match(metrics, new RegExp(`^longmen_log_lines_lost_total\\{[^}]*role="${role}"[^}]*\\} 0$`, 'm'));
  const stopped = node.stop();
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, kStopsWithinMs, 'too late')));
  assert.deepEqual(await Promise.race([stopped, late]), { code: 0, signal: null });
  clearTimeout(timer);
});
