// The node as its administrator meets it: start, status, reload, restart of what dies, stop.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isAlive, kBinary, until } from './support/node.mjs';
import { ServedNode } from './support/served_node.mjs';

const run = promisify(execFile);
const ROLES = ['control', 'gateway', 'ingest', 'relay'];

async function fails(args) {
  try {
    await run(kBinary, args);
  } catch (error) {
    return error;
  }
  assert.fail(`longmen ${args.join(' ')} should have failed`);
}

// Whether a socket could be bound there now.
function isFree(kind, port, address = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = kind === 'udp' ? createSocket('udp4') : createServer();
    socket.on('error', () => resolve(false));
    const bound = () => socket.close(() => resolve(true));
    if (kind === 'udp') socket.bind({ port, address, exclusive: true }, bound);
    else socket.listen({ port, host: address, exclusive: true }, bound);
  });
}

async function abstractSockets() {
  return (await readFile('/proc/net/unix', 'utf8')).split('\n').filter((l) => l.includes('@longmen-'));
}

let node;
before(async () => (node = await ServedNode.start()));
after(() => node?.remove());

test('status names every process and port', async () => {
  const status = await node.status();
  assert.deepEqual(status.roles.map((r) => r.role).filter((r) => ROLES.includes(r)).sort(), ROLES);
  for (const role of status.roles.filter((r) => ROLES.includes(r.role))) {
    assert.equal(role.state, 'ready', role.role);
  }
  for (const name of ['http', 'https', 'rtmp', 'udp0']) assert.ok(status.ports[name] > 0, name);
  const { stdout } = await run(kBinary, ['status', '--data-dir', node.dataDir]);
  assert.match(stdout, /^node test: ready/);
});

test('livez, readyz and metrics answer; ready is who has something to show', async () => {
  assert.equal((await fetch(await node.url('/livez'))).status, 200);
  const status = await node.status();
  assert.deepEqual(status.on_air.map(({ channel, source }) => [channel, source]), [['main', 'slate']]);
  assert.deepEqual(status.without_picture, []);
  await until('readyz', async () => (await fetch(await node.url('/readyz'))).status === 200);
  const metrics = await node.metrics();
  for (const role of ROLES) {
    assert.match(metrics, new RegExp(`longmen_process_up\\{[^}]*process="${role}"[^}]*\\} 1`));
  }
  // Families are whole: no name is described twice.
  const described = metrics.split('\n').filter((l) => l.startsWith('# TYPE')).map((l) => l.split(' ')[2]);
  assert.equal(new Set(described).size, described.length);
});

test('a second node with the same data directory is refused with words', async () => {
  const error = await fails(['serve', '--config', node.configFile]);
  assert.match(error.stderr, /another node runs with it/);
});

test('check-config names file, line, key, value and what is allowed', async () => {
  const file = `${node.dataDir}/bad.toml`;
  await writeFile(file, '\n[http]\nport = 99999\n');
  const error = await fails(['check-config', file]);
  assert.equal(error.code, 1);
  assert.equal(
    error.stderr.trim(),
    `${file}:3: http.port = 99999: a whole number from 0 to 65535 is allowed`,
  );
});

test('doctor finds what a node needs', async () => {
  const { stdout } = await run(kBinary, ['doctor']);
  assert.match(stdout, /good +media/);
  assert.match(stdout, /good +disk/);
});

const source = (path) => readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

test('the unit for systemd asks nothing that Debian 12 does not have', async () => {
  const unit = await source('deploy/systemd/longmen.service');
  assert.match(unit, /^Type=notify$/m); // notify-reload: systemd 253
  assert.match(unit, /^ExecReload=.*kill -HUP \$MAINPID$/m);
  assert.match(unit, /^After=.*\btime-sync\.target\b/m);
});

// SHA-256 of each certificate that HTTPS shows, the leaf first.
async function shownChain() {
  const { https } = (await node.status()).ports;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: https, rejectUnauthorized: false }, () => {
      const chain = [];
      for (let at = socket.getPeerCertificate(true); at?.fingerprint256; at = at.issuerCertificate) {
        if (chain.includes(at.fingerprint256)) break;
        chain.push(at.fingerprint256);
      }
      socket.destroy();
      resolve(chain);
    });
    socket.on('error', reject);
  });
}

async function makeCertificate(name) {
  const [certificate, key] = [`${node.dataDir}/${name}.pem`, `${node.dataDir}/${name}.key`];
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '30', '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate]);
  return { certificate, key };
}

test('SIGHUP shows a certificate that was renewed under the same name', async () => {
  const good = await readFile(node.configFile, 'utf8');
  const { certificate, key } = await makeCertificate('first');
  const files = `certificate_file = "${certificate}"\nkey_file = "${key}"\n`;
  const own = await shownChain();
  await writeFile(node.configFile, good.replace('[http]\n', `[http]\n${files}`));
  node.process.kill('SIGHUP');
  const first = await until('the configured certificate', async () => {
    const shown = await shownChain();
    return shown[0] !== own[0] && shown;
  });
  const renewed = await makeCertificate('second');
  await writeFile(certificate, await readFile(renewed.certificate));
  await writeFile(key, await readFile(renewed.key));
  node.process.kill('SIGHUP'); // the configuration itself is the same
  await until('the renewed certificate', async () => (await shownChain())[0] !== first[0]);
  await writeFile(node.configFile, good);
  node.process.kill('SIGHUP');
  await until("the installation's own again", async () => (await shownChain())[0] === own[0]);
});

for (const role of ROLES) {
  test(`${role}, killed, is back at the same ports, and nobody else is touched`, async () => {
    const earlier = await node.status();
    const victim = earlier.roles.find((r) => r.role === role);
    process.kill(victim.pid, 'SIGKILL');
    const back = await until(`${role} is back`, async () => {
      const now = await node.role(role);
      return now?.state === 'ready' && now.pid !== victim.pid && now;
    }, { timeoutMs: 5_000 });
    assert.match(back.last_end, /killed by SIGKILL/);
    const later = await node.status();
    assert.deepEqual(later.ports, earlier.ports);
    for (const other of ROLES.filter((r) => r !== role)) {
      const pid = (s) => s.roles.find((r) => r.role === other).pid;
      assert.equal(pid(later), pid(earlier), other);
    }
  });
}

test('a reload with a mistake changes nothing; a good one touches only what changed', async () => {
  const earlier = await node.status();
  const good = await readFile(node.configFile, 'utf8');
  await writeFile(node.configFile, good.replace('port = 0', 'port = "x"'));
  node.process.kill('SIGHUP');
  await until('the refusal', () => node.log.includes('configuration not taken over'));
  assert.deepEqual((await node.status()).ports, earlier.ports);

  // Another RTMP address: ingest starts again on a new port; all others go on.
  await writeFile(node.configFile, good.replace('[rtmp]\naddress = "127.0.0.1"', '[rtmp]\naddress = "127.0.0.2"'));
  node.process.kill('SIGHUP');
  const pid = (status, role) => status.roles.find((r) => r.role === role).pid;
  const later = await until('ingest on its new address', async () => {
    const status = await node.status();
    const ingest = status.roles.find((r) => r.role === 'ingest');
    return pid(status, 'ingest') !== pid(earlier, 'ingest') && ingest.state === 'ready' && status;
  });
  assert.notEqual(later.ports.rtmp, earlier.ports.rtmp);
  for (const role of ['control', 'relay', 'gateway']) {
    assert.equal(pid(later, role), pid(earlier, role), role);
  }
});

const kNewKey = 'another-key-0123456789';
const kOther = '[[channel]]\nid = "other"\nname = "Other"\nstream_keys = ["other-key-0123456789"]\n';

// Sends a little to RTMP with a key; true when the server took it.
async function isTaken(key) {
  const { rtmp } = (await node.status()).ports;
  const sending = run('ffmpeg', ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=30',
    '-t', '0.5', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '15', '-f', 'flv',
    `rtmp://127.0.0.2:${rtmp}/live/${key}`]);
  return sending.then(() => true, () => false);
}

test('SIGHUP: a stream key added later works, other differences are named, a channel is added', { timeout: 60_000 }, async () => {
  assert.equal(await isTaken(kNewKey), false);
  const stale = `${node.dataDir}/slates/0123456789abcdef.slate`;
  await writeFile(stale, 'of a channel that was');
  await node.reload((text) => text
    .replace('stream_keys = [', `gop_seconds = 2\nstream_keys = ["${kNewKey}", `) + kOther);
  await until('the difference is named', () => node.log.includes(
    'channel.gop_seconds = 2: channel main is the database\'s, which has 1'));
  assert.match(node.log, new RegExp(`not taken over: ${node.configFile}:\\d+: channel.gop_seconds`));
  await until('the key is valid', () => isTaken(kNewKey), { timeoutMs: 15_000 });
  await until('the other channel has its slate', async () => (await node.status()).on_air
    .some(({ channel, source }) => channel === 'other' && source === 'slate'), { timeoutMs: 20_000 });
  assert.deepEqual((await node.status()).without_picture, []);
  await until('the old slate is removed', () => !existsSync(stale));
});

test('a log in JSON from a reload on, also the supervisor\'s', async () => {
  const before = node.log.length;
  await node.reload((text) => text.replace('node_name = "test"\n', 'node_name = "test"\nlog_format = "json"\n'));
  await until('the supervisor writes JSON', () => node.log.slice(before).includes('"process":"supervisor"'));
  const lines = node.log.slice(before).split('\n').filter((line) => line.includes('taken over'));
  assert.equal(JSON.parse(lines[0]).level, 'info');
  await node.reload((text) => text.replace('log_format = "json"\n', ''));
});

test('an idle channel has no streamer, in status or metrics', { timeout: 60_000 }, async () => {
  const streamers = async () => (await node.status()).roles.filter(({ role }) => role === 'streamer');
  assert.ok(await isTaken('test-key-0123456789'));
  await until('its streamer has ended', async () => (await streamers()).length === 0, { timeoutMs: 25_000 });
  const metrics = await node.metrics();
  assert.doesNotMatch(metrics, /longmen_process_up\{[^}]*streamer/);
});

test('who dies again and again is started later each time', async () => {
  const before = node.log.length;
  for (let deaths = 1; deaths <= 3; ++deaths) {
    const { pid } = await until('ingest runs', async () => {
      const now = await node.role('ingest');
      return now?.state === 'ready' && now;
    });
    process.kill(pid, 'SIGKILL');
    await until('its death is noticed', async () => (await node.role('ingest')).pid !== pid);
  }
  const delays = [...node.log.slice(before).matchAll(/ingest ended: .*starting again in (\d+) ms/g)];
  const waited = delays.map(([, delay]) => Number(delay));
  assert.equal(waited.length, 3, node.log.slice(before));
  assert.ok(waited[1] > waited[0] && waited[2] === 2 * waited[1], waited.join(', '));
});

test('a role that hangs is killed and started again', { timeout: 30_000 }, async () => {
  const { pid } = await node.role('gateway');
  process.kill(pid, 'SIGSTOP');
  const back = await until('another gateway', async () => {
    const now = await node.role('gateway');
    return now?.state === 'ready' && now.pid !== pid && now;
  }, { timeoutMs: 12_000 });
  assert.match(back.last_end, /killed by SIGKILL \(hung\)/);
});

test('SIGTERM ends it in order: no process, port or socket is left', async () => {
  const status = await node.status();
  const pids = status.roles.map((r) => r.pid).filter((pid) => pid > 0);
  const url = await node.url('/livez');
  const { rtmp, udp0 } = status.ports;
  assert.ok(await isFree('udp', udp0) === false, 'the relay has its port');
  const { code } = await node.stop();
  assert.equal(code, 0, node.log);
  for (const pid of pids) assert.ok(!isAlive(pid), `process ${pid}`);
  await assert.rejects(fetch(url));
  assert.ok(await isFree('tcp', rtmp, '127.0.0.2'), `RTMP port ${rtmp}`);
  assert.ok(await isFree('udp', udp0), `UDP port ${udp0}`);
  const name = createHash('sha256').update(node.dataDir).digest('hex').slice(0, 16);
  assert.deepEqual((await abstractSockets()).filter((line) => line.includes(name)), []);
});

test('SIGKILL of the supervisor takes every process with it, and the node starts again', async () => {
  node.launch();
  await node.ready();
  const pids = (await node.status()).roles.map((r) => r.pid).filter((pid) => pid > 0);
  await node.stop('SIGKILL');
  await until('all children end', () => pids.every((pid) => !isAlive(pid)), { timeoutMs: 3_000 });
  node.launch();
  await node.ready();
});

test('a database that cannot be used: status says why, and when it is tried again', async () => {
  await node.stop();
  for (const file of ['longmen.db-wal', 'longmen.db-shm']) await rm(`${node.dataDir}/${file}`, { force: true });
  await writeFile(`${node.dataDir}/longmen.db`, 'x'.repeat(4096));
  node.launch();
  await until('control waits', async () => (await node.role('control'))?.starts_in_ms > 0);
  assert.match((await node.role('control')).last_end, /^exit code 1: .*longmen\.db.*not a database/);
  const stdout = await until('status says when', async () => {
    const words = (await run(kBinary, ['status', '--data-dir', `${node.dataDir}/`])).stdout;
    return /^control .*starts again in \d+ ms/m.test(words) && words;
  });
  assert.match(stdout, /last end: exit code 1: .*not a database/);
});
