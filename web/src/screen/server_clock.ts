/**
 * The server's clock as a screen knows it, by what answers say: from the answer that was on its way
 * for the shortest time lately, since that one is off by half of that at most. The device's own clock
 * may be hours wrong, and may be set while the page is open: all is reckoned by a monotonic one.
 */
const kKept = 12;

export class ServerClock {
  private samples: { offsetMs: number; tripMs: number }[] = [];

  /** All but `serverMs` by the page's monotonic clock. */
  learn(serverMs: number, askedMs: number, answeredMs: number): void {
    const tripMs = answeredMs - askedMs;
    this.samples.push({ offsetMs: serverMs - (askedMs + tripMs / 2), tripMs });
    if (this.samples.length > kKept) this.samples.shift();
  }

  /** Milliseconds since 1970; null: nothing is known. */
  at(monotonicMs: number): number | null {
    const best = this.samples.reduce<(typeof this.samples)[0] | null>(
      (one, other) => (one && one.tripMs <= other.tripMs ? one : other),
      null,
    );
    return best ? best.offsetMs + monotonicMs : null;
  }
}
