/**
 * Tells from samples of the page's memory whether it leaks. The measure is what the browser gives:
 * the JavaScript heap alone (performance.memory, Chromium), which decoders and textures are not in.
 * Without it nothing is concluded.
 */

export interface MemorySample {
  usedBytes: number;
  limitBytes: number;
}

const kSettledMs = 5 * 60_000;
const kBaselineMs = 30 * 60_000;
const kGrowthFactor = 3;
const kGrowthBytes = 96 * 1024 * 1024;
const kCriticalShare = 0.7;

export class MemoryWatch {
  /** The least seen while the page was new and had settled. */
  private baselineBytes: number | null = null;

  look(sample: MemorySample | null, uptimeMs: number): 'fine' | 'grown' | 'critical' {
    if (!sample) return 'fine';
    const { usedBytes, limitBytes } = sample;
    if (uptimeMs > kSettledMs && (uptimeMs < kBaselineMs || this.baselineBytes === null)) {
      this.baselineBytes = Math.min(this.baselineBytes ?? Infinity, usedBytes);
    }
    if (limitBytes > 0 && usedBytes > kCriticalShare * limitBytes) return 'critical';
    if (this.baselineBytes === null) return 'fine';
    const bound = Math.max(kGrowthFactor * this.baselineBytes, this.baselineBytes + kGrowthBytes);
    return usedBytes > bound ? 'grown' : 'fine';
  }
}

export function sampleMemory(): MemorySample | null {
  const { memory } = performance as {
    memory?: { usedJSHeapSize: number; jsHeapSizeLimit: number };
  };
  return memory ? { usedBytes: memory.usedJSHeapSize, limitBytes: memory.jsHeapSizeLimit } : null;
}
