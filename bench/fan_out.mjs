#!/usr/bin/env node
// The relay's fan-out beside its yardstick, by scenario; without a name, `cost`. Each prints its
// figures as one line of name=value and the goals below it. The bare loop, which seals and sends the
// same packets in the same trains and nothing else, runs before and after each scenario, so that a
// ratio means something on a machine that others use too: one train a call, which is what ratios
// are to, and as many trains a call as the relay sends. docs/PERFORMANCE.md says how to read it.
//   node bench/fan_out.mjs [SCENARIO...] [--viewers N] [--seconds N] [--rate N (joins a second)]
//     [--perf FILE (cost: a profile of the shard's thread)]
// cost capacity joins audio_crowd first_to_last feedback shards churn; all: one after the other
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sleep } from '../tests/e2e/support/node.mjs';
import { figureLine, goalWords, histogramQuantile, mean } from './support/figures.mjs';
import { residentBytes } from './support/process_figures.mjs';
import { kClientProcessor, ProgrammeNode } from './support/programme_node.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    viewers: { type: 'string' },
    seconds: { type: 'string' },
    rate: { type: 'string' },
    perf: { type: 'string' },
  },
});
// What the command line says, or else the scenario's own.
const asked = (defaults) =>
  Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, Number(values[name] ?? value)]),
  );

// The rows of a load report that every scenario tells.
function seen(report) {
  const { media, joins, server, client } = report;
  return {
    viewers: media.viewers,
    failed: joins.failed,
    broken: Object.values(joins.lost_later).reduce((sum, each) => sum + each, 0),
    packets: media.packets,
    packets_a_train: media.packets / media.trains,
    lost: media.lost,
    media_rate_min: media.media_seconds_per_second?.min ?? 0,
    media_rate_max: media.media_seconds_per_second?.max ?? 0,
    freezes_200_ms: media.freezes_200_ms,
    relay_us: server.cpu_us_per_packet ?? 0,
    relay_cores: server.cpu_seconds / media.seconds,
    client_us: (client.cpu_seconds * 1e6) / media.packets,
    client_cores: client.cpu_seconds / media.seconds,
    ...reasons('failure', joins.failures),
    ...reasons('lost', joins.lost_later),
  };
}

const reasons = (kind, counts) =>
  Object.fromEntries(
    Object.keys(counts).map((why, i) => [`${kind}_${i + 1}`, JSON.stringify(why)]),
  );

const ms = (name, figures) => ({
  [`${name}_p50_ms`]: figures?.p50 ?? NaN,
  [`${name}_p95_ms`]: figures?.p95 ?? NaN,
  [`${name}_p99_ms`]: figures?.p99 ?? NaN,
});

// Begins to watch; returns when all are there, or it is over.
async function begin(node, options) {
  let over = false;
  const playing = node.load(options).finally(() => (over = true));
  playing.catch(() => {}); // told by whoever awaits it
  while (!over && !((await node.served.viewers()) >= options.viewers)) await sleep(100);
  return { playing, isOver: () => over };
}

const ratios = (figures, bare) => ({
  ratio: bare.us_a_packet / figures.relay_us,
  ratio_together: bare.together_us_a_packet / figures.relay_us,
});

// ---- processor time and memory, beside the bare loop
async function cost(node) {
  const { viewers, seconds, rate } = asked({ viewers: 1000, seconds: 20, rate: 100 });
  await node.restart(); // memory that earlier viewers left behind would be used again
  const { playing } = await begin(node, { viewers, seconds, 'joins-per-second': rate });
  if (values.perf) await node.profile(values.perf, seconds);
  const report = await playing;
  return {
    figures: {
      ...seen(report),
      kb_a_viewer: report.server.memory_kb_per_viewer,
      ...ms('keyframe', report.joins.keyframe_ms),
    },
    compare: ratios,
    goals: [
      ['relay_us', '<=', 1.5],
      ['ratio', '>=', 0.75],
      ['kb_a_viewer', '<=', 40, 16],
    ],
  };
}

// ---- how many viewers one core holds: up in steps from --viewers, or down when those are too many
const kStep = 500;
const kRealTime = 0.999;
const kTries = 2; // what a busy machine may spoil by chance

async function capacity(node) {
  const { viewers, seconds, rate } = asked({ viewers: 2000, seconds: 10, rate: 40 });
  const once = async (count) => {
    const report = await node.load({ viewers: count, seconds, 'joins-per-second': rate });
    const step = { ...seen(report), asked: count };
    step.held =
      step.viewers === count &&
      step.lost + step.failed + step.broken === 0 &&
      step.media_rate_min >= kRealTime;
    console.log(figureLine('  step', step));
    return step;
  };
  const tried = async (count) => {
    let step = await once(count);
    for (let left = kTries - 1; left > 0 && !step.held; left--) step = await once(count);
    return step;
  };
  let best = await tried(viewers);
  if (best.held) {
    for (let next = best; next.held; next = await tried(best.asked + kStep)) best = next;
  } else {
    while (!best.held && best.asked > kStep) best = await tried(best.asked - kStep);
  }
  const { held, asked: count, ...figures } = best;
  return {
    figures: { ...figures, viewers_held: held ? count : 0 },
    compare: ratios,
    goals: [['viewers_held', '>=', 2500, 3500]],
  };
}

// ---- joins beside others' playing
async function joins(node) {
  const { viewers, seconds, rate } = asked({ viewers: 1000, seconds: 15, rate: 150 });
  const report = await node.load({
    viewers,
    seconds,
    'joins-per-second': 200,
    'leaves-per-second': rate,
  });
  const { churn } = report;
  return {
    figures: {
      ...seen(report),
      joins: churn.keyframe_ms?.count ?? 0,
      joins_per_second: (churn.keyframe_ms?.count ?? 0) / report.media.seconds,
      ...ms('http_wait', churn.http_wait_ms),
      ...ms('answer', churn.answer_ms),
      ...ms('connected', churn.connected_ms),
      ...ms('keyframe', churn.keyframe_ms),
    },
    goals: [
      ['failed', '<=', 0],
      ['keyframe_p95_ms', '<=', 60, 20],
    ],
  };
}

// ---- a crowd that listens
async function audioCrowd(node) {
  const { viewers, seconds, rate } = asked({ viewers: 4500, seconds: 5, rate: 150 });
  await node.restart({ shards: 2 });
  const report = await node.load({
    viewers,
    seconds,
    rendition: 'audio',
    'audio-only': true,
    'joins-per-second': rate,
  });
  return {
    figures: {
      ...seen(report),
      ramp_seconds: report.joins.ramp_seconds,
      kb_a_viewer: report.server.memory_kb_per_viewer,
      ...ms('connected', report.joins.connected_ms),
      ...ms('first_sound', report.joins.keyframe_ms),
    },
    compare: ratios,
    goals: [
      ['failed', '<=', 0],
      ['first_sound_p99_ms', '<=', 1000, 300],
    ],
  };
}

audioCrowd.bare = () => ({ 'sound-only': true });

// ---- one picture on its way: from the relay's way in to the first viewer, as a child relay would
// be, and from there to the last
async function firstToLast(node) {
  const { viewers, seconds, rate } = asked({ viewers: 1000, seconds: 20, rate: 200 });
  const { playing } = await begin(node, {
    viewers,
    seconds,
    'joins-per-second': rate,
    'frame-spread': true,
  });
  const before = await node.served.metrics();
  const report = await playing;
  const after = await node.served.metrics();
  const firstSendMs = (share) =>
    1000 * histogramQuantile('longmen_relay_first_send_seconds', before, after, share);
  const { frame_spread_ms: spread, frames_missed } = report.media;
  return {
    figures: {
      ...seen(report),
      pictures: spread?.count ?? 0,
      pictures_missed: frames_missed,
      first_send_p50_ms: firstSendMs(0.5),
      first_send_p99_ms: firstSendMs(0.99),
      ...ms('last_viewer', spread),
    },
    compare: (figures, bare) => ({
      bare_picture_p50_ms: bare.picture_ms_p50,
      bare_picture_p99_ms: bare.picture_ms_p99,
      last_to_bare_p50: figures.last_viewer_p50_ms / bare.picture_ms_p50,
      last_to_bare_p99: figures.last_viewer_p99_ms / bare.picture_ms_p99,
    }),
    goals: [
      ['first_send_p99_ms', '<=', 1],
      ['last_to_bare_p50', '<=', 1.3],
      ['last_to_bare_p99', '<=', 1.3],
    ],
  };
}

firstToLast.bare = () => ({ receivers: asked({ viewers: 1000 }).viewers });

// ---- what feedback costs: runs without it, with it, and with it and the server's choice of the
// rendition take turns
const kFeedbackRuns = {
  none: { 'feedback-ms': 0 },
  chosen: { 'feedback-ms': 100 },
  automatic: { 'feedback-ms': 100, rendition: '' },
};

async function switchesDown(node) {
  const line = /^longmen_rendition_switches_total\{[^}]*direction="down"[^}]*\} (\S+)$/m;
  return Number(line.exec(await node.served.metrics())?.[1] ?? 0);
}

async function feedback(node) {
  const { viewers, seconds, rate } = asked({ viewers: 1000, seconds: 5, rate: 300 });
  const runs = { none: [], chosen: [], automatic: [] };
  const down = await switchesDown(node);
  for (const kind of ['none', 'chosen', 'automatic', 'none', 'automatic', 'chosen', 'none']) {
    const options = { viewers, seconds, 'joins-per-second': rate, ...kFeedbackRuns[kind] };
    runs[kind].push(seen(await node.load(options)));
    console.log(figureLine(`  run feedback=${kind}`, runs[kind].at(-1)));
  }
  const of = (kind, figure) => mean(runs[kind].map((each) => each[figure]));
  const more = (kind) => of(kind, 'relay_us') - of('none', 'relay_us');
  return {
    figures: {
      ...runs.chosen[0],
      relay_us: of('chosen', 'relay_us'),
      relay_us_automatic: of('automatic', 'relay_us'),
      relay_us_without: of('none', 'relay_us'),
      packets_a_train: of('chosen', 'packets_a_train'),
      packets_a_train_automatic: of('automatic', 'packets_a_train'),
      packets_a_train_without: of('none', 'packets_a_train'),
      switches_down: (await switchesDown(node)) - down,
      share: more('chosen') / of('none', 'relay_us'),
      share_automatic: more('automatic') / of('none', 'relay_us'),
    },
    compare: (_, bare) => ({
      share_of_bare: more('chosen') / bare.us_a_packet,
      share_of_bare_automatic: more('automatic') / bare.us_a_packet,
    }),
    goals: [
      ['share', '<=', 0.2, 0.1],
      ['share_automatic', '<=', 0.2, 0.1],
      ['switches_down', '<=', 0],
    ],
  };
}

// ---- two shards against one, with as many viewers on each: what a packet costs says how many more
// are delivered when each has a whole processor. (With all processors full no client would fit.)
async function shards(node) {
  const { viewers, seconds, rate } = asked({ viewers: 1000, seconds: 8, rate: 250 });
  const run = async (count) => {
    await node.restart({ shards: count });
    const all = count * viewers;
    return seen(await node.load({ viewers: all, seconds, 'joins-per-second': rate }));
  };
  const before = await run(1);
  const two = await run(2);
  const after = await run(1);
  const lone = mean([before.relay_us, after.relay_us]);
  // What this machine itself makes of it: two bare loops at once, each on a processor of its own.
  const [first, second] = await Promise.all([
    node.bare(),
    node.bare({}, kClientProcessor),
  ]);
  const both = mean([first.us_a_packet, second.us_a_packet]);
  return {
    figures: {
      ...two,
      relay_us_one_before: before.relay_us,
      relay_us_one_after: after.relay_us,
      speed_up: (2 * lone) / two.relay_us,
    },
    compare: (_, bare) => ({
      bare_us_two_at_once: both,
      bare_speed_up: (2 * bare.us_a_packet) / both,
    }),
    goals: [['speed_up', '>=', 1.9]],
  };
}

// ---- coming and going for long
function usage(pid) {
  return {
    rss_kb: residentBytes(pid) / 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

const kWarmUp = 0.2; // of the time: what is kept for the next viewer has been taken by then
const kSamples = 60;

async function churn(node) {
  const { viewers, seconds, rate } = asked({ viewers: 200, seconds: 40, rate: 100 });
  const { roles } = await node.served.status();
  const pids = roles.filter(({ pid }) => pid > 0);
  const look = () => Object.fromEntries(pids.map(({ role, pid }) => [role, usage(pid)]));
  await node.served.viewers(); // this process, too, keeps a connection
  const before = look();
  const { playing, isOver } = await begin(node, {
    viewers,
    seconds,
    'joins-per-second': 200,
    'leaves-per-second': rate,
  });
  const samples = [];
  const everyMs = Math.max((seconds * 1000) / kSamples, 500);
  const deadline = performance.now() + seconds * 1000;
  while (!isOver() && performance.now() < deadline) {
    samples.push(look());
    await sleep(everyMs);
  }
  const report = await playing;
  await node.served.viewers();
  const after = look();
  const part = (from, to) =>
    samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to));
  const rss = (role, from, to) => mean(part(from, to).map((sample) => sample[role].rss_kb));
  const figures = {
    ...seen(report),
    joins: report.churn.keyframe_ms?.count ?? 0,
    left: report.joins.left,
    ...ms('keyframe', report.churn.keyframe_ms),
  };
  let lost = 0;
  for (const { role } of pids) {
    const [early, late] = [rss(role, kWarmUp, kWarmUp + 0.1), rss(role, 0.9, 1)];
    figures[`${role}_rss_kb_early`] = early;
    figures[`${role}_rss_kb_late`] = late;
    figures[`${role}_growth_percent`] = (late / early - 1) * 100;
    const more = after[role].descriptors - before[role].descriptors;
    if (more !== 0) figures[`${role}_descriptors_more`] = more;
    lost += Math.max(more, 0);
  }
  return {
    figures: { ...figures, descriptors_lost: lost },
    goals: [
      ['failed', '<=', 0],
      ['relay_growth_percent', '<=', 2],
      ['gateway_growth_percent', '<=', 2],
      ['descriptors_lost', '<=', 0],
    ],
  };
}

const scenarios = {
  cost,
  capacity,
  joins,
  audio_crowd: audioCrowd,
  first_to_last: firstToLast,
  feedback,
  shards,
  churn,
};

const kTrainsACall = 16; // as the relay: net/udp_port.h

async function measure(name, node) {
  if (node.shards !== 1) await node.restart();
  const scenario = scenarios[name];
  const bareLoop = async () => {
    const figures = await node.bare(scenario.bare?.());
    const together = await node.bare({ ...scenario.bare?.(), together: kTrainsACall });
    return { ...figures, together_us_a_packet: together.us_a_packet };
  };
  const before = await bareLoop();
  const { figures, compare, goals } = await scenario(node);
  const after = await bareLoop();
  const bare = Object.fromEntries(
    Object.keys(before).map((figure) => [figure, mean([before[figure], after[figure]])]),
  );
  const all = {
    ...figures,
    bare_us_before: before.us_a_packet,
    bare_us_after: after.us_a_packet,
    bare_us_together: bare.together_us_a_packet,
    ...compare?.(figures, bare),
  };
  console.log(figureLine(name, all));
  console.log(goalWords(all, goals));
}

const names = positionals.includes('all') ? Object.keys(scenarios) : positionals;
const unknown = names.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  const known = Object.keys(scenarios).join(', ');
  console.error(`no scenario ${unknown.join(', ')}; there are ${known}, all`);
  process.exit(2);
}
const node = await ProgrammeNode.start();
try {
  for (const name of names.length > 0 ? names : ['cost']) await measure(name, node);
} finally {
  await node.remove();
}
