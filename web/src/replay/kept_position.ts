/**
 * Where one stopped watching, kept in this browser for the replays that were watched last. What was
 * seen to its end, or hardly begun, begins anew.
 */
import { recall, remember } from '../preference';

const kStorageKey = 'longmen.replay.positions';
const kMaxKept = 50;
const kNearStartS = 15;
const kNearEndS = 20;

type Kept = [id: string, seconds: number][];

function read(): Kept {
  try {
    const kept: unknown = JSON.parse(recall(kStorageKey) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.filter(
      (entry): entry is [string, number] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1]),
    );
  } catch {
    return [];
  }
}

export function keptPosition(id: string): number | null {
  return read().find(([each]) => each === id)?.[1] ?? null;
}

export function keepPosition(id: string, seconds: number, durationS: number): void {
  const others = read().filter(([each]) => each !== id);
  const worth = seconds > kNearStartS && seconds < durationS - kNearEndS;
  const kept: Kept = worth ? [[id, Math.floor(seconds)], ...others] : others;
  remember(kStorageKey, JSON.stringify(kept.slice(0, kMaxKept)));
}
