// Between a sender and a node, spoils bytes at random, by a seed: datagrams wherever it hits, of RTMP the
// payload of sound and pictures alone (a byte of its framing would end the connection, as TCP's checksums
// would never let happen). `rate` may be changed while it goes on.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const kHandshakeBytes = 1 + 2 * 1536;
const kHeaderBytes = [11, 7, 3, 0]; // of a chunk's message header, by its format
const [kSetChunkSize, kAudio, kVideo] = [1, 8, 9];
const kKept = { [kAudio]: 2, [kVideo]: 5 }; // of a message: what says which codec it is

// Where the next spoilt byte is.
class Dice {
  constructor(seed, rate) {
    this.state = seed >>> 0 || 1;
    this.rate = rate;
    this.counted = { bytes: 0, spoilt: 0 };
  }
  roll() { // xorshift32
    this.state ^= this.state << 13;
    this.state >>>= 0;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    this.state >>>= 0;
    return this.state / 2 ** 32;
  }
  gap() {
    return Math.floor(Math.log(1 - this.roll()) / Math.log(1 - this.rate));
  }
  spoil(bytes) {
    this.counted.bytes += bytes.length;
    if (this.rate === 0) return;
    for (let at = this.gap(); at < bytes.length; at += 1 + this.gap()) {
      bytes[at] ^= 1 + Math.floor(this.roll() * 255);
      this.counted.spoilt++;
    }
  }
}

export class UdpCorrupter {
  static async open(toPort, seed) {
    const corrupter = new UdpCorrupter();
    corrupter.dice = new Dice(seed, 0);
    corrupter.socket = createSocket('udp4');
    corrupter.socket.on('message', (datagram) => {
      corrupter.dice.spoil(datagram);
      corrupter.socket.send(datagram, toPort, '127.0.0.1');
    });
    corrupter.socket.bind(0, '127.0.0.1');
    await once(corrupter.socket, 'listening');
    corrupter.port = corrupter.socket.address().port;
    return corrupter;
  }
  close() {
    this.socket.close();
  }
}

// What a client sends by RTMP, chunk by chunk.
class ChunkSpoiler {
  constructor(dice) {
    this.dice = dice;
    this.rest = Buffer.alloc(0);
    this.handshake = kHandshakeBytes;
    this.chunkBytes = 128;
    this.streams = new Map(); // by chunk stream: {bytes, type, left, position, spoils}
  }

  // What may go on.
  push(bytes) {
    this.rest = Buffer.concat([this.rest, bytes]);
    let end = Math.min(this.handshake, this.rest.length);
    this.handshake -= end;
    while (this.handshake === 0) {
      const chunk = this.read(end);
      if (chunk === 0) break;
      end += chunk;
    }
    const passed = this.rest.subarray(0, end);
    this.rest = this.rest.subarray(end);
    return passed;
  }

  // The bytes of the chunk that begins there; 0: it is not whole yet.
  read(begin) {
    const { rest } = this;
    if (begin + 3 > rest.length) return 0;
    const format = rest[begin] >> 6;
    const short = rest[begin] & 0x3f;
    let at = begin + (short === 0 ? 2 : short === 1 ? 3 : 1);
    const number = short === 0 ? 64 + rest[begin + 1] : short === 1 ? 64 + rest.readUInt16LE(begin + 1) : short;
    const known = this.streams.get(number) ?? { bytes: 0, type: 0, left: 0, position: 0, longTime: false };
    const header = rest.subarray(at, at + kHeaderBytes[format]);
    if (header.length < kHeaderBytes[format]) return 0;
    at += header.length;
    const stream = { ...known };
    if (format < 3) stream.longTime = header.readUIntBE(0, 3) === 0xffffff;
    if (format < 2) [stream.bytes, stream.type] = [header.readUIntBE(3, 3), header[6]];
    if (stream.longTime) at += 4;
    if (stream.left === 0) [stream.left, stream.position] = [stream.bytes, 0];
    const payload = rest.subarray(at, at + Math.min(stream.left, this.chunkBytes));
    if (at > rest.length || payload.length < Math.min(stream.left, this.chunkBytes)) return 0;
    if (stream.type === kSetChunkSize) this.chunkBytes = payload.readUInt32BE(0);
    const kept = kKept[stream.type];
    // A sequence header comes once, before anything is spoilt or after a sender has come again.
    if (kept && stream.position === 0) stream.spoils = payload[1] !== 0;
    if (kept && stream.spoils) this.dice.spoil(payload.subarray(stream.position === 0 ? kept : 0));
    stream.left -= payload.length;
    stream.position += payload.length;
    this.streams.set(number, stream);
    return at + payload.length - begin;
  }
}

export class RtmpCorrupter {
  static async open(toPort, seed) {
    const corrupter = new RtmpCorrupter();
    corrupter.dice = new Dice(seed, 0);
    corrupter.server = createServer((client) => {
      const server = connect(toPort, '127.0.0.1');
      const spoiler = new ChunkSpoiler(corrupter.dice);
      client.on('data', (bytes) => server.write(spoiler.push(bytes)));
      server.pipe(client);
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(corrupter.server, 'listening');
    corrupter.port = corrupter.server.address().port;
    return corrupter;
  }
  close() {
    this.server.close();
  }
}
