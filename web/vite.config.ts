import vue from '@vitejs/plugin-vue';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

// One HTML file a page: /screen is screen.html, and so on. Nothing is inlined and nothing comes
// from elsewhere, so that the pages run under `default-src 'self'` without exceptions.
export default defineConfig({
  plugins: [vue()],
  build: {
    // Chromium 80: what is newer in scripts and styles is rewritten, where that can be done.
    target: ['es2020', 'chrome80'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { home: page('index.html'), publish: page('publish.html'), screen: page('screen.html'), studio: page('studio.html'), tally: page('tally.html') },
    },
  },
  server: {
    // `npm run dev` against a node that runs here.
    proxy: Object.fromEntries(
      ['/api', '/whep', '/whip', '/hls', '/replay'].map((path) => [path, process.env.LONGMEN_URL ?? 'http://127.0.0.1:8080']),
    ),
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
