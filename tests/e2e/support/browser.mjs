// Debian's Chromium, without a window, with the flags that WebRTC over loopback needs, and a page
// that carries the probe.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const kProbe = fileURLToPath(new URL('probe_in_page.js', import.meta.url));

// `sound: false`: a browser that wants a gesture before a page may be heard. `camera: true`: it has one
// that moves and beeps, or so many of them, microphones and a screen of that kind, and lets pages use them. `flags`: more
// of the browser's own.
export function launchBrowser({ sound = true, camera = false, flags = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.LONGMEN_CHROMIUM ?? '/usr/bin/chromium',
    headless: false, // Playwright's own headless flag is the old one
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      `--autoplay-policy=${sound ? 'no-user-gesture-required' : 'user-gesture-required'}`,
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      ...(camera ? [`--use-fake-device-for-media-stream=device-count=${Number(camera)}`, '--use-fake-ui-for-media-stream'] : []),
      ...flags,
    ],
  });
}

export class Watched {
  // A page at `url`, with every WHEP request and every complaint of the browser written down. `probe:
  // false` where nobody reads the marker: it looks at every frame.
  static async open(browser, url, { language = 'zh-CN', viewport, probe = true, ...others } = {}) {
    const context = await browser.newContext({
      locale: language,
      viewport: viewport ?? { width: 1280, height: 800 },
      ...others,
    });
    const watched = new Watched(context, await context.newPage());
    if (probe) await watched.page.addInitScript({ path: kProbe });
    await watched.page.goto(url);
    return watched;
  }

  constructor(context, page) {
    this.context = context;
    this.page = page;
    this.requests = [];
    this.complaints = [];
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (!url.pathname.startsWith('/whep/')) return;
      this.requests.push({ method: request.method(), path: url.pathname + url.search });
    });
    // A refused request is the page's own business, as is a channel that has nothing to play yet; a missing
    // file of the page is not.
    page.on('console', (message) => {
      const refused = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !refused) this.complaints.push(message.text());
    });
    page.on('response', (response) => {
      const { pathname: asked, search } = new URL(response.url());
      if (response.status() < 400 || /^\/(api|whep)\//.test(asked)) return;
      if (response.status() === 503 && asked.startsWith('/hls/')) return;
      this.complaints.push(`${asked}${search}: ${response.status()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  joins() {
    return this.requests.filter(({ method }) => method === 'POST').length;
  }

  // What the page says of itself: the player's state.
  state() {
    return this.page.locator('#player').getAttribute('data-state');
  }

  // Whether it plays on without looking at frames and beeps.
  rest(still) {
    return this.page.evaluate((value) => window.probe.rest(value), still);
  }

  // Frames and beeps since the last call.
  take() {
    return this.page.evaluate(() => window.probe.take());
  }

  // {framesDecoded, packetsLost, width, height, connection}: of the connection on show.
  reception() {
    return this.page.evaluate(() => window.probe.reception());
  }

  async close() {
    await this.context.close();
  }
}

// A network that lets no UDP through: packets to the discard port reach nobody.
export const withoutUdp = (page) => page.route(/\/whep\/[^/]+$/, async (route) => {
  if (route.request().method() !== 'POST') return route.continue();
  const response = await route.fetch();
  const body = (await response.text()).replace(/^(a=candidate:\S+ \d \S+ \d+ \S+) \d+/gm, '$1 9');
  return route.fulfill({ response, body });
});

let shots = null;

// Where pictures for people go: LONGMEN_E2E_SHOTS, else a temporary directory that is kept.
export async function screenshot(page, name) {
  shots ??= process.env.LONGMEN_E2E_SHOTS ?? (await mkdtemp(join(tmpdir(), 'longmen-shots-')));
  const file = join(shots, `${name}.png`);
  await page.screenshot({ path: file });
  return file;
}
