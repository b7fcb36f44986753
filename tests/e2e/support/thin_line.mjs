// A network between a browser and a node that can be cut: HTTP and media pass through this process,
// until cut() has them stand still in both directions, with nothing refused and nothing closed, as an
// uplink does that is gone. Media may be delayed and lost by chance, of a seed, and carried at a bit rate that may
// change, with a queue in front of it that holds so much and no more. Answers of WHEP and WHIP name this line's
// UDP port instead of the node's.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, request } from 'node:http';

const kLoopback = '127.0.0.1';
const kCandidate = /(a=candidate:\S+ 1 udp \d+ )(\S+) (\d+)( typ host)/gi;

// Numbers from 0 to 1 (mulberry32).
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// One direction of the line: a datagram is through when all before it are.
class Direction {
  #held = []; // {due, work}
  #freeAt = 0; // when the last bit of what was taken has been sent

  // Whether there was room. `kbps` 0: it takes no time to send.
  take(bytes, work, { kbps, queueMs, delayMs }) {
    const now = performance.now();
    const from = Math.max(now, this.#freeAt);
    if (from - now > queueMs) return false;
    this.#freeAt = kbps > 0 ? from + (8 * bytes) / kbps : from;
    this.#held.push({ due: this.#freeAt + delayMs, work });
    if (this.#held.length === 1) this.#go();
    return true;
  }

  #go() {
    while (this.#held.length > 0) {
      const wait = this.#held[0].due - performance.now();
      if (wait > 0) {
        setTimeout(() => this.#go(), Math.ceil(wait));
        return;
      }
      this.#held.shift().work();
    }
  }
}

export class ThinLine {
  #passes = true;
  #held = [];
  open = true;
  #up = new Direction();
  #down = new Direction();
  #links = new Map(); // by the browser's "address:port", and by the relay's port

  // `upstream`: the port of the node's HTTP, or a function of it that may answer later. `loss`: of each
  // way's datagrams, 0 to 1; `delayMs`: one way; `kbps`: each way's, 0 for any; `queueMs`: what may wait for its turn.
  // All but the seed may be changed at any time.
  static async open(upstream, { loss = 0, delayMs = 0, kbps = 0, queueMs = 250, seed = 1 } = {}) {
    const line = new ThinLine();
    Object.assign(line, { loss, delayMs, kbps, queueMs });
    line.random = seeded(seed);
    line.datagrams = { passed: 0, lost: 0, dropped: 0 };
    line.udp = createSocket('udp4').bind(0, kLoopback);
    await once(line.udp, 'listening');
    line.udp.on('message', (packet, from) => line.#fromBrowser(packet, from));
    line.server = createServer((asked, answer) => line.#pass(asked, answer, upstream)).listen(0, kLoopback);
    await once(line.server, 'listening');
    line.url = `http://${kLoopback}:${line.server.address().port}`;
    return line;
  }

  cut() {
    this.#passes = false;
  }

  mend() {
    this.#passes = true;
    for (const go of this.#held.splice(0)) go();
  }

  // A datagram's way.
  #carry(direction, packet, work) {
    if (this.random() < this.loss) {
      this.datagrams.lost++;
      return;
    }
    const taken = direction.take(packet.length, () => this.open && work(), this);
    this.datagrams[taken ? 'passed' : 'dropped']++;
  }

  #whenItPasses(work) {
    if (this.#passes) work();
    else this.#held.push(work);
  }

  #pass(asked, answer, upstream) {
    this.#whenItPasses(() => {
      const { method, url, headers } = asked;
      const onward = request({ host: kLoopback, port: upstream(), method, path: url, headers }, (came) => {
        const pieces = [];
        came.on('data', (piece) => pieces.push(piece));
        came.on('end', () => this.#whenItPasses(() => {
          const body = this.#rewritten(came.headers, Buffer.concat(pieces));
          const fields = { ...came.headers };
          delete fields['transfer-encoding'];
          if (method !== 'HEAD') fields['content-length'] = String(body.length);
          answer.writeHead(came.statusCode, fields).end(body);
        }));
      });
      onward.on('error', () => answer.destroy());
      asked.pipe(onward);
    });
  }

  #rewritten(headers, body) {
    if (!/sdp/.test(headers['content-type'] ?? '')) return body;
    return Buffer.from(body.toString().replace(kCandidate, (_, head, address, port, tail) => {
      this.relayPort = Number(port); // one shard has one; the last one named is the one that is joined
      return `${head}${kLoopback} ${this.udp.address().port}${tail}`;
    }));
  }

  #fromBrowser(packet, { address, port }) {
    if (!this.#passes || !this.relayPort) return;
    const key = `${address}:${port} ${this.relayPort}`;
    let link = this.#links.get(key);
    if (!link) {
      link = createSocket('udp4');
      link.on('message', (back) => this.#passes && this.#carry(this.#down, back, () => this.udp.send(back, port, address)));
      link.on('error', () => undefined);
      this.#links.set(key, link);
    }
    const to = this.relayPort;
    this.#carry(this.#up, packet, () => link.send(packet, to, kLoopback, () => undefined));
  }

  close() {
    this.open = false;
    this.mend();
    this.udp.close();
    for (const link of this.#links.values()) link.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}
