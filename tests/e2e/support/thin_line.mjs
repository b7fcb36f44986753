// A network between a browser and a node that can be cut: HTTP and media pass through this process,
// until cut() has them stand still in both directions, with nothing refused and nothing closed, as an
// uplink does that is gone. Media may be delayed and lost by chance, of a seed. Answers of WHEP and WHIP
// name this line's UDP port instead of the node's.
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

export class ThinLine {
  #passes = true;
  #held = [];
  open = true;
  #links = new Map(); // by the browser's "address:port", and by the relay's port

  // `upstream`: the port of the node's HTTP, or a function of it that may answer later. `loss`: of each
  // way's datagrams, 0 to 1; `delayMs`: one way.
  static async open(upstream, { loss = 0, delayMs = 0, seed = 1 } = {}) {
    const line = new ThinLine();
    line.loss = loss;
    line.delayMs = delayMs;
    line.random = seeded(seed);
    line.datagrams = { passed: 0, lost: 0 };
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
  #carry(work) {
    if (this.random() < this.loss) {
      this.datagrams.lost++;
      return;
    }
    this.datagrams.passed++;
    if (this.delayMs === 0) work();
    else setTimeout(() => this.open && work(), this.delayMs);
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
      link.on('message', (back) => this.#passes && this.#carry(() => this.udp.send(back, port, address)));
      link.on('error', () => undefined);
      this.#links.set(key, link);
    }
    const to = this.relayPort;
    this.#carry(() => link.send(packet, to, kLoopback, () => undefined));
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
