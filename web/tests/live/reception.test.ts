import { describe, expect, it } from 'vitest';
import { ReceptionMeter } from '../../src/live/reception';

const kNtpOffsetMs = 2_208_988_800_000;

interface Sample {
  frames: number;
  received: number;
  lost: number;
  bytes: number;
}

function report(sample: Sample, extra: Record<string, unknown>[] = []): [string, unknown][] {
  const video = {
    type: 'inbound-rtp',
    kind: 'video',
    framesDecoded: sample.frames,
    packetsReceived: sample.received,
    packetsLost: sample.lost,
    bytesReceived: sample.bytes,
    frameWidth: 1280,
    frameHeight: 720,
    jitter: 0.004,
  };
  return [video, ...extra].map((stats, index) => [String(index), stats]);
}

describe('ReceptionMeter', () => {
  it('gives rates over its window and leaves unknown figures out', () => {
    const meter = new ReceptionMeter();
    const first = meter.read(report({ frames: 0, received: 0, lost: 0, bytes: 0 }), 0);
    expect(first).toMatchObject({ framesPerSecond: null, loss: null, latencyMs: null });
    const second = meter.read(
      report({ frames: 30, received: 190, lost: 10, bytes: 250_000 }),
      1000,
    );
    expect(second).toEqual({
      framesDecoded: 30,
      videoPackets: 190,
      audioPackets: 0,
      width: 1280,
      height: 720,
      framesPerSecond: 30,
      instantMs: null,
      latencyMs: null,
      loss: 0.05,
      jitterMs: 4,
      bitsPerSecond: 2_000_000,
    });
  });

  it('takes a loss back that a retransmission healed', () => {
    const meter = new ReceptionMeter();
    meter.read(report({ frames: 0, received: 0, lost: 0, bytes: 0 }), 0);
    meter.read(report({ frames: 30, received: 100, lost: 5, bytes: 0 }), 1000);
    const healed = meter.read(report({ frames: 60, received: 205, lost: 0, bytes: 0 }), 2000);
    expect(healed.loss).toBe(0);
  });

  it('does not count repeats as packets of their own', () => {
    const sample = { frames: 1, received: 100, lost: 0, bytes: 1 };
    const [[, video]] = report(sample) as [string, Record<string, unknown>][];
    video.retransmittedPacketsReceived = 30;
    const audio = { type: 'inbound-rtp', kind: 'audio', packetsReceived: 50 };
    const both: [string, unknown][] = [['v', video], ['a', audio]];
    expect(new ReceptionMeter().read(both, 0)).toMatchObject({ videoPackets: 70, audioPackets: 50 });
  });

  // The server's clock runs 5 s ahead of ours; 20 ms round trip; 80 ms from capture to playout.
  const ours = 1_700_000_000_000;
  const theirs = ours + 5_000;
  const clocks = (playout: number): Record<string, unknown>[] => [
    { type: 'remote-outbound-rtp', timestamp: ours + 10, remoteTimestamp: theirs },
    { type: 'candidate-pair', state: 'succeeded', nominated: true, currentRoundTripTime: 0.02 },
    {
      type: 'inbound-rtp',
      kind: 'audio',
      timestamp: ours + 500,
      estimatedPlayoutTimestamp: playout,
    },
  ];
  const sample = { frames: 1, received: 1, lost: 0, bytes: 1 };

  it.each([
    ['in Unix time', theirs + 500 - 80],
    ['in NTP time', theirs + 500 - 80 + kNtpOffsetMs],
  ])('knows latency whatever the viewer’s clock says, %s', (_, playout) => {
    const meter = new ReceptionMeter();
    expect(meter.read(report(sample, clocks(playout)), 0).latencyMs).toBeCloseTo(80, 6);
  });

  it.each([
    ['in Unix time', theirs, theirs],
    ['in NTP time', theirs + kNtpOffsetMs, theirs],
    ['not at all', 0, null],
  ])('knows the instant of the picture on show, told %s', (_, playout, instant) => {
    const [[, video]] = report(sample) as [string, Record<string, unknown>][];
    video.estimatedPlayoutTimestamp = playout;
    expect(new ReceptionMeter().read([['v', video]], 0).instantMs).toBe(instant);
  });

  it('shows no latency that cannot be true', () => {
    const meter = new ReceptionMeter();
    expect(meter.read(report(sample, clocks(ours - 3_600_000)), 0).latencyMs).toBeNull();
  });
});
