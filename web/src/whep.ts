/**
 * One WHEP session (draft-ietf-wish-whep): offers to receive H.264 and Opus, plays what is
 * answered, chooses among the renditions while it plays, moves to another network by an ICE restart,
 * and gives its place back when it leaves.
 * It decides nothing about retries: every failure is a WhepError that says what the server said.
 * No candidate is ever sent: the server is ICE-lite and learns our address from our check.
 */

import { applyIceFragment, exchange, iceFragment, refusal, WhepError, words } from './webrtc_http';

export { applyIceFragment, iceFragment, retryAfterMs, WhepError, type WhepFailure } from './webrtc_http';

export interface WhepOptions {
  /** Address of the channel's WHEP endpoint, e.g. "/whep/main". */
  endpoint: string;
  /** Name of the wanted rendition; empty for the server's choice. */
  rendition?: string;
  /** Language of the wanted sound, a tag; empty for the channel's first. */
  audio?: string;
  fetch?: typeof fetch;
  createPeerConnection?: () => RTCPeerConnection;
  createStream?: () => MediaStream;
}

export type RestartOutcome =
  | 'restarted'
  /** The server no longer knows this viewer: join again. */
  | 'gone'
  /** Nothing was learned; the session is as it was. */
  | 'failed';

/** Where a rendition is chosen for a session that plays. */
const kLayerExtension = 'urn:ietf:params:whep:ext:core:layer';

export class WhepClient {
  readonly stream: MediaStream;
  readonly connection: RTCPeerConnection;
  /** Called with each change of the connection's state. */
  onstate: ((state: RTCPeerConnectionState) => void) | null = null;

  private readonly fetch: typeof fetch;
  private readonly endpoint: string;
  private resource: string | null = null;
  private layers: string | null = null;
  private etag: string | null = null;
  private joining = false;
  private restarting = false;
  private left = false;

  constructor(options: WhepOptions) {
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.endpoint = withQuery(options.endpoint, { rendition: options.rendition, audio: options.audio });
    this.stream = options.createStream?.() ?? new MediaStream();
    this.connection =
      options.createPeerConnection?.() ?? new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.connection.addEventListener('track', (event) => this.stream.addTrack(event.track));
    this.connection.addEventListener('connectionstatechange', () => {
      if (!this.left) this.onstate?.(this.connection.connectionState);
    });
  }

  /** Address of this session at the server, once joined. */
  get location(): string | null {
    return this.resource;
  }

  /** Resolves when the answer stands; media follows. Throws WhepError. */
  async join(): Promise<void> {
    if (this.joining) throw new Error('a WhepClient joins once');
    this.joining = true;
    const offer = await this.makeOffer();
    const response = await exchange(this.fetch, this.endpoint, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp', Accept: 'application/sdp' },
      body: offer,
    });
    if (response.status !== 201) throw refusal(response);
    const location = response.headers.get('Location');
    if (location) this.resource = new URL(location, response.address).href;
    const layers = linkOf(response.headers.get('Link'), kLayerExtension);
    if (layers !== null) this.layers = new URL(layers, response.address).href;
    this.etag = response.headers.get('ETag');
    if (this.left) {
      this.giveBack();
      throw new WhepError('left', 'left while joining');
    }
    try {
      await this.connection.setRemoteDescription({ type: 'answer', sdp: response.text });
    } catch (error) {
      throw this.left
        ? new WhepError('left', 'left while joining')
        : new WhepError('negotiation', words(error));
    }
    for (const receiver of this.connection.getReceivers()) wantNoDelay(receiver);
  }

  /**
   * Asks for another rendition ("" for the server's choice), and for the sound in a language ("" for the
   * channel's first; without, as it is), on the connection that there is; pictures come with the next keyframe. False when the
   * server would not: only a new session brings it. Never throws.
   */
  async select(rendition: string, audio?: string): Promise<boolean> {
    if (this.left || this.layers === null) return false;
    try {
      const response = await exchange(this.fetch, this.layers, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        // Video is what this client offers first.
        body: JSON.stringify({
          mediaId: '0',
          ...(rendition && { encodingId: rendition }),
          ...(audio !== undefined && { audio }),
        }),
      });
      return response.status === 200;
    } catch {
      return false;
    }
  }

  /** Moves to new ICE credentials, e.g. after the device changed its network. Never throws. */
  async restartIce(): Promise<RestartOutcome> {
    const { resource, connection } = this;
    const current = connection.remoteDescription;
    if (this.left || this.restarting || !resource || !current) return 'failed';
    this.restarting = true;
    try {
      const offer = await connection.createOffer({ iceRestart: true });
      const response = await exchange(this.fetch, resource, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' },
        body: iceFragment(offer.sdp ?? ''),
      });
      if (response.status === 404 || response.status === 410) return 'gone';
      if (response.status !== 200) return 'failed';
      if (this.left) return 'failed';
      // Only now is the old transport given up: a refused restart costs nothing.
      await connection.setLocalDescription({ type: 'offer', sdp: offer.sdp ?? '' });
      await connection.setRemoteDescription({
        type: 'answer',
        sdp: applyIceFragment(current.sdp, response.text),
      });
      this.etag = response.headers.get('ETag') ?? this.etag;
      return 'restarted';
    } catch {
      if (!this.left && connection.signalingState === 'have-local-offer') {
        await connection.setLocalDescription({ type: 'rollback' }).catch(() => undefined);
      }
      return 'failed';
    } finally {
      this.restarting = false;
    }
  }

  /** Ends the session here and at the server. Safe at any time, also while the page unloads. */
  leave(): void {
    if (this.left) return;
    this.left = true;
    this.connection.close();
    for (const track of this.stream.getTracks()) track.stop();
    this.giveBack();
  }

  private giveBack(): void {
    if (!this.resource) return;
    const resource = this.resource;
    this.resource = null;
    // keepalive outlives the page; the answer does not matter (404: the server forgot us first).
    this.fetch(resource, { method: 'DELETE', keepalive: true }).catch(() => undefined);
  }

  private async makeOffer(): Promise<string> {
    const { connection } = this;
    try {
      const video = connection.addTransceiver('video', { direction: 'recvonly' });
      const audio = connection.addTransceiver('audio', { direction: 'recvonly' });
      prefer(video, 'video', /^video\/(h264|rtx)$/i);
      prefer(audio, 'audio', /^audio\/opus$/i);
      wantNoDelay(video.receiver);
      wantNoDelay(audio.receiver);
      const offer = await connection.createOffer();
      const sdp = askForStereo(offer.sdp ?? '');
      await connection.setLocalDescription({ type: 'offer', sdp });
      return sdp;
    } catch (error) {
      if (this.left) throw new WhepError('left', 'left while joining');
      if (error instanceof WhepError) throw error;
      throw new WhepError('negotiation', words(error));
    }
  }
}

/** Opus is decoded to mono unless the receiver says otherwise (RFC 7587 §6.1). */
export function askForStereo(sdp: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2\r?$/im.exec(sdp)?.[1];
  if (!opus) return sdp;
  return sdp.replace(new RegExp(`^a=fmtp:${opus} (?!.*stereo=)[^\\r\\n]*`, 'm'), '$&;stereo=1');
}

/** The target of the first link with that relation (RFC 8288), or null. */
export function linkOf(header: string | null, relation: string): string | null {
  for (const [, target, parameters] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters);
    if ((rel?.[1] ?? rel?.[2] ?? '').split(' ').includes(relation)) return target;
  }
  return null;
}

function withQuery(endpoint: string, fields: Record<string, string | undefined>): string {
  let address = endpoint;
  for (const [name, value] of Object.entries(fields)) {
    if (!value) continue;
    address += `${address.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
  }
  return address;
}

function prefer(transceiver: RTCRtpTransceiver, kind: 'audio' | 'video', wanted: RegExp): void {
  const known = globalThis.RTCRtpReceiver?.getCapabilities?.(kind)?.codecs;
  if (!known || !transceiver.setCodecPreferences) return;
  const codecs = known.filter((codec) => wanted.test(codec.mimeType));
  if (!codecs.some((codec) => !/\/rtx$/i.test(codec.mimeType))) {
    throw new WhepError('unsupported', `this browser cannot receive ${wanted.source}`);
  }
  transceiver.setCodecPreferences(codecs);
}

/** Live is now: no jitter buffer beyond what the network itself makes necessary. */
function wantNoDelay(receiver: RTCRtpReceiver): void {
  const tunable = receiver as { jitterBufferTarget?: number | null; playoutDelayHint?: number };
  if ('jitterBufferTarget' in tunable) tunable.jitterBufferTarget = 0;
  if ('playoutDelayHint' in tunable) tunable.playoutDelayHint = 0;
}
