import { describe, expect, it } from 'vitest';
import { kSoundlessMs, SoundWatch } from '../../src/live/sound_watch';

describe('sound that stops while pictures go on', () => {
  it('is mended with patience that doubles', () => {
    const watch = new SoundWatch();
    watch.reset(0);
    const mended: number[] = [];
    for (let now = 0; now <= 200_000; now += 500) {
      const packets = Math.min(now, 2_000);
      if (watch.look(packets, now) !== 'mend') continue;
      mended.push(now - 2_000);
      watch.reset(now);
      watch.look(packets, now);
    }
    expect(mended[0]).toBe(kSoundlessMs);
    const apart = mended.slice(1).map((at, i) => at - mended[i]);
    expect(apart.slice(0, 3)).toEqual([16_000, 32_000, 64_000]);
  });
  it('is no fault of who never had any', () => {
    const watch = new SoundWatch();
    watch.reset(0);
    for (let now = 0; now < 60_000; now += 500) expect(watch.look(0, now)).toBe('fine');
  });
});
