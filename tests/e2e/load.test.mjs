// The load client against a whole node: its figures are those of what a node really does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { isAlive, kBinary, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

let node;
let whep;
before(async () => {
  node = await ServedNode.start();
  whep = await node.url('/whep/main');
  await node.slateOnAir();
});
after(() => node?.remove());

function load(options) {
  return new Promise((resolve) => {
    const child = execFile(kBinary, ['load', ...options], (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr, pid: child.pid }),
    );
  });
}

test('fifty viewers join, lose nothing and play in step with time', async () => {
  const relay = (await node.role('relay')).pid;
  const { code, stdout, stderr } = await load([
    whep, '--viewers', '50', '--joins-per-second', '50', '--seconds', '4', '--full', '3',
    '--feedback-ms', '200', '--pids', String(relay), '--max-loss', '0', '--json', '-',
  ]);
  assert.equal(code, 0, stderr + stdout);
  const report = JSON.parse(stdout);
  assert.equal(report.joins.joined, 50);
  assert.deepEqual(report.joins.failures, {});
  assert.equal(report.joins.keyframe_ms.count, 50);
  assert.equal(report.media.viewers, 50);
  assert.equal(report.media.lost, 0);
  assert.ok(report.media.packets > 50 * 4 * 30, `${report.media.packets} packets`);
  if (report.filter === 'ebpf') {
    const rate = report.media.media_seconds_per_second;
    assert.equal(rate.count, 50);
    assert.ok(rate.min > 0.9 && rate.max < 1.1, JSON.stringify(rate));
    assert.ok(report.client.feedback_sent > 47 * 4, `${report.client.feedback_sent}`);
  }
  assert.equal(report.full.viewers, 3);
  assert.equal(report.full.broken + report.full.undecodable + report.full.not_authentic, 0);
  assert.ok(report.full.frames > 3 * 4 * 25, `${report.full.frames} frames`);
  assert.equal(report.server.processes.length, 1);
  assert.equal(report.server.processes[0].pid, relay);
  await until('everybody has left', async () => (await node.viewers()) === 0);
});

test('viewers come and go, by sound alone, and the classic filter counts too', async () => {
  const { code, stdout, stderr } = await load([
    whep, '--viewers', '10', '--joins-per-second', '50', '--seconds', '3', '--full', '1',
    '--audio-only', '--leaves-per-second', '5', '--classic-filter', '--json', '-',
  ]);
  assert.equal(code, 0, stderr + stdout);
  const report = JSON.parse(stdout);
  assert.equal(report.filter, 'classic');
  assert.equal(report.joins.joined, report.joins.asked);
  assert.ok(report.joins.left >= 10, `${report.joins.left} left`);
  assert.ok(report.media.packets > 10 * 3 * 30, `${report.media.packets} packets`);
  await until('everybody has left', async () => (await node.viewers()) === 0);
});

test('a join that fails is told with its reason', async () => {
  const { code, stdout } = await load([
    `${whep}-that-is-not`, '--viewers', '2', '--seconds', '0', '--json', '-',
  ]);
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(stdout).joins.failures, { 'the answer is HTTP 404': 2 });
});

test('addresses that are not loopback are refused before anything is sent', async () => {
  const { code, stderr } = await load(['http://192.0.2.1:8080/whep/main', '--viewers', '1']);
  assert.equal(code, 2);
  assert.match(stderr, /192\.0\.2\.1.*neither loopback nor in a --lab-network/);
});

test('an interrupted run says what it has, and its viewers leave', async () => {
  const options = [whep, '--viewers', '5', '--seconds', '60', '--json', '-'];
  const child = execFile(kBinary, ['load', ...options]);
  const output = new Promise((resolve) => {
    let text = '';
    child.stdout.on('data', (piece) => (text += piece));
    child.on('exit', () => resolve(text));
  });
  await until('five viewers', async () => (await node.viewers()) === 5);
  child.kill('SIGINT');
  const report = JSON.parse(await output);
  assert.equal(report.interrupted, true);
  assert.ok(!isAlive(child.pid));
  await until('everybody has left', async () => (await node.viewers()) === 0);
});
