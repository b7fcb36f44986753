// HTTP/2 of a whole node with real clients: curl with prior knowledge and by TLS, Node's own, which
// holds a hundred blocking reloads on one connection, and Chromium, whose hls.js comes by h2.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser } from './support/browser.mjs';
import { Node, until } from './support/node.mjs';

const kHeld = 100;
const kHlsJs = new URL('../../web/node_modules/hls.js/dist/hls.mjs', import.meta.url);
const kPlayer = `<!doctype html><meta charset="utf-8"><title>hls.js at the node's origin</title>
<video data-front autoplay muted playsinline></video>`;
const run = promisify(execFile);

let node, http, https;
before(async () => {
  node = await Node.start(); // an idle channel plays its slate
  http = node.http;
  https = `https://localhost:${(await node.status()).ports.https}/`;
  await until('a playlist', async () => (await fetch(`${http}hls/main/v0/index.m3u8`)).ok, { timeoutMs: 30_000 });
}, { timeout: 120_000 });
after(() => node?.stop());

// {version, status, body}: the version that was spoken.
async function curl(...options) {
  const { stdout } = await run('curl', ['-s', '-w', '\n%{http_version} %{response_code}', ...options],
    { encoding: 'buffer', timeout: 20_000, maxBuffer: 1 << 24 });
  const end = stdout.lastIndexOf(10);
  const [version, status] = stdout.toString('latin1', end + 1).split(' ');
  return { version, status: Number(status), body: stdout.subarray(0, end) };
}

const last = (pattern, text) => [...text.matchAll(pattern)].at(-1)?.slice(1);
// The newest part that a media playlist lists, and the segment that comes after the one under way.
function edge(playlist) {
  const sequence = Number(last(/#EXT-X-MEDIA-SEQUENCE:(\d+)/g, playlist)[0]);
  const whole = playlist.split('#EXTINF').length - 1;
  const next = sequence + whole + 1;
  return { part: last(/#EXT-X-PART:[^\n]*URI="([^"]+)"/g, playlist)?.[0], next };
}

for (const [name, base, options] of [
  ['cleartext with prior knowledge', () => http, ['--http2-prior-knowledge']],
  ['TLS and ALPN', () => https, ['--http2', '-k']],
]) {
  test(`curl by ${name} gets playlists, a part and what was held back`, { timeout: 60_000 }, async () => {
    const get = (path) => curl(...options, `${base()}${path}`);
    const multivariant = await get('hls/main/index.m3u8');
    assert.equal(multivariant.version, '2');
    assert.match(multivariant.body.toString(), /#EXT-X-STREAM-INF/);
    const playlist = (await get('hls/main/v0/index.m3u8')).body.toString();
    const { part, next } = edge(playlist);
    assert.ok(part, playlist);
    const fetched = await get(`hls/main/v0/${part}`);
    assert.equal(fetched.status, 200);
    const same = await curl('--http1.1', `${http}hls/main/v0/${part}`);
    assert.equal(same.version, '1.1');
    assert.ok(fetched.body.equals(same.body), 'the same bytes as by HTTP/1.1');
    const held = await get(`hls/main/v0/index.m3u8?_HLS_msn=${next}&_HLS_part=0`);
    assert.equal(held.status, 200, held.body.toString());
    assert.ok(edge(held.body.toString()).next > next);
    // And what handlers see of a body, and of an address, through to control.
    const refused = await curl(...options, '-H', `Origin: ${new URL(base()).origin}`,
      '--json', '{"name":"nobody","password":"something else"}', `${base()}api/v1/sign-in`);
    assert.equal(refused.version, '2');
    assert.equal(refused.status, 401, refused.body.toString());
  });
}

test(`${kHeld} blocking reloads on one connection`, { timeout: 60_000 }, async (t) => {
  const client = connect(http);
  try {
    await once(client, 'connect');
    const ask = (path) => new Promise((resolve, reject) => {
      const stream = client.request({ ':path': path });
      let status, text = '';
      stream.setEncoding('utf8').on('response', (head) => (status = head[':status']));
      stream.on('data', (piece) => (text += piece)).on('end', () => resolve({ status, text })).on('error', reject);
    });
    const { next } = edge((await ask('/hls/main/v0/index.m3u8')).text);
    const answers = await Promise.all(Array.from({ length: kHeld },
      () => ask(`/hls/main/v0/index.m3u8?_HLS_msn=${next}&_HLS_part=0`)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    for (const { text } of answers) assert.ok(edge(text).next > next);
    // Who leaves is let go, and the connection goes on.
    const far = edge(answers[0].text).next;
    const gone = client.request({ ':path': `/hls/main/v0/index.m3u8?_HLS_msn=${far}&_HLS_part=0` });
    gone.on('error', () => {}).close(8); // CANCEL
    assert.equal((await ask('/livez')).status, 200);
    const metrics = (await ask('/metrics')).text;
    const by = Number(/^longmen_http_requests_by_protocol_total\{[^}]*protocol="h2"[^}]*\} (\d+)/m.exec(metrics)?.[1]);
    t.diagnostic(`${by} requests by h2`);
    assert.ok(by >= kHeld, metrics);
  } finally {
    client.destroy();
  }
});

test("Chromium's hls.js comes by h2", { timeout: 60_000 }, async (t) => {
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    // The player's own files; what it plays comes from the node.
    await page.route(`${https}player/*`, (route) => (route.request().url().endsWith('.mjs')
      ? route.fulfill({ contentType: 'text/javascript', body: readFileSync(kHlsJs) })
      : route.fulfill({ contentType: 'text/html', body: kPlayer })));
    await page.goto(`${https}player/index.html`);
    await page.evaluate(async () => {
      const { default: Hls } = await import('/player/hls.mjs');
      const hls = new Hls({ lowLatencyMode: true });
      hls.loadSource('/hls/main/index.m3u8');
      hls.attachMedia(document.querySelector('video'));
    });
    await until('it plays', () => page.evaluate(() => document.querySelector('video').currentTime > 1),
      { timeoutMs: 30_000 });
    const protocols = await page.evaluate(() => performance.getEntriesByType('resource')
      .filter(({ name, responseStatus }) => new URL(name).pathname.startsWith('/hls/') && responseStatus === 200)
      .map(({ name, nextHopProtocol }) => [new URL(name).pathname, nextHopProtocol]));
    t.diagnostic(`${protocols.length} requests`);
    assert.ok(protocols.length > 5);
    assert.deepEqual(protocols.filter(([, protocol]) => protocol !== 'h2'), []);
  } finally {
    await browser.close();
  }
});
