import { describe, expect, it } from 'vitest';
import { kFirstDelayMs, kLongestDelayMs, retryDelayMs } from '../../src/live/backoff';

describe('retryDelayMs', () => {
  it('doubles to its cap, jittered between half and the whole', () => {
    expect(retryDelayMs(1, null, 0)).toBe(kFirstDelayMs / 2);
    expect(retryDelayMs(2, null, 0)).toBe(kFirstDelayMs);
    expect(retryDelayMs(3, null, 0.5)).toBe(kFirstDelayMs * 4 * 0.75);
    expect(retryDelayMs(1_000_000, null, 0.999)).toBeLessThanOrEqual(kLongestDelayMs);
    expect(retryDelayMs(1_000_000, null, 0)).toBe(kLongestDelayMs / 2);
  });

  it('is never earlier than the server asked, and spread after it', () => {
    expect(retryDelayMs(1, 8000, 0)).toBe(8000);
    expect(retryDelayMs(1, 8000, 0.5)).toBe(9000);
    expect(retryDelayMs(1, 0, 0.5)).toBe(300);
  });

  it('does not let a server send everybody away for a day', () => {
    expect(retryDelayMs(1, 86_400_000, 0)).toBe(120_000);
  });
});
