// Sends to a WHIP endpoint with node-datachannel (libdatachannel, of which OBS is made since version 30): RTP and RTCP
// that come to two UDP ports go on as they are, H.264 as payload type 96 and Opus as 111, until SIGTERM; then it takes
// its leave and prints what it saw as JSON. A process of its own: the library is native code.
// Usage: datachannel_sender.mjs URL KEY VIDEO_PORT VIDEO_SSRC AUDIO_PORT AUDIO_SSRC
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import datachannel from 'node-datachannel';

const kStartWithinMs = 10_000;
const [url, key, ...numbers] = process.argv.slice(2);
const [videoPort, videoSsrc, audioPort, audioSsrc] = numbers.map(Number);
const authorization = { Authorization: `Bearer ${key}` };
const report = { sender: `libdatachannel ${datachannel.getLibraryVersion()}`, sent: 0, not_sent: 0, heard: 0, states: [] };

const connection = new datachannel.PeerConnection('sender', { iceServers: [], disableAutoNegotiation: true });
connection.onStateChange((state) => report.states.push(state));

const video = new datachannel.Video('video', 'SendOnly');
video.addH264Codec(96, 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1');
video.addSSRC(videoSsrc, 'sender', 'programme', 'video');
const audio = new datachannel.Audio('audio', 'SendOnly');
audio.addOpusCodec(111);
audio.addSSRC(audioSsrc, 'sender', 'programme', 'audio');

async function pass(port, track) {
  track.onMessage(() => report.heard++); // RTCP of the receiver
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(1 << 20);
  socket.on('message', (packet) => {
    if (track.isOpen() && track.sendMessageBinary(packet)) report.sent++;
    else report.not_sent++;
  });
  return { socket, track };
}
const ways = [
  await pass(videoPort, connection.addTrack(video)),
  await pass(audioPort, connection.addTrack(audio)),
];

const gathered = new Promise((resolve) =>
  connection.onGatheringStateChange((state) => state === 'complete' && resolve()));
connection.setLocalDescription('offer');
const late = setTimeout(() => {
  console.error(`no candidates within ${kStartWithinMs} ms`);
  process.exit(1);
}, kStartWithinMs);
await gathered;
clearTimeout(late);
const response = await fetch(url, { method: 'POST', headers: { ...authorization, 'Content-Type': 'application/sdp' },
  body: connection.localDescription().sdp });
const answer = await response.text();
if (response.status !== 201) throw new Error(`${response.status}: ${answer}`);
connection.setRemoteDescription(answer, 'answer');

await once(process, 'SIGTERM');
const session = new URL(response.headers.get('Location'), url);
report.delete_status = (await fetch(session, { method: 'DELETE', headers: authorization })).status;
for (const { socket, track } of ways) {
  socket.close();
  track.close();
}
connection.close();
datachannel.cleanup();
console.log(JSON.stringify(report));
process.exit(0);
