/** Levels of a stretch of sound, in dBFS: a full-scale square wave has 0 of both, a sine -3 of RMS. */

export interface Level {
  peakDb: number;
  rmsDb: number;
}

export const kFloorDb = -60;
export const kSilence: Level = { peakDb: kFloorDb, rmsDb: kFloorDb };

function decibels(amplitude: number): number {
  return amplitude > 0 ? Math.max(kFloorDb, 20 * Math.log10(amplitude)) : kFloorDb;
}

export function levelOf(samples: Float32Array): Level {
  let peak = 0;
  let sum = 0;
  for (const sample of samples) {
    peak = Math.max(peak, Math.abs(sample));
    sum += sample * sample;
  }
  return {
    peakDb: decibels(peak),
    rmsDb: decibels(samples.length > 0 ? Math.sqrt(sum / samples.length) : 0),
  };
}

/** What a needle shows: up at once, down by so many decibels a second, as IEC 60268-10 type II does. */
export function fallen(shown: number, now: number, elapsedMs: number, dbPerSecond = 14): number {
  return Math.max(now, shown - (dbPerSecond * elapsedMs) / 1000);
}

/** 0..1 of a scale from the floor to 0 dBFS. */
export function share(db: number): number {
  return Math.min(1, Math.max(0, (db - kFloorDb) / -kFloorDb));
}
