/** Which of a playlist's sounds hls.js plays: the wanted language where there is one, else the default. */
import type HlsPlayer from 'hls.js';

interface Track {
  lang?: string;
}

/** Of tags "zh" and "ug-Arab", "ug" finds the second. -1: none is wanted, or there. */
export function findLanguage(tracks: Track[], wanted: string): number {
  const tag = wanted.toLowerCase();
  if (tag === '') return -1;
  const langs = tracks.map(({ lang = '' }) => lang.toLowerCase());
  const same = langs.indexOf(tag);
  return same >= 0 ? same : langs.findIndex((lang) => lang.startsWith(`${tag}-`));
}

/** Now, if there are tracks already. */
export function chooseLanguage(hls: Pick<HlsPlayer, 'audioTracks' | 'audioTrack'>, wanted: string): void {
  const track = findLanguage(hls.audioTracks, wanted);
  if (track >= 0 && track !== hls.audioTrack) hls.audioTrack = track;
}
