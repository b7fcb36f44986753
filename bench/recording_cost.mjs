#!/usr/bin/env node
// What recording costs beside being live: four renditions of the test programme (three rungs and AAC), the
// gateway's processor time without and with a session that is recorded, and that of the writer's thread.
// Ends with 1 when a goal is missed.
//   node bench/recording_cost.mjs [--seconds 60 (of each of the two)]
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { sleep, until } from '../tests/e2e/support/node.mjs';
import { judge } from './support/figures.mjs';
import { LiveNode } from './support/live_node.mjs';
import { processorSeconds, threadsNamed } from './support/process_figures.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const kSettleMs = 5_000;
const kRenditions = 4;
const kPartsASecond = 5;

const node = await LiveNode.start();
try {
  const gateway = await node.pidOf('gateway');
  const [writer, ...others] = threadsNamed(gateway, 'recording');
  assert.ok(writer && others.length === 0, 'the gateway has one thread that records');
  const studio = await node.studio();
  await sleep(kSettleMs);
  const without = await percents({ gateway });
  await studio.goLive('what it costs');
  await until('it is recorded', async () => (await fetch(`${node.http}hls/main/rewind.m3u8`)).ok, { timeoutMs: 20_000 });
  await sleep(kSettleMs);
  const before = await written();
  const recorded = await percents({ gateway, writer });
  const parts = (await written()) - before;
  judge('recording', {
    parts,
    parts_a_second: parts / Number(values.seconds),
    writer_percent: recorded.writer,
    gateway_percent_without: without.gateway,
    gateway_percent: recorded.gateway,
    gateway_percent_more: recorded.gateway - without.gateway,
  }, [
    ['writer_percent', '<=', 3],
    ['gateway_percent_more', '<=', 3],
    // What was not written cost nothing.
    ['parts_a_second', '>=', 0.95 * kRenditions * kPartsASecond],
  ]);
} finally {
  await node.stop();
}

// Of one processor, while so many seconds pass.
async function percents({ gateway, writer }) {
  const seconds = () => ({ gateway: processorSeconds(gateway), ...(writer && { writer: processorSeconds(gateway, writer) }) });
  const [from, before] = [performance.now(), seconds()];
  await sleep(1000 * Number(values.seconds));
  const [passed, after] = [(performance.now() - from) / 1000, seconds()];
  return Object.fromEntries(Object.keys(after).map((name) => [name, (100 * (after[name] - before[name])) / passed]));
}

async function written() {
  const metrics = await (await fetch(`${node.http}metrics`)).text();
  return Number(/^longmen_recording_parts_total\{[^}]*result="written"[^}]*\} (\S+)$/m.exec(metrics)[1]);
}
