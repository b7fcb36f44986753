/**
 * Where an instant is on a recording's timeline, by the segments of its playlist: as hls.js has them, or
 * as the playlist itself says, for a browser whose own player does not tell.
 */

export interface Piece {
  /** On the player's timeline. */
  start: number;
  duration: number;
  /** Milliseconds since 1970. */
  programDateTime: number | null;
  gap?: boolean;
}

/** Null when nothing is there. */
export function placeOf(pieces: Piece[], atMs: number): number | null {
  let low = 0;
  let high = pieces.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const { start, duration, programDateTime, gap } = pieces[middle];
    if (programDateTime === null) return null;
    const into = (atMs - programDateTime) / 1000;
    if (into < 0) high = middle - 1;
    else if (into >= duration) low = middle + 1;
    else return gap ? null : start + into;
  }
  return null;
}

/** Of a media playlist. RFC 8216 §4.3.2. */
export function readPieces(playlist: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let duration: number | null = null;
  let date: number | null = null;
  let gap = false;
  for (const line of playlist.split(/\r?\n/)) {
    const [, tag, value] = /^#(EXTINF|EXT-X-PROGRAM-DATE-TIME|EXT-X-GAP)(?::([^,]*).*)?$/.exec(line) ?? [];
    if (tag === 'EXTINF') duration = Number(value);
    else if (tag === 'EXT-X-PROGRAM-DATE-TIME') date = Date.parse(value ?? '');
    else if (tag === 'EXT-X-GAP') gap = true;
    if (duration === null || line === '' || line.startsWith('#')) continue;
    pieces.push({ start, duration, programDateTime: Number.isNaN(date) ? null : date, gap });
    start += duration;
    if (date !== null) date += duration * 1000;
    duration = null;
    gap = false;
  }
  return pieces;
}

/** Of the first rendition of a multivariant playlist. @throws when there is none. */
export async function fetchPieces(address: string, get: typeof fetch = fetch): Promise<Piece[]> {
  const fetchText = async (from: string) => {
    const response = await get(from);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.text();
  };
  const [, rendition] = /^#EXT-X-STREAM-INF:.*\r?\n([^#\r\n]+)/m.exec(await fetchText(address)) ?? [];
  if (!rendition) throw new Error('no rendition');
  return readPieces(await fetchText(new URL(rendition, new URL(address, location.href)).href));
}
