import { describe, expect, it } from 'vitest';
import { MemoryWatch } from '../../src/screen/memory_watch';

const kMiB = 1024 * 1024;
const kMinute = 60_000;
const sample = (mib: number) => ({ usedBytes: mib * kMiB, limitBytes: 2048 * kMiB });

describe('MemoryWatch', () => {
  it('compares with the least that the settled page had', () => {
    const watch = new MemoryWatch();
    watch.look(sample(5), kMinute); // still loading
    watch.look(sample(30), 6 * kMinute);
    watch.look(sample(20), 10 * kMinute);
    expect(watch.look(sample(115), 300 * kMinute)).toBe('fine');
    expect(watch.look(sample(117), 300 * kMinute)).toBe('grown');
    expect(watch.look(sample(40), 301 * kMinute)).toBe('fine');
  });

  it('grants a large page a multiple', () => {
    const watch = new MemoryWatch();
    watch.look(sample(200), 6 * kMinute);
    expect(watch.look(sample(590), 300 * kMinute)).toBe('fine');
    expect(watch.look(sample(610), 300 * kMinute)).toBe('grown');
  });

  it('knows when there is hardly any left, and says nothing without a measure', () => {
    const watch = new MemoryWatch();
    expect(watch.look(sample(1500), kMinute)).toBe('critical');
    expect(watch.look(null, kMinute)).toBe('fine');
  });
});
