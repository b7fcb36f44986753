/**
 * How long to wait before the next attempt: doubling, capped, jittered so that a hall full of
 * screens does not come back in the same instant. Randomness is handed in.
 */

export const kFirstDelayMs = 400;
export const kLongestDelayMs = 10_000;
const kLongestRetryAfterMs = 120_000;
/** While something else is shown in its place. */
export const kFirstRestMs = 10_000;
export const kLongestRestMs = 120_000;

/** Between attempts that nobody waits for. @param attempt 1 for the first one. */
export function restMs(attempt: number, random: number): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 16);
  return Math.min(kLongestRestMs, kFirstRestMs * 2 ** exponent) * (0.75 + random / 4);
}

/**
 * @param attempt 1 for the first retry after a success.
 * @param retryAfterMs what the server asked for; always respected (up to two minutes).
 * @param random a number in [0, 1).
 */
export function retryDelayMs(attempt: number, retryAfterMs: number | null, random: number): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 16);
  const ceiling = Math.min(kLongestDelayMs, kFirstDelayMs * 2 ** exponent);
  const own = ceiling * (0.5 + random / 2);
  if (retryAfterMs === null) return own;
  // Never earlier than asked; spread over the following quarter, at least half a second.
  const asked = Math.min(retryAfterMs, kLongestRetryAfterMs);
  return Math.max(own, asked + random * Math.max(500, asked / 4));
}
