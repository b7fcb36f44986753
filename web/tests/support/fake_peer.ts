/** Just enough of a browser for WhepClient: a peer connection and a server of recorded answers. */

export const kOffer = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'm=video 9 UDP/TLS/RTP/SAVPF 102 103',
  'a=mid:0',
  'a=ice-ufrag:offer',
  'a=ice-pwd:offerpasswordofferpassword',
  'a=ice-options:trickle',
  'a=rtpmap:102 H264/90000',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:1',
  'a=ice-ufrag:offer',
  'a=ice-pwd:offerpasswordofferpassword',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  '',
].join('\r\n');

export const kAnswer = [
  'v=0',
  'o=- 3 4 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=ice-lite',
  'm=video 8189 UDP/TLS/RTP/SAVPF 102 103',
  'a=mid:0',
  'a=ice-ufrag:srv1',
  'a=ice-pwd:serverpassword1serverpassword1',
  'a=candidate:1 1 udp 2130706431 10.0.0.1 8189 typ host',
  'm=audio 8189 UDP/TLS/RTP/SAVPF 111',
  'a=mid:1',
  'a=ice-ufrag:srv1',
  'a=ice-pwd:serverpassword1serverpassword1',
  'a=candidate:1 1 udp 2130706431 10.0.0.1 8189 typ host',
  '',
].join('\r\n');

export class FakePeer extends EventTarget {
  transceivers: { kind: string; direction: string; receiver: Record<string, unknown> }[] = [];
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  connectionState: RTCPeerConnectionState = 'new';
  signalingState = 'stable';
  closed = false;

  addTransceiver(kind: string, init: { direction: string }) {
    const receiver = { jitterBufferTarget: null, playoutDelayHint: null };
    const transceiver = { kind, direction: init.direction, receiver };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getReceivers() {
    return this.transceivers.map((each) => each.receiver);
  }

  async createOffer(options?: { iceRestart?: boolean }) {
    if (this.closed) throw new DOMException('closed', 'InvalidStateError');
    const sdp = options?.iceRestart ? kOffer.replaceAll('offer', 'again') : kOffer;
    return { type: 'offer', sdp };
  }

  async setLocalDescription(description: { type: string; sdp: string }) {
    this.localDescription = description;
    this.signalingState = 'have-local-offer';
  }

  async setRemoteDescription(description: { type: string; sdp: string }) {
    if (this.closed) throw new DOMException('closed', 'InvalidStateError');
    if (!description.sdp.startsWith('v=0')) throw new Error('Failed to parse SessionDescription');
    this.remoteDescription = description;
    this.signalingState = 'stable';
  }

  close() {
    this.closed = true;
  }

  become(state: RTCPeerConnectionState) {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

export class FakeStream {
  tracks: { stop(): void }[] = [];
  addTrack(track: { stop(): void }) {
    this.tracks.push(track);
  }
  getTracks() {
    return this.tracks;
  }
}

export interface Call {
  method: string;
  address: string;
  headers: Record<string, string>;
  body: string;
  keepalive: boolean;
}

/** Answers each request with the next of `replies`; a reply may also be an Error or a promise. */
export function fakeFetch(replies: (Response | Error | Promise<Response>)[]) {
  const calls: Call[] = [];
  const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    calls.push({
      method: init.method ?? 'GET',
      address: String(input),
      headers: (init.headers ?? {}) as Record<string, string>,
      body: String(init.body ?? ''),
      keepalive: init.keepalive ?? false,
    });
    const reply = replies.shift();
    if (!reply) throw new TypeError('Failed to fetch');
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return { fetch: fetch as typeof globalThis.fetch, calls };
}

export function created(location = '/whep/main/viewer-1', more: HeadersInit = {}): Response {
  return new Response(kAnswer, {
    status: 201,
    headers: { Location: location, ETag: '"e1"', 'Content-Type': 'application/sdp', ...more },
  });
}
