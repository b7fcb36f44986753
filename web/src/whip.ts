/**
 * One WHIP session (RFC 9725): sends a picture as H.264 and sound as Opus, moves to another network by
 * an ICE restart, and gives the channel back when it ends. It decides nothing about retries: every
 * failure is a WhepError that says what the server said. No candidate is ever sent: the server is
 * ICE-lite and learns our address from our check.
 */

import { applyIceFragment, exchange, iceFragment, refusal, WhepError, words } from './webrtc_http';
import type { RestartOutcome } from './whep';

export interface WhipOptions {
  /** Address of the channel's WHIP endpoint, e.g. "/whip/main". */
  endpoint: string;
  /** The stream key; it travels in a header alone. */
  key: string;
  fetch?: typeof fetch;
  createPeerConnection?: () => RTCPeerConnection;
}

const kMaxVideoBps = 2_500_000;
const kMaxAudioBps = 128_000;

export class WhipClient {
  readonly connection: RTCPeerConnection;
  /** Called with each change: of the connection, or "closed" when the server has hung up. */
  onstate: ((state: RTCPeerConnectionState) => void) | null = null;

  private readonly fetch: typeof fetch;
  private readonly endpoint: string;
  private readonly authorization: { Authorization: string };
  private resource: string | null = null;
  private restarting = false;
  private left = false;
  private video: RTCRtpSender | null = null;
  private audio: RTCRtpSender | null = null;

  constructor(options: WhipOptions) {
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.endpoint = options.endpoint;
    this.authorization = { Authorization: `Bearer ${options.key}` };
    this.connection =
      options.createPeerConnection?.() ?? new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.connection.addEventListener('connectionstatechange', () => {
      if (!this.left) this.onstate?.(this.connection.connectionState);
    });
  }

  /** Address of this session at the server, once it has one. */
  get location(): string | null {
    return this.resource;
  }

  /** Resolves when the answer stands; media follows. Throws WhepError. */
  async publish(stream: MediaStream): Promise<void> {
    const offer = await this.makeOffer(stream);
    const response = await exchange(this.fetch, this.endpoint, {
      method: 'POST',
      headers: { ...this.authorization, 'Content-Type': 'application/sdp', Accept: 'application/sdp' },
      body: offer,
    });
    if (response.status !== 201) throw refusal(response);
    const location = response.headers.get('Location');
    if (location) this.resource = new URL(location, response.address).href;
    if (this.left) {
      this.giveBack();
      throw new WhepError('left', 'left while connecting');
    }
    try {
      await this.connection.setRemoteDescription({ type: 'answer', sdp: response.text });
    } catch (error) {
      throw this.left
        ? new WhepError('left', 'left while connecting')
        : new WhepError('negotiation', words(error));
    }
    this.noticeHangUp();
    await this.limit(this.video, kMaxVideoBps);
    await this.limit(this.audio, kMaxAudioBps);
  }

  /** Another camera or microphone; the session goes on. */
  async replace(track: MediaStreamTrack): Promise<void> {
    await (track.kind === 'video' ? this.video : this.audio)?.replaceTrack(track);
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
        headers: {
          ...this.authorization,
          'Content-Type': 'application/trickle-ice-sdpfrag',
          'If-Match': '*',
        },
        body: iceFragment(offer.sdp ?? ''),
      });
      if (response.status === 404 || response.status === 410) return 'gone';
      if (response.status !== 200 || this.left) return 'failed';
      await connection.setLocalDescription({ type: 'offer', sdp: mendSound(offer.sdp ?? '') });
      await connection.setRemoteDescription({
        type: 'answer',
        sdp: applyIceFragment(current.sdp, response.text),
      });
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

  /** Ends the session here and at the server; the tracks are the caller's. Safe at any time. */
  leave(): void {
    if (this.left) return;
    this.left = true;
    this.connection.close();
    this.giveBack();
  }

  private giveBack(): void {
    if (!this.resource) return;
    const resource = this.resource;
    this.resource = null;
    endSession(resource, this.authorization, this.fetch);
  }

  private async makeOffer(stream: MediaStream): Promise<string> {
    const { connection } = this;
    try {
      for (const track of stream.getTracks()) {
        const transceiver = connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
        if (track.kind === 'video') {
          this.video = transceiver.sender;
          prefer(transceiver);
        } else {
          this.audio = transceiver.sender;
        }
      }
      const offer = await connection.createOffer();
      const sdp = mendSound(offer.sdp ?? '');
      await connection.setLocalDescription({ type: 'offer', sdp });
      return sdp;
    } catch (error) {
      if (this.left) throw new WhepError('left', 'left while connecting');
      if (error instanceof WhepError) throw error;
      throw new WhepError('negotiation', words(error));
    }
  }

  // A connection whose server has hung up is not always said to have failed.
  private noticeHangUp(): void {
    const transport = (this.video ?? this.audio)?.transport;
    transport?.addEventListener('statechange', () => {
      if (transport.state === 'closed' && !this.left) this.onstate?.('closed');
    });
  }

  private async limit(sender: RTCRtpSender | null, maxBitrate: number): Promise<void> {
    if (!sender) return;
    try {
      const parameters = sender.getParameters();
      for (const encoding of parameters.encodings) encoding.maxBitrate = maxBitrate;
      await sender.setParameters(parameters);
    } catch {
      // The browser's own limits then hold.
    }
  }
}

/** Ends a session that may be another page's; the answer does not matter. */
export function endSession(
  resource: string,
  headers: Record<string, string>,
  ask: typeof fetch = (input, init) => fetch(input, init),
): void {
  ask(resource, { method: 'DELETE', headers, keepalive: true }).catch(() => undefined);
}

/** Offers to send lost sound again when it is asked for, which browsers do only if they are told. */
export function mendSound(sdp: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2\r?$/im.exec(sdp)?.[1];
  if (!opus || new RegExp(`^a=rtcp-fb:${opus} nack\\r?$`, 'm').test(sdp)) return sdp;
  return sdp.replace(new RegExp(`^a=rtpmap:${opus} opus/48000/2\\r?\\n`, 'im'), `$&a=rtcp-fb:${opus} nack\r\n`);
}

// H.264, which costs the server least; VP8 and VP9 where a browser has no other (Firefox without its codec).
function prefer(transceiver: RTCRtpTransceiver): void {
  const known = globalThis.RTCRtpSender?.getCapabilities?.('video')?.codecs;
  if (!known || !transceiver.setCodecPreferences) return;
  for (const wanted of [/^video\/h264$/i, /^video\/vp[89]$/i]) {
    const codecs = known.filter((codec) => wanted.test(codec.mimeType) || /^video\/rtx$/i.test(codec.mimeType));
    if (codecs.some((codec) => wanted.test(codec.mimeType))) return transceiver.setCodecPreferences(codecs);
  }
  throw new WhepError('unsupported', 'this browser can send neither H.264 nor VP8 nor VP9');
}
