#!/usr/bin/env node
// What a flood of junk costs those who watch: `longmen load` watches a node twice, first in peace,
// then while bench/junk_sender.py floods the relay's port, from the middle of the joins to the end;
// prints what the viewers lost each time, what the flood cost the relay, and what the relay made of
// it. Judges nothing. With --rate 0 it is a crowd without a flood, twice.
//   node bench/junk_flood.mjs [--viewers 500] [--seconds 15] [--joins-per-second 100]
//     [--rate 50000]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kBinary, sleep } from '../tests/e2e/support/node.mjs';
import { run, startRecordedNode } from './support/recorded_node.mjs';

const kServerProcessor = '0';
const kClientProcessor = '1'; // of the load client and the flood

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '15' },
    'joins-per-second': { type: 'string', default: '100' },
    rate: { type: 'string', default: '50000' },
  },
});
const ramp = Number(values.viewers) / Number(values['joins-per-second']);

async function metrics(node) {
  return (await fetch(await node.url('/metrics'))).text();
}

async function metric(node, pattern) {
  return Number((await metrics(node)).match(pattern)?.[1]);
}

async function dropped(node) {
  const text = await metrics(node);
  const found = text.matchAll(/^longmen_dropped_total\{.*?reason="(\w+)".*?\} (\S+)$/gm);
  return new Map([...found].map(([, reason, count]) => [reason, Number(count)]));
}

async function watch(node, pid, flood) {
  const file = join(node.dataDir, 'load.json');
  const args = ['load', await node.url('/whep/main'), '--pids', String(pid), '--json', file];
  args.push('--viewers', values.viewers, '--joins-per-second', values['joins-per-second']);
  args.push('--seconds', values.seconds);
  const load = run('taskset', ['-c', kClientProcessor, kBinary, ...args], 'ignore');
  let sent;
  if (flood) {
    // Then there are viewers in whose name junk can be sent.
    await sleep((ramp * 1000) / 2);
    const { udp0 } = (await node.status()).ports;
    const seconds = String(ramp / 2 + Number(values.seconds) + 1);
    const options = ['--port', String(udp0), '--rate', values.rate, '--seconds', seconds];
    const child = spawn(
      'taskset',
      ['-c', kClientProcessor, 'python3', 'bench/junk_sender.py', ...options],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.on('data', (piece) => (text += piece));
    await once(child, 'close');
    sent = JSON.parse(text);
  }
  await load;
  return { ...JSON.parse(readFileSync(file, 'utf8')), sent };
}

function tell(name, { joins, media, server }) {
  const rate = media.media_seconds_per_second;
  const parts = [
    `${joins.joined} of ${joins.asked} joined`,
    `lost ${media.lost} of ${media.expected} packets (${media.loss_percent.toFixed(4)} %)`,
    `media seconds a second ${rate.min.toFixed(3)} to ${rate.max.toFixed(3)}`,
    `freezes over 200 ms ${media.freezes_200_ms}`,
    `relay ${((100 * server.cpu_seconds) / media.seconds).toFixed(0)} % of a core`,
  ];
  console.log(`${name}: ${parts.join('; ')}`);
}

const node = await startRecordedNode();
try {
  const { pid } = await node.role('relay');
  await run('taskset', ['-a', '-p', '-c', kServerProcessor, String(pid)], 'ignore');
  const peace = await watch(node, pid, false);
  tell('in peace', peace);
  const before = await dropped(node);
  const flooded = await watch(node, pid, true);
  tell('flooded', flooded);
  console.log(`junk: ${JSON.stringify(flooded.sent)}`);
  const after = await dropped(node);
  const [handshaking, joins] = await Promise.all([
    metric(node, /^longmen_relay_handshaking_seconds_total\S* (\S+)$/m),
    metric(node, /^longmen_viewer_joins_total\{.*?result="ok".*?\} (\S+)$/m),
  ]);
  console.log(`handshakes: ${((1000 * handshaking) / joins).toFixed(2)} ms of the shard each`);
  const counts = [...after].map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)]);
  console.log('dropped, by reason:');
  for (const [reason, count] of counts.filter(([, count]) => count > 0))
    console.log(`  ${reason.padEnd(24)}${count}`);
  const added = flooded.media.loss_percent - peace.media.loss_percent;
  console.log(`loss that the flood added: ${added.toFixed(4)} %`);
} finally {
  await node.remove();
}
