/**
 * Decides when sound that had come has stopped while pictures go on: no more packets of it. The
 * picture is no worse for it, so another connection is tried behind it, with patience that doubles.
 */

export const kSoundlessMs = 8_000;
const kLongestMs = 300_000;

export class SoundWatch {
  private packets = -1;
  private packetAt = 0;
  private heard = false;
  private tries = 0;

  /** Another connection: its counters begin anew; what was tried is not forgotten. */
  reset(now: number): void {
    this.packets = -1;
    this.packetAt = now;
  }

  /** @param now milliseconds of a monotonic clock. */
  look(packets: number, now: number): 'fine' | 'soundless' | 'mend' {
    const came = this.packets >= 0 && packets !== this.packets;
    if (packets !== this.packets) this.packets = packets;
    if (came || !this.heard) {
      this.heard ||= came;
      this.packetAt = now;
      if (came) this.tries = 0;
      return 'fine';
    }
    const still = now - this.packetAt;
    if (still < kSoundlessMs) return 'fine';
    if (still < Math.min(kLongestMs, kSoundlessMs * 2 ** Math.min(this.tries, 10))) return 'soundless';
    this.tries++;
    return 'mend';
  }
}
