// The studio of a node without its pages: the first administrator signs in, and the API is asked.
import { request } from 'node:http';

const kPassword = 'correct horse battery';

// Node 18's fetch gives no cookies away.
function ask(url, method, body, headers) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const asked = request(url, { method, headers: {
      'X-Longmen-Request': '1', Connection: 'close',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      ...headers } }, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (piece) => (said += piece)).on('end', () =>
        resolve({ status: answer.statusCode, headers: answer.headers, text: said,
          json: () => JSON.parse(said) }));
    });
    asked.on('error', reject);
    asked.end(text);
  });
}

export class Studio {
  static async open(node) {
    const studio = new Studio(node.http);
    const token = new URL(node.addresses.studio).hash.slice(1);
    const set = await studio.api('POST', 'links/redeem', { token, name: 'li wei', password: kPassword });
    if (set.status >= 300) throw new Error(`${set.status}: ${set.text}`);
    studio.cookie = (set.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');
    return studio;
  }

  constructor(http) {
    this.http = http;
    this.cookie = '';
  }

  // For a browser that is signed in, too.
  get storageState() {
    const cookies = this.cookie.split('; ').map((pair) => {
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      return { name, value, domain: new URL(this.http).hostname, path: '/', expires: -1,
        httpOnly: true, secure: false, sameSite: 'Lax' };
    });
    return { cookies, origins: [] };
  }

  api(method, path, body, headers = {}) {
    return ask(`${this.http}api/v1/${path}`, method, body, { Cookie: this.cookie, ...headers });
  }

  async good(method, path, body, headers) {
    const answer = await this.api(method, path, body, headers);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json();
  }

  // A session on the channel that is live from now on.
  async goLive(title = '第一期') {
    const { id: series } = await this.good('POST', 'series', { title: `书记龙门阵 ${Date.now()}` });
    const now = Date.now();
    const { sessions: [made] } = await this.good('POST', 'sessions',
      { channel: 'main', series, title, start_ms: now - 60_000, end_ms: now + 3_600_000 });
    return this.good('POST', `sessions/${made.id}/start`, {}, { 'If-Match': `"${made.version}"` });
  }

  async end(session) {
    const now = await this.good('GET', `sessions/${session.id}`);
    return this.good('POST', `sessions/${session.id}/end`, {}, { 'If-Match': `"${now.version}"` });
  }
}
