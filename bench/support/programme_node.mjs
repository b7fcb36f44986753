// What the fan-out is measured with: a node whose only channel loops the test programme (a recorded
// source: no encoder runs beside it), the load client, and the bare loop with the same packets. The
// relay has the first processor, the client the last one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { kBinary, until } from '../../tests/e2e/support/node.mjs';
import { ServedNode } from '../../tests/e2e/support/served_node.mjs';

const kBareLoop = process.env.LONGMEN_BARE_LOOP ?? 'build/bench/bare_loop_bench';
export const kServerProcessor = 0;
export const kClientProcessor = availableParallelism() - 1;

const relayTable = (shards) =>
  `address = "127.0.0.1"\npublic_address = "127.0.0.1"\nshards = ${shards}`;

// Exit code and standard output; the node's log is read meanwhile.
async function run(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  return { code, output };
}

const onProcessors = (processors, command, args) =>
  run('taskset', ['-c', String(processors), command, ...args]);

const optionWords = (options) =>
  Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );

export class ProgrammeNode {
  static async start() {
    const node = new ProgrammeNode();
    node.served = await ServedNode.start({ relay: relayTable(1) });
    node.shards = 1;
    // The slate is read from its file: the programme takes the card's place. The channel of
    // ServedNode has the defaults, as the recording has.
    const slates = join(node.served.dataDir, 'slates');
    const made = () => readdirSync(slates).find((name) => name.endsWith('.slate'));
    await until('the slate is made', made);
    node.programme = join(slates, made());
    await node.served.stop();
    const recorded = await run(kBinary, ['record-programme', node.programme]);
    if (recorded.code !== 0) throw new Error('the programme could not be recorded');
    await node.#launch();
    return node;
  }

  // A fresh node; one shard has the server's processor, several have one processor each.
  async restart({ shards = 1 } = {}) {
    await this.served.stop();
    const file = this.served.configFile;
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/^shards = \d+$/m, `shards = ${shards}`));
    this.shards = shards;
    await this.#launch();
  }

  async #launch() {
    this.served.launch();
    await this.served.ready();
    this.relay = (await this.served.role('relay')).pid;
    await run('taskset', ['-a', '-p', '-c', String(kServerProcessor), String(this.relay)]);
    const tasks = readdirSync(`/proc/${this.relay}/task`);
    this.shardThreads = [];
    const name = (task) => readFileSync(`/proc/${this.relay}/task/${task}/comm`, 'utf8').trim();
    for (const task of tasks) {
      const shard = /^shard(\d+)$/.exec(name(task));
      if (!shard) continue;
      this.shardThreads.push(task);
      const processor = (kServerProcessor + Number(shard[1])) % availableParallelism();
      await run('taskset', ['-p', '-c', String(processor), task]);
    }
  }

  // The report of `longmen load --json`; options by their long names, true for a flag.
  async load(options) {
    const url = await this.served.url('/whep/main');
    const all = ['load', url, '--pids', String(this.relay), '--json', '-'].concat(
      optionWords({ rendition: '720p', full: 0, ...options }),
    );
    // Beside several shards the client takes what is left of any processor.
    const processors = this.shards > 1 ? `0-${kClientProcessor}` : kClientProcessor;
    const { output } = await onProcessors(processors, kBinary, all);
    if (!output) throw new Error('longmen load has refused');
    await until('everybody has left', async () => (await this.served.viewers()) === 0, {
      timeoutMs: 20_000,
    });
    return JSON.parse(output);
  }

  // Samples a shard's thread, its way through the kernel too; for `perf report -i FILE`.
  async profile(file, seconds) {
    const record = ['record', '-e', 'cpu-clock', '-F', '999', '-g', '-o', file];
    await run('perf', [...record, '-t', this.shardThreads[0], '--', 'sleep', String(seconds)]);
  }

  // The bare loop's figures by name, as the relay has it: its cipher, receivers that count, trains in
  // real time, so that caches cool down in between. Options by their long names, true for a flag.
  async bare(options = {}, processor = kServerProcessor) {
    const relay = { gro: true, counting: true, paced: true, backend: 'preferred' };
    const all = { slate: this.programme, ...relay, ...options };
    const { output } = await onProcessors(processor, kBareLoop, optionWords(all));
    const pairs = [...output.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, +value]);
    const figures = Object.fromEntries(pairs);
    if (!('us_a_packet' in figures)) throw new Error('the bare loop has no cipher');
    return figures;
  }

  remove() {
    return this.served.remove();
  }
}
