/** Chapters as the playlist tells of them: its date ranges, which the player puts on its timeline. */

export interface ChapterMark {
  id: string;
  title: string;
  /** On the player's timeline. */
  startS: number;
}

/** What hls.js has of an EXT-X-DATERANGE. */
export interface PlacedRange {
  readonly id: string;
  readonly class: string;
  readonly startTime: number;
  readonly attr: Record<string, unknown>;
}

/** In order, without what is none. */
export function readChapters(ranges: (PlacedRange | undefined)[]): ChapterMark[] {
  return ranges
    .flatMap((range) => {
      const title = range?.attr['X-TITLE'];
      if (range?.class !== 'chapter' || typeof title !== 'string' || !Number.isFinite(range.startTime)) return [];
      return [{ id: range.id, title, startS: Math.max(0, range.startTime) }];
    })
    .sort((one, other) => one.startS - other.startS);
}

/** Seeking lands a little before what was sought. */
const kSlackS = 0.25;

/** Which one a position is in; -1: none yet. */
export function chapterAt(chapters: ChapterMark[], position: number): number {
  return chapters.filter(({ startS }) => startS <= position + kSlackS).length - 1;
}

/** Milliseconds since 1970 in an address; null when they are none. */
export function readInstant(words: string | null): number | null {
  return words !== null && /^\d{12,13}$/.test(words) ? Number(words) : null;
}
