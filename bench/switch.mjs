#!/usr/bin/env node
// Primary to backup, seen by a viewer: the primary is killed, freezes, goes black, goes silent, or is
// cut while both carry one encoder's pictures. Prints for each the time from the fault to the backup
// on the viewer's screen, how much of it the channel's rule asks for, for how many slots the picture
// stood still, how many frames were lost or repeated (of one encoder), and whether the viewer stayed
// on its connection. Asserts nothing about time.
// At last an operator goes to and fro a hundred times between two ways of one encoder, which sends the
// test programme, while a viewer watches: fails when the viewer had to connect again, when its picture
// stood still, or when sound is not beside its picture, before or after.
//   node bench/switch.mjs [SCENARIO...] [--rounds 3]
// killed, black, frozen, silent, one_encoder, hundred; without any, all.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { launchBrowser, Watched } from '../tests/e2e/support/browser.mjs';
import { freeTcpPort } from '../tests/e2e/support/free_port.mjs';
import { longestGap, marked, percentile } from '../tests/e2e/support/figures.mjs';
import { lookAtHls, soundAgainstPicture } from '../tests/e2e/support/hls_look.mjs';
import { kBinary, sleep, until } from '../tests/e2e/support/node.mjs';
import { Studio } from '../tests/e2e/support/studio.mjs';
import {
  kBackupKey, kPrimaryKey, shown, startNodeOfTwo, startSender, watchColours,
} from '../tests/e2e/support/two_senders.mjs';
import { figureLine, judge, mean } from './support/figures.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true, options: { rounds: { type: 'string', default: '3' } },
});
const kRules = { no_data: 500, black: 1000, frozen: 1000, silent: 1000 };
const kFaultS = 10; // of the sender's own time
const kPatience = { timeoutMs: 30_000, everyMs: 50 };
const kFaults = {
  killed: {},
  black: { picture: `drawbox=color=black:t=fill:enable='gte(t,${kFaultS})'` },
  frozen: { picture: `loop=loop=-1:size=1:start=${kFaultS * 30}` },
  silent: { sound: `volume=volume=0:enable='gte(t,${kFaultS})'` },
};
const kSwitches = 100;
const kSettleMs = 2_500; // of the mapping of time; a switch's report comes with its first picture, at the latest then
const kPicture = { width: 640, height: 360 }; // of the channel, and of what is sent to it
const kGoals = [
  ['switches', '>=', kSwitches], ['joins', '<=', 0], ['new_connections', '<=', 0],
  ['longest_gap_ms', '<=', 1000], ['sound_apart_ms', '<=', 40],
];
const kScenarios = [...Object.keys(kFaults), 'one_encoder', 'hundred'];
const unknown = positionals.find((name) => !kScenarios.includes(name));
if (unknown) throw new Error(`${unknown}: one of ${kScenarios.join(', ')}`);
const chosen = positionals.length ? positionals : kScenarios;

const rules = Object.entries(kRules).map(([name, ms]) => `${name}_ms = ${ms}`).join('\n');
const node = await startNodeOfTwo(`${rules}\nreturn_after_ms = 1000`);
const browser = await launchBrowser();

const seen = (watched) => watched.page.evaluate(() => window.seen);
// "...; the picture stood still for 1 slots, on the same frame", of the last switch to the backup.
function measured() {
  return measuredIn(node.log.split('\n').filter((each) => each.includes('backup on air instead of')).at(-1) ?? '');
}
function measuredIn(line) {
  const stood = /stood still for (\d+) slots/.exec(line)?.[1];
  const jump = /on the same frame/.test(line) ? 0 : /(\d+) frames (lost|repeated)/.exec(line);
  return {
    stood_slots: stood === undefined ? 'none' : Number(stood),
    jump: jump === 0 ? '0' : jump ? `${jump[1]}_${jump[2]}` : 'unknown',
  };
}

async function round(name, senders, fault) {
  await until('the primary is shown', async () => (await shown(node)) === 'primary', kPatience);
  const watched = await Watched.open(browser, await node.url('/screen?channel=main'));
  await watched.page.evaluate(watchColours);
  await until('the primary is seen', async () => (await seen(watched)).at(-1)?.what === 'primary', kPatience);
  const joins = watched.joins();
  const from = await fault();
  const backup = await until('the backup is seen', async () =>
    (await seen(watched)).findLast(({ what }) => what === 'backup'), kPatience);
  await sleep(kSettleMs);
  const figures = {
    ms: backup.at - from,
    rule_ms: name === 'killed' ? 0 : kRules[name], // who hangs up is gone at once
    ...measured(),
    connection: watched.joins() === joins ? 'same' : 'new',
  };
  await watched.close();
  for (const sender of senders) await sender.stop();
  return figures;
}

// The sender's own clock says when its fault begins: ffmpeg's first picture is there when the feed is up.
async function oneFault(name) {
  // The primary first: one that failed in the round before has to be good for longer to replace a backup.
  const primary = await startSender(node, 'primary', kFaults[name]);
  await until('the primary is up', async () => (await node.status()).feeds.length === 1, kPatience);
  const up = Date.now();
  const backup = await startSender(node, 'backup');
  await until('the backup is up', async () => (await node.status()).feeds.length === 2, kPatience);
  return round(name, [primary, backup], async () => {
    if (name !== 'killed') {
      await sleep(Math.max(0, up + kFaultS * 1000 - Date.now()));
      return up + kFaultS * 1000;
    }
    await primary.stop();
    return Date.now();
  });
}

// What an ffmpeg that is given it sends twice, and what ends a process.
async function twice() {
  const { ports } = await node.status();
  const to = (key) => `[f=flv:onfail=ignore]rtmp://127.0.0.1:${ports.rtmp}/live/${key}`;
  return ['-f', 'tee', `${to(kPrimaryKey)}|${to(kBackupKey)}`];
}
async function killed(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

// One ffmpeg that sends the same pictures twice; its primary's way is cut, by its key.
async function oneEncoder() {
  const child = spawn('ffmpeg', [
    '-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', '-f', 'lavfi', '-i', 'sine=440',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '30', '-c:a', 'aac',
    '-flags', '+global_header', '-map', '0:v', '-map', '1:a', ...(await twice()),
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.resume();
  await until('the primary is shown', async () => (await shown(node)) === 'primary', kPatience);
  await sleep(4_000);
  const before = node.log.length;
  await node.reload((text) => text.replace(`stream_keys = ["${kPrimaryKey}"]`, 'stream_keys = ["another-key-0123456789"]'));
  await until('the backup is on air', () => node.log.slice(before).includes('backup on air instead of'), kPatience);
  const figures = measured();
  await killed(child);
  await node.reload((text) => text.replace('stream_keys = ["another-key-0123456789"]', `stream_keys = ["${kPrimaryKey}"]`));
  return figures;
}

// The test programme, sent twice by an ffmpeg; gives what ends it.
async function sendProgramme() {
  const between = `rtmp://127.0.0.1:${await freeTcpPort()}/live/key`;
  const run = (program, words) => {
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    child.stderr.resume();
    return child;
  };
  const children = [
    run('ffmpeg', ['-v', 'error', '-listen', '1', '-i', between, '-map', '0', '-c', 'copy', ...(await twice())]),
    run(kBinary, ['test-feed', '--url', between, '--size', `${kPicture.width}x${kPicture.height}`, '--fps', '30']),
  ];
  return async () => {
    for (const child of children) await killed(child);
  };
}

// How much later than its picture sound is, in ms, on the programme's own line.
async function soundLater() {
  const seen = await lookAtHls(await node.url('/hls/main/index.m3u8'), { ...kPicture, seconds: 60, most: 300 });
  return percentile(soundAgainstPicture(seen), 50);
}

async function hundred() {
  const studio = await Studio.open({ http: await node.url('/'), addresses: { studio: await node.firstLink() } });
  const order = (input) => studio.good('PATCH', 'channels/main/air', { order: input }, { 'If-Match': '*' });
  const stop = await sendProgramme();
  try {
    await until('both are up', async () => (await node.status()).feeds.length === 2, kPatience);
    await order('primary');
    await until('the primary is shown', async () => (await shown(node)) === 'primary', kPatience);
    const watched = await Watched.open(browser, await node.url('/screen?channel=main'));
    await until('the marker is seen', async () => marked((await watched.take()).frames).length > 0, kPatience);
    await sleep(kSettleMs);
    const soundBefore = await soundLater();
    const joins = watched.joins();
    const { connection } = await watched.reception();
    await watched.take();

    const [began, before] = [Date.now(), node.log.length];
    const switches = () => node.log.slice(before).split('\n').filter((line) => line.includes(' on air instead of '));
    const frames = [];
    for (let i = 0; i < kSwitches; i++) {
      await order(i % 2 === 0 ? 'backup' : 'primary');
      await until(`switch ${i + 1}`, () => switches().length > i, kPatience);
      frames.push(...marked((await watched.take()).frames));
    }
    const seconds = (Date.now() - began) / 1000;
    frames.push(...marked((await watched.take()).frames));
    const jumps = switches().map(measuredIn);
    const jumped = (which) => jumps.reduce((sum, { jump }) => sum + (jump.endsWith(which) ? parseInt(jump, 10) : 0), 0);
    const soundAfter = await soundLater();
    const counters = new Set(frames.map(({ counter }) => counter));
    const figures = {
      switches: jumps.length,
      seconds,
      joins: watched.joins() - joins,
      new_connections: (await watched.reception()).connection === connection ? 0 : 1,
      stood_slots: jumps.reduce((sum, { stood_slots: slots }) => sum + (Number(slots) || 0), 0),
      lost: jumped('_lost'),
      repeated: jumped('_repeated'),
      unknown: jumps.filter(({ jump }) => jump === 'unknown').length,
      watched: counters.size,
      // Of the programme's pictures; a busy browser draws fewer than it is sent.
      unwatched: Math.max(...counters) - Math.min(...counters) + 1 - counters.size,
      longest_gap_ms: longestGap(frames, frames[0].at, frames.at(-1).at),
      sound_before_ms: soundBefore,
      sound_after_ms: soundAfter,
      sound_apart_ms: Math.max(Math.abs(soundBefore), Math.abs(soundAfter)),
    };
    await order('auto');
    await watched.close();
    return figures;
  } finally {
    await stop();
  }
}

try {
  for (const name of Object.keys(kFaults).filter((each) => chosen.includes(each))) {
    const all = [];
    for (let i = 0; i < Number(values.rounds); i++) {
      const figures = await oneFault(name);
      console.log(figureLine(`switch_${name}`, figures));
      all.push(figures);
      await until('no feed', async () => (await node.status()).feeds.length === 0, kPatience);
    }
    console.log(figureLine(`switch_${name}_mean`, {
      ms: mean(all.map(({ ms }) => ms)), rule_ms: all[0].rule_ms,
    }));
  }
  for (let i = 0; chosen.includes('one_encoder') && i < Number(values.rounds); i++) {
    console.log(figureLine('switch_one_encoder', await oneEncoder()));
    await until('no feed', async () => (await node.status()).feeds.length === 0, kPatience);
  }
  if (chosen.includes('hundred')) {
    judge('switch_hundred', await hundred(), kGoals);
  }
} finally {
  await browser.close();
  await node.remove();
}
