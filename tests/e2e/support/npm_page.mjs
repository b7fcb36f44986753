// A page of another origin than the node's, with a video element and the players that npm has: whole
// modules and scripts as they are, and CommonJS ones put together with what they require.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const kPage = `<!doctype html><meta charset="utf-8"><title>A player of npm's</title>
<video data-front autoplay muted playsinline style="width: 640px"></video>`;

const require = createRequire(import.meta.url);
const kHlsJs = new URL('../../../web/node_modules/hls.js/dist/hls.mjs', import.meta.url);
const kShaka = new URL('../node_modules/shaka-player/dist/shaka-player.compiled.js', import.meta.url);
const kVideoJs = new URL('../node_modules/video.js/dist/video.min.js', import.meta.url);

// What a bundler would make of it: `export default` is the package's module.exports. What is not
// needed in the page (`without`) is empty.
function bundled(name, without) {
  const modules = new Map(); // by file: [source, {what is required: file}]
  const add = (file, requireFrom) => {
    if (modules.has(file)) return;
    const source = readFileSync(file, 'utf8');
    const needs = {};
    modules.set(file, [source, needs]);
    for (const [, wanted] of source.matchAll(/\brequire\(\s*["']([^"']+)["']\s*\)/g)) {
      if (without.includes(wanted)) continue;
      // With the slash, "events" is npm's and not Node's own.
      needs[wanted] = requireFrom.resolve(wanted.startsWith('.') || wanted.includes('/') ? wanted : `${wanted}/`);
      add(needs[wanted], createRequire(needs[wanted]));
    }
  };
  const main = require.resolve(name);
  add(main, createRequire(main));
  const text = [...modules].map(([file, [source, needs]]) =>
    `${JSON.stringify(file)}: [function (module, exports, require) {${source}\n}, ${JSON.stringify(needs)}]`);
  return `const modules = {${text.join(',\n')}};
const made = {};
function load(file) {
  if (made[file]) return made[file].exports;
  const module = (made[file] = { exports: {} });
  if (!modules[file]) return module.exports;
  modules[file][0](module, module.exports, (wanted) => load(modules[file][1][wanted]));
  return module.exports;
}
export default load(${JSON.stringify(main)});`;
}

const kFiles = {
  '/': ['text/html', () => kPage],
  // The pages' own, pinned with them.
  '/hls.js': ['text/javascript', () => readFileSync(kHlsJs)],
  '/shaka-player.js': ['text/javascript', () => readFileSync(kShaka)],
  '/video.js': ['text/javascript', () => readFileSync(kVideoJs)],
  '/whip-whep.js': ['text/javascript', () => readFileSync(require.resolve('whip-whep/whep.js'))],
  // Its manager of advertisements is used with a VMAP address only.
  '/webrtc-player.js': ['text/javascript', () => bundled('@eyevinn/webrtc-player', ['@eyevinn/csai-manager'])],
};

// {url, close()}
export async function servePlayers() {
  const server = createServer((request, response) => {
    const file = kFiles[request.url];
    response.writeHead(file ? 200 : 404, { 'Content-Type': file?.[0] ?? 'text/plain' });
    response.end(file?.[1]());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
