#!/usr/bin/env node
// Primary to backup, seen by a viewer: the primary is killed, freezes, goes black, goes silent, or is
// cut while both carry one encoder's pictures. Prints for each the time from the fault to the backup
// on the viewer's screen, how much of it the channel's rule asks for, for how many slots the picture
// stood still, how many frames were lost or repeated (of one encoder), and whether the viewer stayed
// on its connection. Asserts nothing about time.
//   node bench/switch.mjs [--rounds 3]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { launchBrowser, Watched } from '../tests/e2e/support/browser.mjs';
import { sleep, until } from '../tests/e2e/support/node.mjs';
import {
  kBackupKey, kPrimaryKey, shown, startNodeOfTwo, startSender, watchColours,
} from '../tests/e2e/support/two_senders.mjs';
import { figureLine, mean } from './support/figures.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const kRules = { no_data: 500, black: 1000, frozen: 1000, silent: 1000 };
const kFaultS = 10; // of the sender's own time
const kPatience = { timeoutMs: 30_000, everyMs: 50 };
const kFaults = {
  killed: {},
  black: { picture: `drawbox=color=black:t=fill:enable='gte(t,${kFaultS})'` },
  frozen: { picture: `loop=loop=-1:size=1:start=${kFaultS * 30}` },
  silent: { sound: `volume=volume=0:enable='gte(t,${kFaultS})'` },
};

const rules = Object.entries(kRules).map(([name, ms]) => `${name}_ms = ${ms}`).join('\n');
const node = await startNodeOfTwo(`${rules}\nreturn_after_ms = 1000`);
const browser = await launchBrowser();

const seen = (watched) => watched.page.evaluate(() => window.seen);
// "...; the picture stood still for 1 slots, on the same frame", of the last switch to the backup.
function measured() {
  const line = node.log.split('\n').filter((each) => each.includes('backup on air instead of')).at(-1) ?? '';
  const stood = /stood still for (\d+) slots/.exec(line)?.[1];
  const jump = /on the same frame/.test(line) ? 0 : /(\d+) frames (lost|repeated)/.exec(line);
  return {
    stood_slots: stood === undefined ? 'none' : Number(stood),
    jump: jump === 0 ? '0' : jump ? `${jump[1]}_${jump[2]}` : 'no_common_time',
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
  await sleep(2_500); // the report comes with the first picture, at the latest then
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

// One ffmpeg that sends the same pictures twice; its primary's way is cut, by its key.
async function oneEncoder() {
  const { ports } = await node.status();
  const to = (key) => `[f=flv:onfail=ignore]rtmp://127.0.0.1:${ports.rtmp}/live/${key}`;
  const child = spawn('ffmpeg', [
    '-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', '-f', 'lavfi', '-i', 'sine=440',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '30', '-c:a', 'aac',
    '-flags', '+global_header', '-map', '0:v', '-map', '1:a', '-f', 'tee', `${to(kPrimaryKey)}|${to(kBackupKey)}`,
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.resume();
  await until('the primary is shown', async () => (await shown(node)) === 'primary', kPatience);
  await sleep(4_000);
  const before = node.log.length;
  await node.reload((text) => text.replace(`stream_keys = ["${kPrimaryKey}"]`, 'stream_keys = ["another-key-0123456789"]'));
  await until('the backup is on air', () => node.log.slice(before).includes('backup on air instead of'), kPatience);
  const figures = measured();
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  await node.reload((text) => text.replace('stream_keys = ["another-key-0123456789"]', `stream_keys = ["${kPrimaryKey}"]`));
  return figures;
}

try {
  for (const name of Object.keys(kFaults)) {
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
  for (let i = 0; i < Number(values.rounds); i++) {
    console.log(figureLine('switch_one_encoder', await oneEncoder()));
    await until('no feed', async () => (await node.status()).feeds.length === 0, kPatience);
  }
} finally {
  await browser.close();
  await node.remove();
}
