// Plays a WHEP endpoint with node-datachannel (libdatachannel) and prints what it saw as JSON. A
// process of its own: the library is native code. Usage: datachannel_player.mjs URL SECONDS
import datachannel from 'node-datachannel';
import { H264Reader, rtpPayload } from './h264_reader.mjs';
import { readMarker } from './marker.mjs';

const kStartWithinMs = 10_000;
const [url, seconds] = [process.argv[2], Number(process.argv[3])];
const report = { player: `libdatachannel ${datachannel.getLibraryVersion()}`, pictures: 0, markers: 0,
  audio_packets: 0, audio_bytes: 0, states: [], size: null, first_counter: null, last_counter: null, backwards: 0 };

const reader = new H264Reader((luma, width, height) => {
  report.pictures++;
  report.size = [width, height];
  const marker = readMarker(luma, width, height);
  if (!marker) return;
  report.markers++;
  if (report.last_counter !== null && marker.counter < report.last_counter) report.backwards++;
  report.first_counter ??= marker.counter;
  report.last_counter = marker.counter;
});

const connection = new datachannel.PeerConnection('player', { iceServers: [], disableAutoNegotiation: true });
connection.onStateChange((state) => report.states.push(state));
const within = (what, promise) => Promise.race([promise, new Promise((_, reject) =>
  setTimeout(() => reject(new Error(`${what}: not within ${kStartWithinMs} ms`)), kStartWithinMs).unref())]);

function receive(media, onpacket) {
  const track = connection.addTrack(media);
  track.setMediaHandler(new datachannel.RtcpReceivingSession());
  track.onMessage(onpacket);
  return track;
}

const video = new datachannel.Video('video', 'RecvOnly');
video.addH264Codec(96, 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1');
const audio = new datachannel.Audio('audio', 'RecvOnly');
audio.addOpusCodec(111);

let playing;
const started = new Promise((resolve) => (playing = resolve));
const tracks = [
  receive(video, (packet) => {
    const payload = rtpPayload(packet);
    if (payload) reader.push(payload);
    playing();
  }),
  receive(audio, (packet) => {
    report.audio_packets++;
    report.audio_bytes += rtpPayload(packet)?.length ?? 0;
  }),
];

const gathered = new Promise((resolve) =>
  connection.onGatheringStateChange((state) => state === 'complete' && resolve()));
connection.setLocalDescription('offer');
await within('candidates', gathered);
const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp' },
  body: connection.localDescription().sdp });
const answer = await response.text();
if (response.status !== 201) throw new Error(`${response.status}: ${answer}`);
connection.setRemoteDescription(answer, 'answer');
await within('media', started);
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const session = new URL(response.headers.get('Location'), url);
report.delete_status = (await fetch(session, { method: 'DELETE' })).status;
for (const track of tracks) track.close();
connection.close();
await reader.finish();
datachannel.cleanup();
console.log(JSON.stringify(report));
process.exit(0);
