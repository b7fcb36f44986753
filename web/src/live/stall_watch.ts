/**
 * Decides from counters of one connection whether its picture is moving, and if not, what it lacks.
 * A still picture is sent as frames like any other: only decoded frames count, never pixels.
 * A page that was asleep (its timers throttled, the laptop closed) proves nothing: after a gap in
 * observation the watch starts afresh.
 */

export interface Progress {
  framesDecoded: number;
  /** Without repeats, by which a server probes the link also when it sends no picture. */
  videoPackets: number;
  audioPackets: number;
}

export type Motion =
  | 'moving'
  /** No new frame for kStallMs: doubtful, still time for the network to heal. */
  | 'stalled'
  /** No new frame for kFreezeMs (kSoundOnlyMs when sound goes on): join again. */
  | 'frozen';

export type Lack =
  /** Nothing comes at all. */
  | 'packets'
  /** Sound comes and no picture: what a server leaves to a link that is too thin for more. */
  | 'picture'
  /** Packets of the picture come, and no frame out of them. */
  | 'frames';

export const kStallMs = 1_200;
export const kFreezeMs = 3_000;
/** A new connection makes a thin link no wider, but a server's mistake must end some time. */
export const kSoundOnlyMs = 20_000;
const kAsleepMs = 2_000;

export class StallWatch {
  private seen: Progress = { framesDecoded: -1, videoPackets: 0, audioPackets: 0 };
  private frameAt = 0;
  private videoAt = 0;
  private audioAt = 0;
  private lookedAt = 0;

  /** Forget the past: another connection is watched from now on. */
  reset(now: number): void {
    this.seen = { framesDecoded: -1, videoPackets: 0, audioPackets: 0 };
    this.frameAt = this.videoAt = this.audioAt = this.lookedAt = now;
  }

  /** @param now milliseconds of a monotonic clock. */
  look(fresh: Progress, now: number): Motion {
    const asleep = now - this.lookedAt > kAsleepMs;
    this.lookedAt = now;
    if (fresh.framesDecoded !== this.seen.framesDecoded || asleep) this.frameAt = now;
    if (fresh.videoPackets !== this.seen.videoPackets) this.videoAt = now;
    if (fresh.audioPackets !== this.seen.audioPackets) this.audioAt = now;
    this.seen = { ...fresh };
    const still = now - this.frameAt;
    if (still < kStallMs) return 'moving';
    return still >= (this.lack() === 'picture' ? kSoundOnlyMs : kFreezeMs) ? 'frozen' : 'stalled';
  }

  /** What is missing, when the picture does not move. */
  lack(): Lack {
    if (this.lookedAt - this.videoAt < kStallMs) return 'frames';
    return this.lookedAt - this.audioAt < kStallMs ? 'picture' : 'packets';
  }
}
