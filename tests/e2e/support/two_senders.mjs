// A node whose channel has a primary and a backup, and two ffmpegs that send to it: the primary's
// picture is blue and the backup's red, so that a page can tell from pixels what is on air; both move,
// for one with grain alone is a picture that stands. Their sound is the same, from when each begins on,
// and never as loud twice.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ServedNode } from './served_node.mjs';

export const kPrimaryKey = 'test-key-0123456789'; // of ServedNode's channel
export const kBackupKey = 'backup-key-0123456789';
const kSound = 'st(0,437*sin(13*floor(9*t)));0.5*pow(ld(0)-floor(ld(0)),2)*sin(880*PI*t)';
const kColours = { primary: 'c0=0x1830c0:c1=0x3058f0', backup: 'c0=0xc02018:c1=0xf05838' };

// `failover`: lines of [channel.failover].
export function startNodeOfTwo(failover = '') {
  return ServedNode.start({ more: `
backup_stream_keys = ["${kBackupKey}"]
[channel.failover]
${failover}
[[channel.video]]
name = "360p"
width = 640
height = 360
bitrate_kbps = 800
` });
}

// `way`: rtmp, with AAC, or srt, with Opus. `picture`, `sound`: filters behind the source, of a sender that
// shall fail. `encoder`: what it says it is.
export async function startSender(node, input, { way = 'rtmp', picture = '', sound = '', encoder = '' } = {}) {
  const { ports } = await node.status();
  const key = input === 'primary' ? kPrimaryKey : kBackupKey;
  const to = way === 'srt'
    ? ['-c:a', 'libopus', '-f', 'mpegts', `srt://127.0.0.1:${ports.srt}?streamid=${key}`]
    : ['-c:a', 'aac', ...(encoder ? ['-rtmp_flashver', encoder] : []), '-f', 'flv', `rtmp://127.0.0.1:${ports.rtmp}/live/${key}`];
  const filters = ['format=yuv420p', 'noise=alls=40:allf=t', picture].filter(Boolean).join(',');
  const child = spawn('ffmpeg', [
    '-v', 'error', '-re',
    '-f', 'lavfi', '-i', `gradients=${kColours[input]}:speed=0.1:size=640x360:rate=30,${filters}`,
    '-f', 'lavfi', '-i', `aevalsrc='${kSound}':s=48000${sound && `,${sound}`}`,
    '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '30', '-b:v', '2M', ...to,
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.resume();
  return {
    async stop(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}

// Runs in the page: window.seen gets {at, what} whenever the picture becomes another one: "primary",
// "backup", "black", or "slate" for everything else. Looks at every picture that is drawn, or so often.
export function watchColours(everyMs = 0) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [16, 9];
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  window.seen = [];
  const look = () => {
    const video = document.querySelector('video[data-front]');
    if (video?.videoWidth) {
      pen.drawImage(video, 0, 0, 16, 9);
      const { data } = pen.getImageData(0, 0, 16, 9);
      let [red, blue, most] = [0, 0, 0];
      for (let i = 0; i < data.length; i += 4) {
        red += data[i] / 144;
        blue += data[i + 2] / 144;
        most = Math.max(most, data[i], data[i + 1], data[i + 2]);
      }
      const what = red > blue + 60 ? 'backup' : blue > red + 90 ? 'primary' : most < 24 ? 'black' : 'slate';
      if (window.seen.at(-1)?.what !== what) window.seen.push({ at: Date.now(), what });
    }
    if (everyMs === 0) requestAnimationFrame(look);
  };
  if (everyMs > 0) setInterval(look, everyMs);
  look();
}

// What the streamer says that it shows.
export const shown = async (node) =>
  (await node.role('streamer'))?.status?.shown;
