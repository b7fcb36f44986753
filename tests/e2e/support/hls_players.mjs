// Players of HLS that npm has besides hls.js, each begun by its own way on the page of npm_page.mjs: by name, a
// function of the watched page and a playlist's address. What stops one is in window.faults.
const shaka = (lowLatencyMode) => async ({ page }, playlist) => {
  await page.addScriptTag({ url: '/shaka-player.js' });
  await page.evaluate(async ([url, lowLatencyMode]) => {
    const { shaka } = window;
    shaka.polyfill.installAll();
    window.faults = [];
    window.player = new shaka.Player();
    // Of a bad answer: its address and status.
    window.player.addEventListener('error', ({ detail }) =>
      window.faults.push(`${detail.code} ${detail.message} ${String(detail.data?.slice(0, 2))}`));
    window.player.configure({ streaming: { lowLatencyMode } });
    await window.player.attach(document.querySelector('video'));
    await window.player.load(url, null, 'application/x-mpegurl');
  }, [playlist, lowLatencyMode]);
};

// As it is unless told otherwise. For what has no gaps, as a slate has none: what was hinted and is not published is
// answered 404, as §6.2.6 wants it, and that is an error (1001) to version 5.2.
export const shakaInLowLatency = shaka(true);

export const kHlsPlayers = {
  Shaka: shaka(false),
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
