import { describe, expect, it } from 'vitest';
import {
  applyIceFragment,
  askForStereo,
  iceFragment,
  linkOf,
  retryAfterMs,
  WhepClient,
} from '../src/whep';
import { created, FakePeer, FakeStream, fakeFetch, kAnswer, kOffer } from './support/fake_peer';

function client(replies: (Response | Error | Promise<Response>)[], rendition = '', audio = '') {
  const peer = new FakePeer();
  const stream = new FakeStream();
  const server = fakeFetch(replies);
  const whep = new WhepClient({
    endpoint: 'http://node/whep/main',
    rendition,
    audio,
    fetch: server.fetch,
    createPeerConnection: () => peer as unknown as RTCPeerConnection,
    createStream: () => stream as unknown as MediaStream,
  });
  return { whep, peer, stream, calls: server.calls };
}

describe('joining', () => {
  it('offers to receive video and audio and plays the answer', async () => {
    const { whep, peer, calls } = client([created()]);
    await whep.join();
    expect(peer.transceivers.map(({ kind, direction }) => [kind, direction])).toEqual([
      ['video', 'recvonly'],
      ['audio', 'recvonly'],
    ]);
    expect(calls).toHaveLength(1);
    expect(calls[0].method).toBe('POST');
    expect(calls[0].headers['Content-Type']).toBe('application/sdp');
    expect(calls[0].body).toBe(peer.localDescription?.sdp);
    expect(calls[0].body).toContain('useinbandfec=1;stereo=1');
    expect(peer.remoteDescription?.sdp).toBe(kAnswer);
    expect(whep.location).toBe('http://node/whep/main/viewer-1');
  });

  it('asks for no playout delay', async () => {
    const { whep, peer } = client([created()]);
    await whep.join();
    for (const receiver of peer.getReceivers()) {
      expect(receiver).toMatchObject({ jitterBufferTarget: 0, playoutDelayHint: 0 });
    }
  });

  it('names the wanted rendition', async () => {
    const { whep, calls } = client([created()], '480p wide');
    await whep.join();
    expect(calls[0].address).toBe('http://node/whep/main?rendition=480p%20wide');
  });

  it('says what the server said: status, words, Retry-After', async () => {
    const full = new Response('{"title":"Service Unavailable","detail":"full"}', {
      status: 503,
      headers: { 'Retry-After': '7', 'Content-Type': 'application/problem+json' },
    });
    const { whep } = client([full]);
    await expect(whep.join()).rejects.toMatchObject({
      failure: 'http',
      status: 503,
      message: 'full',
      retryAfterMs: 7000,
    });
  });

  it('shows no page of a proxy as words of the server', async () => {
    const html = new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } });
    await expect(client([html]).whep.join()).rejects.toMatchObject({ message: 'HTTP 502' });
  });

  it('tells a dead network from a bad answer', async () => {
    await expect(client([new TypeError('refused')]).whep.join()).rejects.toMatchObject({
      failure: 'network',
    });
    const nonsense = new Response('hello', { status: 201 });
    await expect(client([nonsense]).whep.join()).rejects.toMatchObject({ failure: 'negotiation' });
  });
});

const kLink =
  '<stun:10.0.0.1>; rel="ice-server", ' +
  '</whep/main/viewer-1/layer>; rel="urn:ietf:params:whep:ext:core:layer"';

describe('choosing a rendition', () => {
  const linked = () => created('/whep/main/viewer-1', { Link: kLink });

  it('asks where the answer says, by name or for the server to choose', async () => {
    const { whep, calls } = client([linked(), new Response(), new Response()]);
    await whep.join();
    expect(await whep.select('480p')).toBe(true);
    expect(await whep.select('')).toBe(true);
    expect(calls.slice(1).map(({ method, address, body }) => [method, address, body])).toEqual([
      ['POST', 'http://node/whep/main/viewer-1/layer', '{"mediaId":"0","encodingId":"480p"}'],
      ['POST', 'http://node/whep/main/viewer-1/layer', '{"mediaId":"0"}'],
    ]);
    expect(calls[1].headers['Content-Type']).toBe('application/json');
  });

  it('asks for the sound in a language, when joining and while it plays', async () => {
    const { whep, calls } = client([linked(), new Response(), new Response(), new Response()], '', 'zh-Hans');
    await whep.join();
    expect(calls[0].address).toBe('http://node/whep/main?audio=zh-Hans');
    expect(await whep.select('480p', 'ug')).toBe(true);
    expect(await whep.select('', 'ug')).toBe(true);
    expect(await whep.select('', '')).toBe(true);
    expect(calls.slice(1).map(({ body }) => body)).toEqual([
      '{"mediaId":"0","encodingId":"480p","audio":"ug"}',
      '{"mediaId":"0","audio":"ug"}',
      '{"mediaId":"0","audio":""}',
    ]);
  });

  it('says when the server does not do it, is gone, or refuses', async () => {
    const without = client([created()]);
    await without.whep.join();
    expect(await without.whep.select('480p')).toBe(false);
    expect(without.calls).toHaveLength(1);
    const { whep } = client([linked(), new TypeError('refused'), new Response('', { status: 404 })]);
    await whep.join();
    expect(await whep.select('480p')).toBe(false);
    expect(await whep.select('480p')).toBe(false);
    whep.leave();
    expect(await whep.select('480p')).toBe(false);
  });

  it('reads links as RFC 8288 writes them', () => {
    expect(linkOf('<a,b;c>;rel=x', 'x')).toBe('a,b;c');
    expect(linkOf('<a>; title="x"; rel="y x"', 'x')).toBe('a');
    expect(linkOf('<a>; rel="xy", <b>; rel=x', 'x')).toBe('b');
    expect(linkOf('<a>; rev=x', 'x')).toBe(null);
    expect(linkOf('nonsense', 'x')).toBe(null);
    expect(linkOf(null, 'x')).toBe(null);
  });
});

describe('leaving', () => {
  it('closes and deletes once, outliving the page', async () => {
    const { whep, peer, calls } = client([created(), new Response(null, { status: 200 })]);
    await whep.join();
    whep.leave();
    whep.leave();
    expect(peer.closed).toBe(true);
    expect(calls.slice(1)).toMatchObject([
      { method: 'DELETE', address: 'http://node/whep/main/viewer-1', keepalive: true },
    ]);
  });

  it('gives the place back even when the answer comes after leaving', async () => {
    let answer!: (response: Response) => void;
    const late = new Promise<Response>((resolve) => (answer = resolve));
    const { whep, calls } = client([late, new Response(null, { status: 200 })]);
    const joined = whep.join();
    await Promise.resolve();
    whep.leave();
    answer(created());
    await expect(joined).rejects.toMatchObject({ failure: 'left' });
    expect(calls.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
  });

  it('sends nothing when there is nothing to give back', () => {
    const { whep, calls } = client([]);
    whep.leave();
    expect(calls).toHaveLength(0);
  });
});

describe('ICE restart', () => {
  const fragment = [
    'a=ice-lite',
    'a=ice-ufrag:srv2',
    'a=ice-pwd:serverpassword2serverpassword2',
    'a=candidate:1 1 udp 2130706431 10.0.0.2 8190 typ host',
    '',
  ].join('\r\n');

  it('sends the new credentials and takes the new ones over', async () => {
    const reply = new Response(fragment, { status: 200, headers: { ETag: '"e2"' } });
    const { whep, peer, calls } = client([created(), reply]);
    await whep.join();
    expect(await whep.restartIce()).toBe('restarted');
    expect(calls[1]).toMatchObject({
      method: 'PATCH',
      address: 'http://node/whep/main/viewer-1',
      headers: { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' },
    });
    expect(calls[1].body).toContain('a=ice-ufrag:again\r\n');
    const sdp = peer.remoteDescription?.sdp ?? '';
    expect(sdp.match(/srv2/g)).toHaveLength(2);
    expect(sdp).not.toMatch(/srv1|10\.0\.0\.1/);
    expect(sdp.match(/10\.0\.0\.2 8190/g)).toHaveLength(2);
  });

  it('reports a server that has forgotten the viewer', async () => {
    const { whep, peer } = client([created(), new Response(null, { status: 404 })]);
    await whep.join();
    expect(await whep.restartIce()).toBe('gone');
    expect(peer.signalingState).toBe('stable');
    expect(peer.remoteDescription?.sdp).toBe(kAnswer);
  });

  it('leaves the session as it is when the server cannot', async () => {
    const { whep, peer } = client([created(), new Response(null, { status: 405 })]);
    await whep.join();
    expect(await whep.restartIce()).toBe('failed');
    expect(peer.remoteDescription?.sdp).toBe(kAnswer);
    expect(await whep.restartIce()).toBe('failed'); // the network is gone: no throw either
  });
});

describe('SDP', () => {
  it('asks for stereo once', () => {
    const once = askForStereo(kOffer);
    expect(once).toContain('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n');
    expect(askForStereo(once)).toBe(once);
    expect(askForStereo('v=0\r\n')).toBe('v=0\r\n');
  });

  it('makes a fragment of RFC 8840 from an offer', () => {
    expect(iceFragment(kOffer).split('\r\n')).toEqual([
      'a=ice-options:trickle',
      'a=group:BUNDLE 0 1',
      'm=video 9 UDP/TLS/RTP/SAVPF 102 103',
      'a=mid:0',
      'a=ice-ufrag:offer',
      'a=ice-pwd:offerpasswordofferpassword',
      'a=end-of-candidates',
      '',
    ]);
  });

  it('keeps the candidates when the fragment has none, refuses one without credentials', () => {
    const kept = applyIceFragment(kAnswer, 'a=ice-ufrag:x\r\na=ice-pwd:y\r\n');
    expect(kept.match(/10\.0\.0\.1 8189/g)).toHaveLength(2);
    expect(() => applyIceFragment(kAnswer, 'a=ice-ufrag:x\r\n')).toThrow();
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-03-01T00:00:00Z');
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 01 Mar 2026 00:00:30 GMT', 30_000],
    ['Sat, 28 Feb 2026 00:00:30 GMT', 0],
    ['soon', null],
    [null, null],
  ])('%s', (value, expected) => {
    expect(retryAfterMs(value, now)).toBe(expected);
  });
});
