#!/usr/bin/env node
// What the studio's data goes through when nobody is careful with it, on a whole node, by either database:
//   attempts  ten thousand sign-ins with wrong passwords at their real price, from 200 addresses: what they
//             cost, what else the API does meanwhile, and whether the right password is still good
//   kill      kill -9 of control, and of the node, while four people write, 200 times: after each the
//             database is whole, the audit verifies, and every change that was answered is there
//   backup    backups one after the other while the same four write: what a write takes with and without
//             them; the last one is restored and verified
//   import    a city's table, 4,500 sites with two screens each and some lines that are wrong: what is wrong is
//             told by its line, the rest is taken; what lists, searches and pages take meanwhile and afterwards
// Prints figures, and fails when something that was answered is lost or broken. Takes minutes: no part of CI.
//   node bench/studio_runs.mjs attempts|kill|backup|import [--database sqlite|postgresql] [--count N]
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { kBinary, sleep, until } from '../tests/e2e/support/node.mjs';
import { ServedNode } from '../tests/e2e/support/served_node.mjs';
import { PostgresqlServer } from './support/postgresql_server.mjs';
import { processorSeconds } from './support/process_figures.mjs';

const run = promisify(execFile);
const kPassword = 'correct horse battery';
const kWriters = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { database: { type: 'string', default: 'sqlite' }, count: { type: 'string' } },
});

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
function spread(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const ms = (part) => percentile(sorted, part).toFixed(1);
  return `${sorted.length} of them, median ${ms(0.5)} ms, 95 % within ${ms(0.95)} ms, 99 % within ${ms(0.99)} ms, longest ${ms(1)} ms`;
}

class Studio {
  static async start() {
    const studio = new Studio();
    if (values.database === 'postgresql') {
      studio.server = await PostgresqlServer.start();
      studio.url = await studio.server.makeDatabase('longmen');
    }
    studio.node = await ServedNode.prepare({ top: 'roles = ["control", "relay", "gateway"]' });
    if (studio.url) await studio.node.configure(`[control]\ndatabase = "${studio.url}"\n`);
    await studio.launch();
    return studio;
  }

  async launch() {
    this.node.launch();
    await this.node.ready();
    this.http = await this.node.url('');
  }

  // A page's request. Throws when there is no answer.
  async send(method, path, body, { cookie = this.cookie, fields = {} } = {}) {
    const answer = await fetch(`${this.http}/api/v1/${path}`, {
      method,
      headers: {
        'X-Longmen-Request': '1',
        'Content-Type': 'application/json',
        ...(cookie ? { Cookie: cookie } : {}),
        ...fields,
      },
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json(), fields: answer.headers };
  }

  async setUp() {
    const token = new URL(await this.node.firstLink()).hash.slice(1);
    const answer = await this.send('POST', 'links/redeem', { token, name: 'li', password: kPassword });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    this.cookie = answer.fields.get('set-cookie').split(';')[0];
    this.series = [];
    for (let i = 0; i < kWriters; ++i) {
      const made = await this.send('POST', 'series', { title: `series ${i}` });
      assert.equal(made.status, 200, JSON.stringify(made.body));
      this.series.push({ id: made.body.id, answered: 0, sent: 0 });
    }
  }

  // Changes that series, one change after the other, until `stopped`; how long each answer took.
  async write(series, control) {
    while (!control.stopped) {
      const number = ++series.sent;
      const began = performance.now();
      try {
        const answer = await this.send('PATCH', `series/${series.id}`, { description: String(number) },
          { fields: { 'If-Match': '*' } });
        if (answer.status !== 200) {
          await sleep(5);
          continue;
        }
        series.answered = number;
        control.times.push(performance.now() - began);
      } catch {
        await sleep(5); // nobody there: it was killed
      }
    }
  }
  startWriting() {
    const control = { stopped: false, times: [] };
    const all = Promise.all(this.series.map((series) => this.write(series, control)));
    return { times: control.times, stop: () => ((control.stopped = true), all) };
  }

  // What was answered is there; what was sent and not answered may be.
  async checkSeries() {
    for (const series of this.series) {
      const { status, body } = await this.send('GET', `series/${series.id}`);
      assert.equal(status, 200);
      const kept = Number(body.description || 0);
      assert.ok(kept >= series.answered && kept <= series.sent,
        `series ${series.id} has change ${kept}; ${series.answered} was answered, ${series.sent} sent`);
    }
  }
  async verifyAudit(configFile = this.node.configFile) {
    const { stdout } = await run(kBinary, ['audit', 'verify', '--config', configFile]);
    return stdout.trim();
  }
  async checkFile() {
    if (this.url) return;
    const { stdout } = await run('sqlite3', [join(this.node.dataDir, 'longmen.db'), 'PRAGMA integrity_check; PRAGMA foreign_key_check;']);
    assert.equal(stdout.trim(), 'ok');
  }

  async stop() {
    await this.node.remove();
    await this.server?.stop();
  }
}

function memoryMiB(pid) {
  const kib = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return Math.round(kib / 1024);
}

// One attempt from that address of this machine.
function attempt(http, agent, localAddress, name) {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify({ name, password: 'not the password' });
    const request = httpRequest(`${http}/api/v1/sign-in`, {
      method: 'POST',
      agent,
      localAddress,
      headers: { 'Content-Type': 'application/json', 'X-Longmen-Request': '1', 'Content-Length': text.length },
    });
    request.on('error', reject).on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.end(text);
  });
}

async function attempts(studio) {
  const count = Number(values.count ?? 10_000);
  const pid = await studio.node.role('control').then((role) => role.pid);
  const before = processorSeconds(pid);
  const agents = Array.from({ length: 64 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const answers = new Map();
  let left = count;
  const began = performance.now();
  const flood = Promise.all(agents.map(async (agent, number) => {
    while (left-- > 0) {
      const name = left % 2 ? 'li' : `name${left % 500}`;
      const status = await attempt(studio.http, agent, `127.1.${number % 4}.${1 + (left % 50)}`, name);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  }));
  const asked = [];
  let over = false;
  void flood.finally(() => (over = true));
  while (!over) {
    const from = performance.now();
    const answer = await studio.send('GET', 'me');
    assert.equal(answer.status, 200, 'who is signed in stays so');
    asked.push(performance.now() - from);
    await sleep(20);
  }
  await flood;
  const seconds = (performance.now() - began) / 1000;
  agents.forEach((agent) => agent.destroy());
  console.log(`${count} attempts in ${seconds.toFixed(1)} s: ${[...answers].map(([status, n]) => `${n} x ${status}`).join(', ')}`);
  console.log(`control: ${(processorSeconds(pid) - before).toFixed(1)} s of processor, at most ${memoryMiB(pid)} MiB of memory`);
  console.log(`GET /api/v1/me of who is signed in, meanwhile: ${spread(asked)}`);
  const open = await until('the right password is good again', async () => {
    const answer = await studio.send('POST', 'sign-in', { name: 'li', password: kPassword }, { cookie: '' });
    return answer.status === 200 && Math.round((performance.now() - began) / 1000 - seconds);
  }, { timeoutMs: 16 * 60_000, everyMs: 1000 }).catch(() => null);
  console.log(`the right password, from a browser that was never here: good after ${open ?? '-'} s more`);
  assert.notEqual(open, null);
}

async function kill(studio) {
  const count = Number(values.count ?? 200);
  let changes = 0;
  const away = [];
  for (let i = 1; i <= count; ++i) {
    const writing = studio.startWriting();
    await sleep(100 + Math.random() * 500);
    const pid = (await studio.node.role('control')).pid;
    process.kill(pid, 'SIGKILL');
    // Every other time the supervisor starts another control; else the whole node goes, and comes.
    const from = performance.now();
    if (i % 2) {
      const back = async () => {
        const role = await studio.node.role('control');
        return role && role.pid !== pid && role.state === 'ready';
      };
      await until('control again', back, { timeoutMs: 30_000, everyMs: 50 });
      away.push(performance.now() - from);
      await sleep(100);
    }
    const stopping = writing.stop();
    if (!(i % 2)) {
      await studio.node.stop('SIGKILL');
      await studio.checkFile();
      await studio.launch();
    }
    await stopping;
    changes += writing.times.length;
    await studio.checkFile();
    await studio.checkSeries();
    const verdict = await studio.verifyAudit();
    if (i % 20 === 0) console.log(`after ${i}: whole; ${changes} changes were answered; ${verdict}`);
  }
  console.log(`control killed ${count} times while ${kWriters} wrote: ${changes} changes answered, none lost, whole each time`);
  console.log(`until another control was ready: ${spread(away)}`);
}

async function backup(studio) {
  const count = Number(values.count ?? 20);
  const folder = await mkdtemp(join(tmpdir(), 'longmen-backups-'));
  try {
    // Something to copy: some thousand rows of the audit.
    const first = studio.startWriting();
    await until('rows', () => first.times.length >= 5_000, { timeoutMs: 600_000 });
    await first.stop();
    const quiet = studio.startWriting();
    await sleep(5_000);
    await quiet.stop();
    console.log(`writes without a backup: ${spread(quiet.times)}`);
    const loaded = studio.startWriting();
    const took = [];
    let file;
    for (let i = 0; i < count; ++i) {
      file = join(folder, `${i}.backup`);
      const from = performance.now();
      const { stdout } = await run(kBinary, ['backup', '--config', studio.node.configFile, file]);
      took.push(performance.now() - from);
      if (i === count - 1) console.log(stdout.trim());
    }
    await loaded.stop();
    console.log(`writes during ${count} backups: ${spread(loaded.times)}`);
    console.log(`a backup: ${spread(took)}, ${Math.round((await stat(file)).size / 1024)} KiB`);
    const other = join(folder, 'other.toml');
    const database = studio.server ? `[control]\ndatabase = "${await studio.server.makeDatabase('restored')}"\n` : '';
    await writeFile(other, `data_dir = "${folder}/data"\n${database}`);
    console.log((await run(kBinary, ['restore', '--config', other, file])).stdout.trim());
    console.log(await studio.verifyAudit(other));
    await studio.checkSeries();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// A city's table: its centres and townships before, each site with two screens.
function cityTable(sites) {
  const kCentres = 26;
  const kTownships = 300;
  const lines = ['site,code,tier,parent,address,screen,channel,volume', '成都,CD,city,,,,,'];
  const wrong = [];
  for (let i = 0; i < kCentres; i++) lines.push(`市级分校${i},C${i},centre,成都,,,,`);
  for (let i = 0; i < kTownships; i++) lines.push(`街道党校${i},T${i},township,C${i % kCentres},,,,`);
  for (let i = 0; i < sites; i++) {
    const site = `社区微党校${i},S${i},site,T${i % kTownships},人民路${i}号`;
    lines.push(`${site},大厅屏,main,30`, `${site},会议室屏,main,`);
  }
  for (const line of ['坏一,X1,hamlet,,,,,', '坏二,X2,site,没有的上级,,,,', '坏三,X3,site,T1,,屏,没有的频道,', '坏四,X4,site,T1,,屏,main,200']) {
    lines.push(line);
    wrong.push(lines.length);
  }
  return { text: `${lines.join('\n')}\n`, wrong };
}

async function importSites(studio) {
  const { text, wrong } = cityTable(Number(values.count ?? 4500));
  const take = async (query) => {
    const from = performance.now();
    const answer = await fetch(`${studio.http}/api/v1/sites/import?${query}`, {
      method: 'POST', body: text,
      headers: { 'X-Longmen-Request': '1', 'Content-Type': 'text/csv', Cookie: studio.cookie },
    });
    const report = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(report));
    return { report, seconds: (performance.now() - from) / 1000 };
  };
  const looked = await take('dry_run=true');
  const lines = looked.report.mistakes.map(({ line }) => line);
  assert.deepEqual(lines, wrong, 'what is wrong is told by its line');
  console.log(`${(text.length / 1024).toFixed(0)} KiB, ${text.split('\n').length - 1} lines looked at in ${looked.seconds.toFixed(2)} s;` +
    ` wrong: ${looked.report.mistakes.map(({ line, words }) => `${line}: ${words}`).join(' | ')}`);
  const asks = ['me', 'channels', 'guide', 'sites?limit=50', 'sites?q=%E7%A4%BE%E5%8C%BA&limit=50', 'sites?q=S44&limit=50', 'screens?limit=200'];
  const measure = async (until) => {
    const times = new Map(asks.map((path) => [path, []]));
    for (let i = 0; !until(i); i++) {
      const path = asks[i % asks.length];
      const from = performance.now();
      const { status } = await studio.send('GET', path);
      assert.equal(status, 200, path);
      times.get(path).push(performance.now() - from);
    }
    return times;
  };
  const show = (times) => times.forEach((list, path) => console.log(`  GET ${decodeURIComponent(path)}: ${spread(list)}`));
  let over = false;
  const meanwhile = measure((i) => over && i >= asks.length);
  const taken = await take('take=right').finally(() => (over = true));
  console.log(`taken in ${taken.seconds.toFixed(1)} s: ${JSON.stringify({ ...taken.report, mistakes: taken.report.mistakes.length })}; meanwhile`);
  show(await meanwhile);
  console.log('afterwards');
  show(await measure((i) => i >= 60 * asks.length));
  // Every page of all screens, as a program reads them.
  const pages = [];
  let screens = 0;
  for (let cursor = ''; cursor !== null;) {
    const from = performance.now();
    const { body } = await studio.send('GET', `screens?limit=200&cursor=${encodeURIComponent(cursor)}`);
    pages.push(performance.now() - from);
    screens += body.screens.length;
    cursor = body.next;
  }
  console.log(`all ${screens} screens in pages of 200: ${spread(pages)}`);
  assert.equal(screens, 2 * Number(values.count ?? 4500));
  console.log(await studio.verifyAudit());
}

const kRuns = { attempts, kill, backup, import: importSites };
const wanted = kRuns[positionals[0]];
if (!wanted || !['sqlite', 'postgresql'].includes(values.database)) {
  console.error('usage: node bench/studio_runs.mjs attempts|kill|backup|import [--database sqlite|postgresql] [--count N]');
  process.exit(2);
}
const studio = await Studio.start();
try {
  await studio.setUp();
  console.log(`# ${positionals[0]}, ${values.database}`);
  await wanted(studio);
} catch (error) {
  console.error(studio.node.log.slice(-4000));
  throw error;
} finally {
  await studio.stop();
}
