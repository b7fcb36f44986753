/**
 * Decides from the count of decoded frames whether a picture is moving. It knows nothing of why.
 * A page that was asleep (its timers throttled, the laptop closed) proves nothing: after a gap in
 * observation the watch starts afresh.
 */

export type Motion =
  | 'moving'
  /** No new frame for kStallMs: doubtful, still time for the network to heal. */
  | 'stalled'
  /** No new frame for kFreezeMs: join again. */
  | 'frozen';

export const kStallMs = 1_200;
export const kFreezeMs = 3_000;
const kAsleepMs = 2_000;

export class StallWatch {
  private frames = -1;
  private lastGrowth = 0;
  private lastLook = 0;

  /** Forget the past: another connection is watched from now on. */
  reset(now: number): void {
    this.frames = -1;
    this.lastGrowth = now;
    this.lastLook = now;
  }

  /** @param frames decoded so far; @param now milliseconds of a monotonic clock. */
  look(frames: number, now: number): Motion {
    const asleep = now - this.lastLook > kAsleepMs;
    this.lastLook = now;
    if (frames !== this.frames || asleep) {
      this.frames = frames;
      this.lastGrowth = now;
      return 'moving';
    }
    const still = now - this.lastGrowth;
    return still >= kFreezeMs ? 'frozen' : still >= kStallMs ? 'stalled' : 'moving';
  }
}
