/** Which of a playlist's sounds hls.js plays: the wanted language where there is one, else the default. */
import type HlsPlayer from 'hls.js';
import type { SoundLanguage } from '../live/channels';

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

/** Now, if there are tracks already; empty: the first one, which is the default. */
export function chooseLanguage(hls: Pick<HlsPlayer, 'audioTracks' | 'audioTrack'>, wanted: string): void {
  const track = wanted === '' ? 0 : findLanguage(hls.audioTracks, wanted);
  if (track in hls.audioTracks && track !== hls.audioTrack) hls.audioTrack = track;
}

/** Of the browser's own player, where it tells of them. */
function tracksOf(video: HTMLVideoElement) {
  const { audioTracks } = video as { audioTracks?: Iterable<{ language: string; label: string; enabled: boolean }> };
  return [...(audioTracks ?? [])];
}

export const languagesOf = (video: HTMLVideoElement): SoundLanguage[] =>
  tracksOf(video)
    .filter(({ language }) => language)
    .map(({ language, label }) => ({ tag: language, name: label || language }));

/** Likewise by the browser's own player. */
export function chooseLanguageNatively(video: HTMLVideoElement, wanted: string): void {
  const tracks = tracksOf(video);
  const found = wanted === '' ? 0 : findLanguage(tracks.map(({ language }) => ({ lang: language })), wanted);
  if (!(found in tracks)) return;
  tracks.forEach((track, index) => (track.enabled = index === found));
}
