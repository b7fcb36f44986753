// A live HLS server with mistakes: it holds back too little, and answers blocking reloads at once.
import { once } from 'node:events';
import { createServer } from 'node:http';

const kPlaylist = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=1,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.5,URI="7.0.ts",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="7.1.ts"
#EXTINF:1,
7.ts
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="8.0.ts"
`;

// {url, close()}
export async function serveBrokenHls() {
  const server = createServer((request, response) => {
    const media = request.url.endsWith('.ts');
    response.writeHead(200, { 'Content-Type': media ? 'video/mp2t' : 'application/vnd.apple.mpegurl' });
    response.end(media ? Buffer.alloc(188) : kPlaylist);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/live.m3u8`,
    close: () => (server.closeAllConnections(), server.close()),
  };
}
