// A receiver of webhooks: keeps what comes, with whether its signature is right, and fails as often
// as it is told to.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

export class WebhookReceiver {
  static async start({ failures = 0 } = {}) {
    const receiver = new WebhookReceiver();
    receiver.failures = failures;
    receiver.came = [];
    receiver.secret = '';
    receiver.server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece) => (body += piece)).on('end', () => {
        const failed = receiver.failures-- > 0;
        receiver.came.push({ ...JSON.parse(body), failed, signed: receiver.isSigned(request, body),
          delivery: request.headers['longmen-delivery'] });
        response.writeHead(failed ? 500 : 204).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hook`;
    return receiver;
  }

  isSigned(request, body) {
    const [, at, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(request.headers['longmen-signature'] ?? '') ?? [];
    if (!at || Math.abs(Date.now() / 1000 - Number(at)) > 300) return false;
    const made = createHmac('sha256', this.secret).update(`${at}.${body}`).digest('hex');
    return timingSafeEqual(Buffer.from(made), Buffer.from(given));
  }

  of(kind) {
    return this.came.filter((notice) => notice.kind === kind);
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections?.();
  }
}
