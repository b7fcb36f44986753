// A node whose only channel loops a recording of the test programme in the place of its slate: a
// source like any other to the relay, and no encoder runs beside it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kBinary } from '../../tests/e2e/support/node.mjs';
import { ServedNode } from '../../tests/e2e/support/served_node.mjs';

// The ladder of config/longmen.toml: the channel of ServedNode has the defaults.
const kChannel = {
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
};

// The exit code.
export async function run(command, args, stdio = 'inherit') {
  const [code] = await once(spawn(command, args, { stdio }), 'exit');
  return code;
}

export async function startRecordedNode() {
  const node = await ServedNode.start();
  try {
    // The slate is read from its file: the programme takes the card's place.
    const slates = join(node.dataDir, 'slates');
    const [slate] = readdirSync(slates).filter((name) => !name.endsWith('.json'));
    await node.stop();
    const description = join(node.dataDir, 'bench.json');
    writeFileSync(description, JSON.stringify([kChannel]));
    const out = join(slates, slate);
    const how = ['--test-programme', '--channel-json', description, '--out', out];
    await run(kBinary, ['make-slate', ...how]);
    node.launch();
    await node.ready();
    return node;
  } catch (problem) {
    await node.remove();
    throw problem;
  }
}
