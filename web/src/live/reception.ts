/**
 * What the browser's statistics say about the reception of one connection, as figures for people.
 * A figure that the browser does not give, or that cannot be trusted, is null and is not shown.
 *
 * Latency is from the capture instant to playout. The server's sender reports carry the capture
 * clock, so `estimatedPlayoutTimestamp` is the capture time of what is being shown. The difference
 * between that clock and ours comes from the report's own arrival: arrival - remote time is clock
 * difference plus one way, and one way is half of ICE's round trip. A viewer's clock may therefore
 * be wrong by any amount.
 */

import type { Progress } from './stall_watch';

export interface Reception extends Progress {
  width: number | null;
  height: number | null;
  framesPerSecond: number | null;
  /** Of the picture on show, on the server's line of time: milliseconds since 1970. */
  instantMs: number | null;
  latencyMs: number | null;
  /** 0..1 of the last window, after retransmission. */
  loss: number | null;
  jitterMs: number | null;
  bitsPerSecond: number | null;
}

interface Totals {
  atMs: number;
  framesDecoded: number;
  packetsReceived: number;
  packetsLost: number;
  bytesReceived: number;
}

type Stats = Record<string, unknown>;

/** NTP's epoch is 1900; some browsers leave it in estimatedPlayoutTimestamp. */
const kNtpToUnixMs = 2_208_988_800_000;
const kRateWindowMs = 900;
const kLossWindows = 10;
const kCredibleLatencyMs = 60_000;

export class ReceptionMeter {
  private before: Totals | null = null;
  private framesPerSecond: number | null = null;
  private bitsPerSecond: number | null = null;
  private losses: { lost: number; all: number }[] = [];
  private latency: number | null = null;

  reset(): void {
    this.before = null;
    this.framesPerSecond = null;
    this.bitsPerSecond = null;
    this.losses = [];
    this.latency = null;
  }

  /** @param now milliseconds of a monotonic clock. */
  read(report: Iterable<[string, unknown]>, now: number): Reception {
    const all = [...report].map(([, value]) => value as Stats);
    const inbound = all.filter((stats) => stats.type === 'inbound-rtp');
    const video = inbound.find((stats) => stats.kind === 'video');
    this.advance(inbound, video, now);
    const lost = this.losses.reduce((sum, window) => sum + window.lost, 0);
    const packets = this.losses.reduce((sum, window) => sum + window.all, 0);
    const jitter = number(video?.jitter);
    return {
      framesDecoded: number(video?.framesDecoded) ?? 0,
      videoPackets: originals(video),
      audioPackets: originals(inbound.find((stats) => stats.kind === 'audio')),
      width: number(video?.frameWidth),
      height: number(video?.frameHeight),
      framesPerSecond: this.framesPerSecond,
      instantMs: instantMs(video),
      latencyMs: this.smoothLatency(latencyMs(all)),
      loss: packets > 0 ? lost / packets : null,
      jitterMs: jitter === null ? null : jitter * 1000,
      bitsPerSecond: this.bitsPerSecond,
    };
  }

  private advance(inbound: Stats[], video: Stats | undefined, now: number): void {
    const sum = (key: string) =>
      inbound.reduce((total, stats) => total + (number(stats[key]) ?? 0), 0);
    const totals: Totals = {
      atMs: now,
      framesDecoded: number(video?.framesDecoded) ?? 0,
      packetsReceived: sum('packetsReceived'),
      packetsLost: sum('packetsLost'),
      bytesReceived: sum('bytesReceived'),
    };
    const { before } = this;
    if (before && now - before.atMs < kRateWindowMs) return;
    this.before = totals;
    if (!before) return;
    const seconds = (now - before.atMs) / 1000;
    this.framesPerSecond = Math.max(0, totals.framesDecoded - before.framesDecoded) / seconds;
    this.bitsPerSecond = (Math.max(0, totals.bytesReceived - before.bytesReceived) * 8) / seconds;
    // A late retransmission takes a loss back: a window may be negative, the sum is not.
    const lost = totals.packetsLost - before.packetsLost;
    const received = Math.max(0, totals.packetsReceived - before.packetsReceived);
    this.losses.push({ lost, all: received + Math.max(0, lost) });
    if (this.losses.length > kLossWindows) this.losses.shift();
  }

  private smoothLatency(fresh: number | null): number | null {
    if (fresh === null) return this.latency;
    const old = this.latency;
    // A step (slate, rejoin) shows at once, noise does not.
    this.latency = old === null || Math.abs(fresh - old) > 150 ? fresh : old + (fresh - old) / 4;
    return this.latency;
  }
}

function originals(inbound: Stats | undefined): number {
  const received = number(inbound?.packetsReceived) ?? 0;
  return received - (number(inbound?.retransmittedPacketsReceived) ?? 0);
}

function instantMs(stats: Stats | undefined): number | null {
  const playout = number(stats?.estimatedPlayoutTimestamp);
  if (playout === null || playout <= 0) return null;
  return playout > kNtpToUnixMs ? playout - kNtpToUnixMs : playout;
}

function latencyMs(all: Stats[]): number | null {
  const video = all.find((stats) => stats.type === 'inbound-rtp' && stats.kind === 'video');
  const audio = all.find((stats) => stats.type === 'inbound-rtp' && stats.kind === 'audio');
  const offset = clockOffsetMs(all);
  if (offset === null) return null;
  for (const stats of [video, audio]) {
    const at = number(stats?.timestamp);
    const capture = instantMs(stats);
    if (at === null || capture === null) continue;
    const latency = at - offset - capture;
    if (latency > -20 && latency < kCredibleLatencyMs) return Math.max(0, latency);
  }
  return null;
}

/** Our wall clock minus the server's, from the freshest sender report. */
function clockOffsetMs(all: Stats[]): number | null {
  const pair = all.find(
    (stats) =>
      stats.type === 'candidate-pair' &&
      stats.state === 'succeeded' &&
      stats.nominated === true &&
      number(stats.currentRoundTripTime) !== null,
  );
  const oneWay = ((number(pair?.currentRoundTripTime) ?? 0) * 1000) / 2;
  let freshest: { arrival: number; offset: number } | null = null;
  for (const stats of all) {
    if (stats.type !== 'remote-outbound-rtp') continue;
    const arrival = number(stats.timestamp);
    const remote = number(stats.remoteTimestamp);
    if (arrival === null || remote === null || remote <= 0) continue;
    if (!freshest || arrival > freshest.arrival) {
      freshest = { arrival, offset: arrival - remote - oneWay };
    }
  }
  return freshest?.offset ?? null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
