import { describe, expect, it } from 'vitest';
import { mendSound, WhipClient } from '../src/whip';
import { created, FakePeer, fakeFetch, kOffer } from './support/fake_peer';

class SendingPeer extends FakePeer {
  replaced: unknown[] = [];
  override addTransceiver(track: unknown, init: { direction: string }) {
    const { kind } = track as { kind: string };
    const sender = {
      transport: null,
      getParameters: () => ({ encodings: [{}] }),
      setParameters: async () => undefined,
      replaceTrack: async (other: unknown) => void this.replaced.push(other),
    };
    return { ...super.addTransceiver(kind, init), sender };
  }
}

const stream = () =>
  ({ getTracks: () => [{ kind: 'video' }, { kind: 'audio' }] }) as unknown as MediaStream;

function client(replies: (Response | Error | Promise<Response>)[]) {
  const peer = new SendingPeer();
  const server = fakeFetch(replies);
  const whip = new WhipClient({
    endpoint: 'http://node/whip/main',
    key: 'the-key',
    fetch: server.fetch,
    createPeerConnection: () => peer as unknown as RTCPeerConnection,
  });
  return { whip, peer, calls: server.calls };
}

const gone = () => new Response(null, { status: 404 });

describe('a WHIP session', () => {
  it('offers picture and sound with the key in a header alone', async () => {
    const { whip, peer, calls } = client([created('/whip/main/session-1')]);
    await whip.publish(stream());
    expect(peer.transceivers.map(({ kind, direction }) => `${kind} ${direction}`)).toEqual([
      'video sendonly',
      'audio sendonly',
    ]);
    expect(calls[0].address).toBe('http://node/whip/main');
    expect(calls[0].headers.Authorization).toBe('Bearer the-key');
    expect(calls[0].body).toContain('a=rtcp-fb:111 nack\r\n');
    expect(whip.location).toBe('http://node/whip/main/session-1');
  });

  it('says what the server said', async () => {
    const refusal = new Response(JSON.stringify({ detail: 'wrong stream key' }), {
      status: 401,
      headers: { 'Content-Type': 'application/problem+json' },
    });
    const { whip } = client([refusal]);
    await expect(whip.publish(stream())).rejects.toMatchObject({ status: 401, message: 'wrong stream key' });
  });

  it('moves to another network, and learns that it is gone', async () => {
    const fragment = 'a=ice-ufrag:srv2\r\na=ice-pwd:serverpassword2serverpassword2\r\n';
    const { whip, peer, calls } = client([created('/whip/main/s'), new Response(fragment, { status: 200 }), gone()]);
    await whip.publish(stream());
    expect(await whip.restartIce()).toBe('restarted');
    expect(calls[1].method).toBe('PATCH');
    expect(calls[1].headers).toMatchObject({ 'If-Match': '*', Authorization: 'Bearer the-key' });
    expect(peer.remoteDescription?.sdp).toContain('a=ice-ufrag:srv2');
    expect(await whip.restartIce()).toBe('gone');
  });

  it('gives its place back once, also when the answer comes after the end', async () => {
    let answer: (response: Response) => void = () => undefined;
    const { whip, calls } = client([new Promise((resolve) => (answer = resolve)), gone()]);
    const publishing = whip.publish(stream());
    await Promise.resolve();
    whip.leave();
    answer(created('/whip/main/s'));
    await expect(publishing).rejects.toMatchObject({ failure: 'left' });
    whip.leave();
    expect(calls.filter(({ method }) => method === 'DELETE')).toEqual([
      expect.objectContaining({ address: 'http://node/whip/main/s', keepalive: true }),
    ]);
  });
});

describe('an offer of sound', () => {
  it('says that it is sent again when it is asked for', () => {
    const once = mendSound(kOffer);
    expect(once.match(/a=rtcp-fb:111 nack/g)).toHaveLength(1);
    expect(mendSound(once)).toBe(once);
    expect(mendSound('v=0\r\n')).toBe('v=0\r\n');
  });
});
