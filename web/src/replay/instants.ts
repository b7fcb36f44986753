/** Which instant of the media clock a position on a player's timeline is, by the dates of its playlist. */

/** What hls.js has of a segment. */
export interface PlacedFragment {
  readonly start: number;
  readonly duration: number;
  readonly programDateTime: number | null;
}

/** Milliseconds since 1970; in a gap of the timeline, of what is before it; null: there are no dates. */
export function instantOf(fragments: readonly PlacedFragment[], positionS: number): number | null {
  const dated = fragments.filter(({ programDateTime }) => programDateTime !== null);
  const found = dated.filter(({ start }) => start <= positionS).at(-1) ?? dated[0];
  if (!found) return null;
  const { start, duration, programDateTime } = found;
  return Math.floor((programDateTime ?? 0) + 1000 * Math.min(duration, Math.max(0, positionS - start)));
}
