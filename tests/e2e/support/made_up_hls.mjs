// HLS servers made up for check-hls: whatever `answer` gives for a request, a string (a playlist), a Buffer (media),
// {status, headers, body} or a promise of one of them; nothing is 404. And a low-latency channel, which grows by a part
// each half second.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

// {origin, requests: [{url, headers}], close()}
export async function serveHls(answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    requests.push({ url: request.url, headers: request.headers });
    const given = await answer(new URL(request.url, 'http://made.up'), request) ?? { status: 404 };
    const { status = 200, headers = {}, body = given } =
      typeof given === 'string' || Buffer.isBuffer(given) ? {} : { body: '', ...given };
    const type = typeof body === 'string' ? 'application/vnd.apple.mpegurl' : 'video/mp2t';
    response.writeHead(status, { 'Content-Type': type, ...headers }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () => (server.closeAllConnections(), server.close()),
  };
}

const kPartMs = 500;
const kSegments = 12;

export class LowLatencyChannel {
  #began = Date.now() - 2 * kSegments * 2 * kPartMs;

  #whole() {
    return Math.floor((Date.now() - this.#began) / kPartMs); // parts
  }
  async #part(number) {
    // A timer may be early by a millisecond.
    while (this.#whole() <= number) await sleep(Math.max(1, this.#began + (number + 1) * kPartMs - Date.now()));
  }

  // Held until what is asked for is there.
  async playlist({ searchParams }) {
    if (searchParams.has('_HLS_part') && !searchParams.has('_HLS_msn')) return { status: 400 };
    const asked = Number(searchParams.get('_HLS_msn') ?? 0) * 2 + Number(searchParams.get('_HLS_part') ?? 1);
    if (!(asked < this.#whole() + 20)) return { status: 400 };
    await this.#part(asked);
    const parts = this.#whole();
    const last = Math.floor(parts / 2); // the first one that is not whole
    let text = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6,HOLD-BACK=3,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:${last - kSegments}
`;
    const skipped = searchParams.has('_HLS_skip') ? kSegments - 7 : 0;
    if (skipped) text += `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}\n`;
    for (let number = last - kSegments + skipped; number <= last; number++) {
      const date = new Date(this.#began + number * 2 * kPartMs).toISOString();
      if (number < last || parts % 2) text += `#EXT-X-PROGRAM-DATE-TIME:${date}\n`;
      for (let part = 2 * number; number > last - 5 && part < Math.min(parts, 2 * number + 2); part++)
        text += `#EXT-X-PART:DURATION=0.5,URI="part${part}.ts",INDEPENDENT=YES\n`;
      if (number < last) text += `#EXTINF:1,\n${number}.ts\n`;
    }
    return `${text}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part${parts}.ts"\n`;
  }

  isThere(name) {
    const part = /part(\d+)\.ts$/.exec(name);
    return !part || Number(part[1]) < this.#whole();
  }

  async media(name) {
    const part = /part(\d+)\.ts$/.exec(name);
    if (part) await this.#part(Number(part[1]));
    const number = Number(/(\d+)\.ts$/.exec(name)[1]);
    const bytes = (of) => Buffer.alloc(188, `part${of}.ts`);
    return part ? bytes(number) : Buffer.concat([bytes(2 * number), bytes(2 * number + 1)]);
  }
}
