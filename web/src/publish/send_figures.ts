/** What leaves this device, for whoever sends: since the last look, from the browser's own counts. */

export interface SendFigures {
  width: number;
  height: number;
  fps: number;
  kbps: number;
  rtt: number;
  /** For the next look. */
  bytes: number;
  atMs: number;
}

export async function figuresOf(
  connection: Pick<RTCPeerConnection, 'getStats'>,
  before: SendFigures | null,
): Promise<SendFigures> {
  const figures: SendFigures = { width: 0, height: 0, fps: 0, kbps: 0, rtt: 0, bytes: 0, atMs: 0 };
  const stats = (await connection.getStats()) as unknown as Map<string, Record<string, unknown>>;
  const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
  for (const each of stats.values()) {
    if (each.type === 'outbound-rtp') {
      figures.bytes += number(each.bytesSent);
      figures.atMs = number(each.timestamp);
      if (each.kind === 'video') {
        figures.width = number(each.frameWidth);
        figures.height = number(each.frameHeight);
        figures.fps = Math.round(number(each.framesPerSecond));
      }
    } else if (each.type === 'candidate-pair' && each.nominated === true) {
      figures.rtt = Math.round(number(each.currentRoundTripTime) * 1000);
    }
  }
  const elapsedMs = before ? figures.atMs - before.atMs : 0;
  if (before && elapsedMs > 0) figures.kbps = Math.round((Math.max(0, figures.bytes - before.bytes) * 8) / elapsedMs);
  return figures;
}
