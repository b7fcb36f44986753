// Players of HLS that npm has besides hls.js, each begun by its own way on the page of npm_page.mjs: by name, a
// function of the watched page and a playlist's address. What stops one is in window.faults.
export const kHlsPlayers = {
  Shaka: async ({ page }, playlist) => {
    await page.addScriptTag({ url: '/shaka-player.js' });
    await page.evaluate(async (url) => {
      const { shaka } = window;
      shaka.polyfill.installAll();
      window.faults = [];
      window.player = new shaka.Player();
      window.player.addEventListener('error', ({ detail }) =>
        window.faults.push(`${detail.code} ${detail.message} ${String(detail.data?.slice(0, 2))}`));
      await window.player.attach(document.querySelector('video'));
      // Without its low-latency mode: there version 5.2 stops with 1001, a bad HTTP status, and reads from null.
      await window.player.load(url, null, 'application/x-mpegurl');
    }, playlist);
  },
  'video.js': async ({ page }, playlist) => {
    await page.addScriptTag({ url: '/video.js' });
    await page.evaluate((url) => {
      window.faults = [];
      // Its own reading of HLS, also where the browser has one.
      const html5 = { vhs: { overrideNative: true }, nativeAudioTracks: false, nativeVideoTracks: false };
      window.player = window.videojs(document.querySelector('video'), { autoplay: true, muted: true, html5 });
      window.player.on('error', () => {
        const { code, message } = window.player.error();
        window.faults.push(`${code} ${message}`);
      });
      window.player.src({ src: url, type: 'application/vnd.apple.mpegurl' });
    }, playlist);
  },
};
