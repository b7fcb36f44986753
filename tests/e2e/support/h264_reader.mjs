// Pictures out of RTP: payloads of H.264 (RFC 6184: single units, STAP-A, FU-A) become a byte
// stream, ffmpeg decodes it, and each picture's luma is handed to `onpicture(luma, width, height)`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const kStartCode = Buffer.from([0, 0, 0, 1]);
const kStapA = 24;
const kFuA = 28;

// The RTP payload of a packet, without padding; null for what is not RTP version 2.
export function rtpPayload(packet) {
  if (packet.length < 12 || packet[0] >> 6 !== 2) return null;
  let at = 12 + (packet[0] & 0x0f) * 4;
  if (packet[0] & 0x10) at += 4 + packet.readUInt16BE(at + 2) * 4;
  const end = packet[0] & 0x20 ? packet.length - packet[packet.length - 1] : packet.length;
  return packet.subarray(at, end);
}

export class H264Reader {
  constructor(onpicture) {
    this.onpicture = onpicture;
    this.decoder = spawn('ffmpeg', ['-v', 'error', '-probesize', '32', '-flags', 'low_delay',
      '-f', 'h264', '-i', '-', '-f', 'yuv4mpegpipe', '-pix_fmt', 'gray', '-strict', '-1', '-'],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    this.decoder.stdin.on('error', () => undefined); // it has ended; what it said is on stderr
    this.ended = once(this.decoder, 'close');
    this.output = Buffer.alloc(0);
    this.size = null;
    this.decoder.stdout.on('data', (bytes) => this.#take(bytes));
  }

  // In the order of their sequence numbers.
  push(payload) {
    if (payload.length < 2) return;
    const type = payload[0] & 0x1f;
    if (type === kStapA) {
      for (let at = 1; at + 2 <= payload.length; ) {
        const end = at + 2 + payload.readUInt16BE(at);
        this.#write(payload.subarray(at + 2, end));
        at = end;
      }
    } else if (type === kFuA) {
      const header = Buffer.from([(payload[0] & 0xe0) | (payload[1] & 0x1f)]);
      const first = (payload[1] & 0x80) !== 0;
      this.decoder.stdin.write(first ? Buffer.concat([kStartCode, header, payload.subarray(2)]) : payload.subarray(2));
    } else {
      this.#write(payload);
    }
  }

  #write(unit) {
    this.decoder.stdin.write(Buffer.concat([kStartCode, unit]));
  }

  // YUV4MPEG2: a line with the size, then pictures, each behind a line "FRAME".
  #take(bytes) {
    this.output = Buffer.concat([this.output, bytes]);
    for (;;) {
      const line = this.output.indexOf('\n');
      if (line < 0) return;
      if (!this.size) {
        const words = this.output.toString('latin1', 0, line);
        const [, width, height] = /^YUV4MPEG2 W(\d+) H(\d+) /.exec(words).map(Number);
        this.size = { width, height };
        this.output = this.output.subarray(line + 1);
        continue;
      }
      const { width, height } = this.size;
      const end = line + 1 + width * height;
      if (this.output.length < end) return;
      this.onpicture(this.output.subarray(line + 1, end), width, height);
      this.output = this.output.subarray(end);
    }
  }

  // Resolves when every picture was handed over.
  async finish() {
    this.decoder.stdin.end();
    await this.ended;
  }
}
