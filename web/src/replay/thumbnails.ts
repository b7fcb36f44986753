/**
 * The stills of a replay or of a session on air: a WebVTT track whose cues name places in sheets of
 * pictures (`thumbnails/10-7.jpg?n=4#xywh=256,0,256,144`). What is odd in it is left out.
 */

export interface Still {
  startS: number;
  endS: number;
  sheet: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

const kTime = /^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})$/;

/** "01:02:03.456" in seconds; NaN when it is none. */
function cueSeconds(words: string): number {
  const [whole, hours, minutes, seconds, thousandths] = kTime.exec(words) ?? [];
  if (whole === undefined) return NaN;
  return Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(thousandths) / 1000;
}

/** In order. `address`: of the track, against which its sheets' names are. */
export function readStills(track: string, address: string): Still[] {
  return track.split('\n\n').flatMap((block) => {
    const [times, place] = block.split('\n');
    const [from, to] = (times ?? '').split(' --> ').map(cueSeconds);
    const [name, fragment] = (place ?? '').split('#xywh=');
    const [x, y, width, height] = (fragment ?? '').split(',').map(Number);
    const numbers = [from, to, x, y, width, height];
    if (!name || numbers.length !== 6 || !numbers.every((each) => Number.isFinite(each))) return [];
    return [{ startS: from!, endS: to!, sheet: new URL(name, address).href, x: x!, y: y!, width: width!, height: height! }];
  });
}

export function stillAt(stills: Still[], seconds: number): Still | null {
  return stills.filter(({ startS }) => startS <= seconds).at(-1) ?? stills[0] ?? null;
}

/** None when there is no answer: a seek bar does without. `query` is that of the token. */
export async function fetchStills(address: string, query: string, get: typeof fetch = fetch): Promise<Still[]> {
  try {
    const response = await get(`${address}${query}`);
    if (!response.ok) return [];
    const stills = readStills(await response.text(), new URL(address, location.href).href);
    const token = query.slice(1);
    return token ? stills.map((still) => ({ ...still, sheet: `${still.sheet}&${token}` })) : stills;
  } catch {
    return [];
  }
}
