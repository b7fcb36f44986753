// Runs in the page before its own scripts: watches the picture on show frame by frame, reads the
// test programme's marker from its pixels, listens for the beep, and counts peer connections.
// Times are milliseconds since the epoch. It changes nothing that the page does.
(() => {
  const kCells = 64;
  const kScale = 4;
  const kMaxRecords = 20_000;
  const toEpoch = Date.now() - performance.now();

  const connections = [];
  const NativeConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends NativeConnection {
    constructor(...options) {
      super(...options);
      connections.push(this);
    }
  };

  // --- the marker: two rows of 64 cells, magic, 48 bits, CRC-8 (polynomial 0x07) ---
  function crc8(bytes) {
    let crc = 0;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
    }
    return crc;
  }

  // `bits`: 64 booleans. The value, or null when this is no row of the marker.
  function readRow(bits, magic) {
    const bytes = [];
    for (let at = 0; at < kCells; at += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) byte = (byte << 1) | (bits[at + bit] ? 1 : 0);
      bytes.push(byte);
    }
    if (bytes[0] !== magic || crc8(bytes.slice(0, 7)) !== bytes[7]) return null;
    return bytes.slice(1, 7).reduce((value, byte) => value * 256 + byte, 0);
  }

  const canvas = new OffscreenCanvas(kCells * kScale, 2 * kScale);
  const context = canvas.getContext('2d', { willReadFrequently: true });

  function readMarker(video) {
    const { width, height } = canvas;
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 18, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height).data;
    const row = (y) =>
      Array.from({ length: kCells }, (_, cell) => {
        const at = (Math.round((y + 0.5) * kScale) * width + cell * kScale + kScale / 2) * 4;
        return pixels[at] * 0.299 + pixels[at + 1] * 0.587 + pixels[at + 2] * 0.114 > 128;
      });
    const counter = readRow(row(0), 0xa5);
    const madeAt = readRow(row(1), 0x5a);
    return counter === null || madeAt === null ? null : { counter, madeAt };
  }

  // --- frames ---
  let frames = [];
  let watched = null;
  let resting = false;

  function keep(list, record) {
    if (list.length < kMaxRecords) list.push(record);
  }

  function onFrame(video, now, metadata) {
    if (video !== watched || resting) return;
    video.requestVideoFrameCallback((...rest) => onFrame(video, ...rest));
    const marker = readMarker(video);
    keep(frames, {
      at: now + toEpoch,
      shown: metadata.expectedDisplayTime + toEpoch,
      presented: metadata.presentedFrames,
      rtp: metadata.rtpTimestamp ?? null,
      capture: metadata.captureTime === undefined ? null : metadata.captureTime + toEpoch,
      received: metadata.receiveTime === undefined ? null : metadata.receiveTime + toEpoch,
      counter: marker?.counter ?? null,
      madeAt: marker?.madeAt ?? null,
    });
  }

  // --- the beep: 1 kHz, found in steps of 2 ms by a Goertzel filter ---
  let beeps = [];
  let listening = null;
  let heard = null;
  const silence = () => ({ lag: Infinity, quiet: 1e-9, loudSince: null, lastOnset: 0 });

  function power(samples, from, length, rate) {
    const w = (2 * Math.PI * 1000) / rate;
    let re = 0;
    let im = 0;
    for (let i = 0; i < length; i++) {
      re += samples[from + i] * Math.cos(w * i);
      im += samples[from + i] * Math.sin(w * i);
    }
    return Math.hypot(re, im) / length;
  }

  function hear(data) {
    const rate = data.sampleRate;
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    // Blocks are pulled by the output device and stamped by a clock that runs even; the one that
    // reached us with the least delay tells when a stamp is due.
    const start = data.timestamp / 1000;
    const length = (samples.length / rate) * 1000;
    heard.lag = Math.min(heard.lag, performance.now() - start - length);
    const step = Math.round(rate / 500);
    for (let at = 0; at + step <= samples.length; at += step) {
      const loud = power(samples, at, step, rate);
      const when = start + (at / rate) * 1000 + heard.lag + toEpoch;
      if (loud > 0.02 && loud > heard.quiet * 4) {
        heard.loudSince ??= when;
        // Loud for 20 ms, and not in the last half second: a beep began.
        if (when - heard.loudSince >= 20 && heard.loudSince - heard.lastOnset > 500) {
          heard.lastOnset = heard.loudSince;
          keep(beeps, { at: heard.loudSince });
        }
      } else {
        heard.loudSince = null;
        heard.quiet = heard.quiet * 0.98 + loud * 0.02;
      }
    }
  }

  async function listen(track) {
    heard = silence();
    const reader = new MediaStreamTrackProcessor({ track: track.clone() }).readable.getReader();
    while (listening === track && !resting) {
      const { value, done } = await reader.read();
      if (done) break;
      hear(value);
      value.close();
    }
    reader.cancel().catch(() => undefined);
  }

  // --- follow what is on show ---
  setInterval(() => {
    const video = document.querySelector('video[data-front]');
    if (video !== watched) {
      watched = video;
      video?.requestVideoFrameCallback((...rest) => onFrame(video, ...rest));
    }
    const track = video?.srcObject?.getAudioTracks()[0] ?? null;
    if (track !== listening && !resting) {
      listening = track;
      if (track && window.MediaStreamTrackProcessor) void listen(track);
    }
  }, 20);

  window.probe = {
    readRow,
    // To look at every frame costs more than to play it; who rests plays on, and is asked for statistics alone.
    rest(still) {
      resting = still;
      listening = null;
      if (!still) watched?.requestVideoFrameCallback((...rest) => onFrame(watched, ...rest));
    },
    take() {
      const taken = { now: performance.now() + toEpoch, frames, beeps };
      frames = [];
      beeps = [];
      return taken;
    },
    // The statistics of the connection on show, or null.
    async stats() {
      const track = watched?.srcObject?.getVideoTracks()[0];
      const at = connections.findIndex(
        (each) => track && each.getReceivers().some((receiver) => receiver.track === track),
      );
      if (at < 0) return null;
      return [...(await connections[at].getStats()).values()].map((each) => ({ ...each, at }));
    },
    async reception() {
      const report = await this.stats();
      const inbound = report?.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
      return (
        report && {
          connection: report[0].at,
          framesDecoded: inbound?.framesDecoded ?? 0,
          packetsLost: inbound?.packetsLost ?? 0,
          width: watched.videoWidth,
          height: watched.videoHeight,
        }
      );
    },
  };
})();
