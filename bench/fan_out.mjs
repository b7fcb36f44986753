#!/usr/bin/env node
// The relay's fan-out beside its yardstick. A node whose only channel loops the test programme (a
// recorded source: no encoder runs beside it) is watched by `longmen load` from the other
// processor; then the bare loop seals and sends the same packets in the same trains. Prints the
// server's processor time a packet for both, and what the viewers saw; judges nothing.
//   node bench/fan_out.mjs [--viewers 1000] [--seconds 20] [--joins-per-second 100] [--feedback-ms 0]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kBinary, until } from '../tests/e2e/support/node.mjs';
import { ServedNode } from '../tests/e2e/support/served_node.mjs';

const kBareLoop = process.env.LONGMEN_BARE_LOOP ?? 'build/bench/bare_loop_bench';
const kServerProcessor = '0';
const kClientProcessor = '1';

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
    'joins-per-second': { type: 'string', default: '100' },
    'feedback-ms': { type: 'string', default: '0' },
    rendition: { type: 'string', default: '720p' },
  },
});

// The ladder of config/longmen.toml: the channel of ServedNode has the defaults.
const channel = [
  {
    id: 'main',
    name: 'Bench',
    frames_per_second: 30,
    gop_seconds: 1,
    video: [
      { name: '720p', width: 1280, height: 720, bitrate_kbps: 2000 },
      { name: '480p', width: 854, height: 480, bitrate_kbps: 1000 },
      { name: '360p', width: 640, height: 360, bitrate_kbps: 500 },
    ],
    opus_kbps: 96,
    aac_kbps: 128,
    second_publisher: 'refuse',
    key_hashes: [],
    slate_file: '',
  },
];

// The exit code; the node's log is read meanwhile.
async function run(command, args, stdio = 'inherit') {
  const [code] = await once(spawn(command, args, { stdio }), 'exit');
  return code;
}

const node = await ServedNode.start();
try {
  // The slate is read from its file: the programme takes the card's place.
  const slates = join(node.dataDir, 'slates');
  const [slate] = readdirSync(slates).filter((name) => !name.endsWith('.json'));
  await node.stop();
  const description = join(node.dataDir, 'bench.json');
  writeFileSync(description, JSON.stringify(channel));
  const out = join(slates, slate);
  await run(kBinary, ['make-slate', '--test-programme', '--channel-json', description, '--out', out]);
  node.launch();
  await node.ready();
  const { pid } = await node.role('relay');
  await run('taskset', ['-a', '-p', '-c', kServerProcessor, String(pid)], 'ignore');
  const url = await node.url('/whep/main');
  const options = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
  const load = [kBinary, 'load', url, '--pids', String(pid), ...options];
  if ((await run('taskset', ['-c', kClientProcessor, ...load])) !== 0) process.exitCode = 1;
  await node.stop();
  for (const receivers of [[], ['--gro']]) {
    console.log(`\nbare loop ${receivers.join(' ')}`);
    const bare = [kBareLoop, '--slate', out, '--receivers', values.viewers, ...receivers];
    await run('taskset', ['-c', kServerProcessor, ...bare]);
  }
} finally {
  await node.remove();
}
