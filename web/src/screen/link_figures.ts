/**
 * What the browser's statistics say of the connection itself, for who looks after a screen. What a
 * browser does not tell is null. W3C WebRTC Statistics.
 */

export interface LinkFigures {
  /** "10.1.2.3:8189 udp": the relay's. */
  remote: string | null;
  /** This device's; browsers may hide its address. */
  local: string | null;
  roundTripMs: number | null;
  codec: string | null;
  framesDecoded: number | null;
  framesDropped: number | null;
  freezes: number | null;
  packetsLost: number | null;
  nacks: number | null;
}

type Stats = Record<string, unknown>;

export function readLink(report: Iterable<[string, unknown]>): LinkFigures {
  const all = new Map([...report].map(([id, stats]) => [id, Object(stats) as Stats]));
  const list = [...all.values()];
  const video = list.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
  const pair = list.find(
    ({ type, state, nominated }) => type === 'candidate-pair' && state === 'succeeded' && nominated,
  );
  const seconds = number(pair?.currentRoundTripTime);
  const codec = all.get(String(video?.codecId))?.mimeType;
  return {
    remote: candidate(all.get(String(pair?.remoteCandidateId))),
    local: candidate(all.get(String(pair?.localCandidateId))),
    roundTripMs: seconds === null ? null : seconds * 1000,
    codec: typeof codec === 'string' ? codec.replace(/^video\//, '') : null,
    framesDecoded: number(video?.framesDecoded),
    framesDropped: number(video?.framesDropped),
    freezes: number(video?.freezeCount),
    packetsLost: number(video?.packetsLost),
    nacks: number(video?.nackCount),
  };
}

function candidate(stats: Stats | undefined): string | null {
  if (!stats) return null;
  const { address, ip, port, protocol, candidateType } = stats;
  const host = String(address ?? ip ?? '') || String(candidateType ?? '');
  return `${host.includes(':') ? `[${host}]` : host}:${port} ${protocol}`;
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
