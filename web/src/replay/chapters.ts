/**
 * Chapters as the playlist tells of them, in date ranges, which hls.js puts on its timeline; or as a list of
 * their own, where the player tells of no ranges.
 */
import { fetchJson, field, text } from '../live/json';

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

/** Of the list that Apple's players read. */
export function readChapterList(json: unknown): ChapterMark[] {
  if (!Array.isArray(json)) return [];
  return json.flatMap((entry, index) => {
    const startS = field(entry, 'start-time');
    const title = text(field((field(entry, 'titles') as unknown[] | undefined)?.[0], 'title'));
    return typeof startS === 'number' && title !== '' ? [{ id: String(index), title, startS }] : [];
  });
}

/** None when there is no answer: a replay does without. */
export async function fetchChapters(address: string, token: string, get: typeof fetch = fetch): Promise<ChapterMark[]> {
  try {
    return readChapterList(await fetchJson(token ? `${address}?token=${encodeURIComponent(token)}` : address, get));
  } catch {
    return [];
  }
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
