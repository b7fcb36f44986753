#!/usr/bin/env node
// What a flood of junk costs those who watch: `longmen load` watches a node twice, first in peace,
// then while bench/junk_sender.py floods the relay's port, from the middle of the joins to the end;
// prints what the viewers lost each time, which joins broke, what the flood cost the relay, and
// what the relay made of it. Judges nothing. With --rate 0 it is a crowd without a flood, twice.
//   node bench/junk_flood.mjs [--viewers 500] [--seconds 15] [--joins-per-second 100]
//     [--rate 50000]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { sleep } from '../tests/e2e/support/node.mjs';
import { kClientProcessor, ProgrammeNode } from './support/programme_node.mjs';

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '15' },
    'joins-per-second': { type: 'string', default: '100' },
    rate: { type: 'string', default: '50000' },
  },
});
const ramp = Number(values.viewers) / Number(values['joins-per-second']);

async function metric(node, pattern) {
  return Number((await node.served.metrics()).match(pattern)?.[1]);
}

async function dropped(node) {
  const text = await node.served.metrics();
  const found = text.matchAll(/^longmen_dropped_total\{.*?reason="(\w+)".*?\} (\S+)$/gm);
  return new Map([...found].map(([, reason, count]) => [reason, Number(count)]));
}

async function watch(node, flood) {
  const load = node.load({
    viewers: values.viewers,
    seconds: values.seconds,
    'joins-per-second': values['joins-per-second'],
    rendition: '',
    full: 4,
  });
  let sent;
  if (flood) {
    // Then there are viewers in whose name junk can be sent; those who join later are found, too.
    await sleep((ramp * 1000) / 2);
    const { udp0 } = (await node.served.status()).ports;
    const seconds = String(ramp / 2 + Number(values.seconds) + 1);
    const options = ['--port', String(udp0), '--rate', values.rate, '--seconds', seconds];
    const child = spawn(
      'taskset',
      ['-c', String(kClientProcessor), 'python3', 'bench/junk_sender.py', ...options],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.on('data', (piece) => (text += piece));
    await once(child, 'close');
    sent = JSON.parse(text);
  }
  return { ...(await load), sent };
}

// By reason, of a report of `longmen load`.
const lostLater = ({ lost_later }) =>
  Object.values(lost_later).reduce((sum, count) => sum + count, 0);

function reasons({ failures, lost_later }) {
  const all = [...Object.entries(failures), ...Object.entries(lost_later)];
  return all.length ? ` (${all.map(([reason, count]) => `${count} ${reason}`).join(', ')})` : '';
}

function tell(name, { joins, media, server }) {
  const rate = media.media_seconds_per_second;
  const parts = [
    `${joins.joined} of ${joins.asked} joined`,
    `broken joins ${joins.failed + lostLater(joins)}${reasons(joins)}`,
    `lost ${media.lost} of ${media.expected} packets (${media.loss_percent.toFixed(4)} %)`,
    `media seconds a second ${rate.min.toFixed(3)} to ${rate.max.toFixed(3)}`,
    `freezes over 200 ms ${media.freezes_200_ms}`,
    `relay ${((100 * server.cpu_seconds) / media.seconds).toFixed(0)} % of a core`,
  ];
  console.log(`${name}: ${parts.join('; ')}`);
}

const node = await ProgrammeNode.start();
try {
  const peace = await watch(node, false);
  tell('in peace', peace);
  const before = await dropped(node);
  const flooded = await watch(node, true);
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
