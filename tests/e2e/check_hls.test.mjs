// check-hls against made-up servers: what it asks for, and how, and what it finds in what it is answered with. What it
// finds in playlists has unit tests (tests/core/hls); that it finds nothing in ours, hls.test.mjs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { LowLatencyChannel, serveHls } from './support/made_up_hls.mjs';
import { kBinary } from './support/node.mjs';

const kMedia = Buffer.alloc(188);

const check = (url, ...args) => new Promise((resolve) => {
  execFile(kBinary, ['check-hls', url, '--seconds', '5', ...args], { timeout: 50_000, maxBuffer: 1 << 24 },
    (error, stdout, stderr) => resolve({
      code: error ? error.code : 0, stdout, stderr, violations: stdout.split('\n').filter((line) => line.includes('VIOLATION')),
    }));
});

async function checked(answer, { path = '/live.m3u8', args = [] } = {}) {
  const server = await serveHls(answer);
  try {
    return { ...await check(server.origin + path, ...args), requests: server.requests };
  } finally {
    server.close();
  }
}

// Segments of a second, one more each second.
const kBegan = Date.now();
function growing({ head = '', uri = (number) => `${number}.ts` } = {}) {
  const last = 10 + Math.floor((Date.now() - kBegan) / 1000);
  let text = `#EXTM3U\n#EXT-X-VERSION:11\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${last - 6}\n${head}`;
  for (let number = last - 6; number <= last; number++) text += `#EXTINF:1,\n${uri(number)}\n`;
  return text;
}

test('a playlist that does not grow is told so', async () => {
  const frozen = growing();
  const { code, stdout, violations } = await checked(({ pathname }) =>
    pathname.endsWith('.ts') ? kMedia : frozen);
  assert.equal(code, 1, stdout);
  assert.equal(violations.length, 1, stdout);
  assert.match(violations[0], /§6\.2\.1: for \d\.\d s there was no new segment/);
  const alive = await checked(({ pathname }) => (pathname.endsWith('.ts') ? kMedia : growing()));
  assert.equal(alive.code, 0, alive.stdout);
});

test('variables are replaced, also those of the multivariant playlist and of its query', async () => {
  const { code, stdout, requests } = await checked(({ pathname }) => {
    if (pathname === '/all.m3u8')
      return '#EXTM3U\n#EXT-X-VERSION:11\n#EXT-X-DEFINE:NAME="where",VALUE="cdn/a"\n' +
        '#EXT-X-STREAM-INF:BANDWIDTH=9999\n{$where}/live.m3u8?token=t0\n';
    if (pathname === '/cdn/a/live.m3u8')
      return growing({
        head: '#EXT-X-DEFINE:IMPORT="where"\n#EXT-X-DEFINE:QUERYPARAM="token"\n',
        uri: (number) => `/{$where}/${number}.ts?t={$token}`,
      });
    return pathname.startsWith('/cdn/a/') && pathname.endsWith('.ts') ? kMedia : null;
  }, { path: '/all.m3u8' });
  assert.equal(code, 0, stdout);
  assert.ok(requests.some(({ url }) => /^\/cdn\/a\/\d+\.ts\?t=t0$/.test(url)), JSON.stringify(requests.map(({ url }) => url)));
});

test('header fields go to their origin, and cookies to who has set them', async () => {
  const cdn = await serveHls(({ pathname }) => (pathname.endsWith('.ts') ? kMedia : null));
  try {
    const { code, stdout, requests } = await checked(({ pathname }, { headers }) => {
      if (headers.authorization !== 'Bearer a:b' || headers['x-empty'] !== '') return { status: 401 };
      if (pathname === '/all.m3u8')
        return {
          headers: { 'Set-Cookie': 'session=s1; Path=/; HttpOnly', 'Content-Type': 'application/vnd.apple.mpegurl' },
          body: '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9999\nlive.m3u8\n',
        };
      if (headers.cookie !== 'session=s1') return { status: 403 };
      const number = /(\d+)\.ts$/.exec(pathname)?.[1];
      if (number) return { status: 302, headers: { Location: `${cdn.origin}/${number}.ts` } };
      return growing();
    }, { path: '/all.m3u8', args: ['--header', 'Authorization: Bearer a:b', '--header', 'X-Empty:'] });
    assert.equal(code, 0, stdout);
    assert.ok(requests.length > 4, stdout);
    assert.ok(cdn.requests.length > 1);
    for (const { headers } of cdn.requests) assert.equal(headers.authorization ?? headers['x-empty'], undefined);
  } finally {
    cdn.close();
  }
});

test('a header field that is none is refused', async () => {
  for (const [field, words] of [['Authorization', /"Name: value"/], ['A B: c', /"A B" is no name/], ['A: b\nC: d', /control characters/]]) {
    const { code, stderr } = await check('http://127.0.0.1:1/live.m3u8', '--header', field);
    assert.equal(code, 2);
    assert.match(stderr, /^--header: /);
    assert.match(stderr, words);
  }
});

test('a low-latency channel that does as it should is clean, and its hints are asked for', async () => {
  const channel = new LowLatencyChannel();
  let early = 0;
  const { code, stdout } = await checked((url) => {
    if (url.pathname.endsWith('.m3u8')) return channel.playlist(url);
    early += !channel.isThere(url.pathname);
    return channel.media(url.pathname);
  });
  assert.equal(code, 0, stdout);
  assert.ok(early > 0, 'no hinted part was asked for');
});

test('a hinted part that is refused, and told later', async () => {
  const channel = new LowLatencyChannel();
  const { stdout, violations } = await checked((url) => {
    if (url.pathname.endsWith('.m3u8')) return channel.playlist(url);
    return channel.isThere(url.pathname) ? channel.media(url.pathname) : null;
  });
  assert.ok(violations.length > 0 && violations.every((line) => /§6\.2\.6: .* was hinted and answered with 404/.test(line)), stdout);
});

test('delta updates that are told and refused', async () => {
  const channel = new LowLatencyChannel();
  const { stdout, violations } = await checked((url) => {
    if (url.searchParams.has('_HLS_skip')) return { status: 400 };
    return url.pathname.endsWith('.m3u8') ? channel.playlist(url) : channel.media(url.pathname);
  });
  assert.equal(violations.length, 1, stdout);
  assert.match(violations[0], /§6\.2\.5\.1: .*_HLS_skip=YES is answered with 400/);
});

test('what has ended is read whole, and looked at once more', async () => {
  let times = 0;
  const vod = (title) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-BITRATE:3\n#EXTINF:1,
0.ts\n#EXTINF:1,\n1.ts\n#EXTINF:1,${title}\n2.ts\n#EXT-X-ENDLIST\n`;
  const { stdout, violations, requests } = await checked(({ pathname }) =>
    (pathname.endsWith('.ts') ? kMedia : vod(times++)));
  assert.deepEqual(requests.filter(({ url }) => url.endsWith('.ts')).map(({ url }) => url), ['/0.ts', '/1.ts', '/2.ts']);
  assert.equal(violations.length, 4, stdout);
  assert.match(violations[0], /§4\.4\.4\.8: segment 0 has EXT-X-BITRATE 3, and 2 kbit\/s/);
  assert.match(violations.at(-1), /§6\.2\.1: a playlist of the type VOD has changed/);
});
