/**
 * Decides when a screen that runs for months loads its page anew: at night, while nobody watches
 * anything live; when its memory has grown; when it has shown nothing for long. It says that it is
 * time, not that it is safe: whether the server answers is asked by who carries it out.
 *
 * The page's start is reckoned back from how long it has run, so that a clock that is set after a
 * cold start, as on boxes without a battery, neither causes a reload nor puts one off.
 */

/** Local time; each page draws its own instant within the spread, to either side. */
export interface ReloadTime {
  hour: number;
  minute: number;
  spreadMinutes: number;
}

export interface ReloadFacts {
  /** Wall clock, epoch milliseconds. */
  now: number;
  /** Since the page was loaded, by a monotonic clock. */
  uptimeMs: number;
  time: ReloadTime | null;
  /** Drawn once for the page, in [0, 1). */
  draw: number;
  /** Something live is on, or nobody knows. */
  live: boolean;
  memory: 'fine' | 'grown' | 'critical';
  /** How long there has been no picture. */
  darkMs: number;
}

export type ReloadReason = 'nightly' | 'overdue' | 'memory' | 'dark';

const kMinuteMs = 60_000;
const kHourMs = 60 * kMinuteMs;
/** A page this old is not made better by a reload for its memory or its picture. */
const kYoungMs = 10 * kMinuteMs;
const kDarkMs = 10 * kMinuteMs;
/** After so long a live programme is no reason to wait any more. */
const kOverdueMs = 24 * kHourMs;

export function reloadReason(facts: ReloadFacts): ReloadReason | null {
  const { now, uptimeMs, live, memory } = facts;
  if (uptimeMs > kYoungMs) {
    if (memory === 'critical' || (memory === 'grown' && !live)) return 'memory';
    if (facts.darkMs > kDarkMs) return 'dark';
  }
  if (!facts.time) return null;
  const due = dueAt(now - uptimeMs, facts.time, facts.draw);
  if (now < due) return null;
  if (!live) return 'nightly';
  return now >= due + kOverdueMs ? 'overdue' : null;
}

/** The instant of the first reload of a page that was loaded at `start`. */
export function dueAt(start: number, time: ReloadTime, draw: number): number {
  const spreadMs = time.spreadMinutes * kMinuteMs;
  const day = new Date(start);
  for (let ahead = 0; ; ahead++) {
    const middle = new Date(
      day.getFullYear(),
      day.getMonth(),
      day.getDate() + ahead,
      time.hour,
      time.minute,
    ).getTime();
    // A page that was loaded within the span has had its turn.
    if (middle - spreadMs > start) return middle + (2 * draw - 1) * spreadMs;
  }
}
