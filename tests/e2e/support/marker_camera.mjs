// A browser's camera and microphone that carry the test programme's marker: what runs in a page before its own
// scripts, so that whatever asks for a camera gets a canvas, 25 pictures a second with counter and time of day, and a
// beep of 1 kHz at each full second. `h264: false`: of a browser that has none; `busy`: pictures that take any bit rate.
export function markerCamera({ h264 = true, busy = false } = {}) {
  const [kWidth, kHeight, kCell] = [640, 360, 10];
  const [kPictureMs, kBlocks, kBeepS, kAheadMs] = [40, 100, 0.1, 250];
  if (!h264) {
    const known = RTCRtpSender.getCapabilities.bind(RTCRtpSender);
    RTCRtpSender.getCapabilities = (kind) => {
      const all = known(kind);
      return all && { ...all, codecs: all.codecs.filter(({ mimeType }) => !/h264/i.test(mimeType)) };
    };
  }
  const row = (magic, value) => {
    const bytes = [magic, ...[5, 4, 3, 2, 1, 0].map((index) => Math.floor(value / 256 ** index) % 256)];
    let crc = 0;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
    }
    return [...bytes, crc].flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1));
  };

  const picture = () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [kWidth, kHeight];
    const context = canvas.getContext('2d');
    let counter = 0;
    setInterval(() => {
      context.fillStyle = '#456';
      context.fillRect(0, 0, kWidth, kHeight);
      for (let block = 0; busy && block < kBlocks; block++) {
        context.fillStyle = `hsl(${360 * Math.random()} 60% 45%)`;
        context.fillRect(kWidth * Math.random(), 2 * kCell + kHeight * Math.random(), 40, 20);
      }
      [row(0xa5, counter++), row(0x5a, Date.now())].forEach((cells, y) => cells.forEach((cell, x) => {
        context.fillStyle = cell ? '#fff' : '#000';
        context.fillRect(x * kCell, y * kCell, kCell, kCell);
      }));
    }, kPictureMs);
    return canvas.captureStream(1000 / kPictureMs).getVideoTracks();
  };

  const sound = () => {
    const context = new AudioContext({ sampleRate: 48_000 });
    const level = new GainNode(context, { gain: 0 });
    const tone = new OscillatorNode(context, { frequency: 1000 });
    const way = new MediaStreamAudioDestinationNode(context);
    tone.connect(level).connect(way);
    tone.start();
    let next = 0; // the second that has its beep
    setInterval(() => {
      const second = Math.ceil(Date.now() / 1000) * 1000;
      const ahead = second - Date.now();
      if (second <= next || ahead > kAheadMs) return;
      next = second;
      const at = context.currentTime + ahead / 1000;
      level.gain.setValueAtTime(0.25, at);
      level.gain.setValueAtTime(0, at + kBeepS);
    }, 20);
    return way.stream.getAudioTracks();
  };

  navigator.mediaDevices.getUserMedia = async ({ video, audio }) =>
    new MediaStream([...(video ? picture() : []), ...(audio ? sound() : [])]);
}
