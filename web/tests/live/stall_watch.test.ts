import { describe, expect, it } from 'vitest';
import { kFreezeMs, kStallMs, StallWatch } from '../../src/live/stall_watch';

describe('StallWatch', () => {
  it('tells moving, stalled and frozen apart', () => {
    const watch = new StallWatch();
    watch.reset(0);
    expect(watch.look(1, 100)).toBe('moving');
    expect(watch.look(1, 100 + kStallMs - 1)).toBe('moving');
    expect(watch.look(1, 100 + kStallMs)).toBe('stalled');
    expect(watch.look(1, 100 + kFreezeMs - 1)).toBe('stalled');
    expect(watch.look(1, 100 + kFreezeMs)).toBe('frozen');
    expect(watch.look(2, 200 + kFreezeMs)).toBe('moving');
  });

  it('does not blame the picture for its own sleep', () => {
    const watch = new StallWatch();
    watch.reset(0);
    watch.look(5, 500);
    expect(watch.look(5, 600_000)).toBe('moving');
    expect(watch.look(5, 600_000 + kStallMs)).toBe('stalled');
  });

  it('takes a counter that starts anew as motion', () => {
    const watch = new StallWatch();
    watch.reset(0);
    watch.look(900, 500);
    expect(watch.look(3, 500 + kStallMs)).toBe('moving');
  });
});
