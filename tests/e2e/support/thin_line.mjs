// A network between a browser and a node that can be cut: HTTP and media pass through this process,
// until cut() has them stand still in both directions, with nothing refused and nothing closed, as an
// uplink does that is gone. Answers of WHEP name this line's UDP port instead of the relay's.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, request } from 'node:http';

const kLoopback = '127.0.0.1';
const kCandidate = /(a=candidate:\S+ 1 udp \d+ )(\S+) (\d+)( typ host)/gi;

export class ThinLine {
  #passes = true;
  #held = [];
  #links = new Map(); // by the browser's "address:port", and by the relay's port

  // `upstream`: the port of the node's HTTP, or a function of it that may answer later.
  static async open(upstream) {
    const line = new ThinLine();
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
      link.on('message', (back) => this.#passes && this.udp.send(back, port, address));
      link.on('error', () => undefined);
      this.#links.set(key, link);
    }
    link.send(packet, this.relayPort, kLoopback, () => undefined);
  }

  close() {
    this.mend();
    this.udp.close();
    for (const link of this.#links.values()) link.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}
