/** The renditions of a playlist that hls.js plays, and which of them: one, or what the line carries. */
import type HlsPlayer from 'hls.js';
import type { RenditionInfo } from '../live/channels';

interface Level {
  width: number;
  height: number;
  /** Bits a second, at most and usually; 0: not told. */
  bitrate: number;
  averageBitrate: number;
}

/** What is chosen; null: hls.js chooses. */
export type WantedRendition = Pick<RenditionInfo, 'height' | 'kbps'> | null;

const kbpsOf = ({ bitrate, averageBitrate }: Level) => Math.round((averageBitrate || bitrate) / 1000);

/** Largest first. A playlist has no names for them: of two as high, the second is told by its rate, too. */
export function renditionsOf(levels: readonly Level[]): RenditionInfo[] {
  const names = new Set<string>();
  return levels
    .filter(({ height }) => height > 0)
    .map((level) => ({ name: `${level.height}p`, width: level.width, height: level.height, kbps: kbpsOf(level) }))
    .sort((one, other) => other.height - one.height || other.kbps - one.kbps)
    .map((each) => {
      const name = names.has(each.name) ? `${each.name} ${each.kbps}k` : each.name;
      names.add(name);
      return { ...each, name };
    });
}

export function renditionAt(levels: readonly Level[], index: number): RenditionInfo | null {
  const level = levels[index];
  return renditionsOf(levels).find(({ height, kbps }) => level && height === level.height && kbps === kbpsOf(level)) ?? null;
}

/** Of that height, and of several the one whose rate is nearest; -1: there is none. */
export function findRendition(levels: readonly Level[], wanted: WantedRendition): number {
  if (!wanted) return -1;
  const off = (level: Level) => Math.abs(kbpsOf(level) - (wanted.kbps ?? Infinity));
  const [best] = levels.filter(({ height }) => height === wanted.height).sort((one, other) => off(one) - off(other));
  return best ? levels.indexOf(best) : -1;
}

/** From the next segment on. */
export function chooseRendition(hls: Pick<HlsPlayer, 'levels' | 'nextLevel'>, wanted: WantedRendition): void {
  hls.nextLevel = findRendition(hls.levels, wanted);
}
