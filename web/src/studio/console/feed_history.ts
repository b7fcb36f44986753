/** Ten minutes of the channel's inputs: what the server kept, and what the page is told since. */
import type { Feed, History, InputHistory, InputName, Tile } from './console_api';

export const kInputs: InputName[] = ['primary', 'backup'];
export const kSlots = 600;

const none = (): InputHistory => ({
  kbps: [],
  fps: [],
  round_trip_ms: [],
  lost_percent: [],
  keyframe_age_ms: [],
  errors: [],
  peak_dbfs: [],
});
export const noHistory = (): History => ({
  at_ms: [],
  viewers: [],
  inputs: { primary: none(), backup: none() },
});

type Values = (number | null)[];
const longer = (values: Values, value: number | null | undefined): Values =>
  [...values, value ?? null].slice(-kSlots);

/** Errors are counted by the server; until the history is read again, the page has what it is told of. */
function grown(history: InputHistory, feed: Feed | null, peak: number | null, errors: number | null): InputHistory {
  return {
    kbps: longer(history.kbps, feed?.kbps),
    fps: longer(history.fps, feed?.fps),
    round_trip_ms: longer(history.round_trip_ms, feed?.round_trip_ms),
    lost_percent: longer(history.lost_percent, feed?.lost_percent),
    keyframe_age_ms: longer(history.keyframe_age_ms, feed?.keyframe_age_ms),
    errors: longer(history.errors, errors),
    peak_dbfs: longer(history.peak_dbfs, peak),
  };
}

/** With a sample of this second; `before` is what was told a second ago. */
export function withSample(history: History, tile: Tile, before: Tile | null, nowMs: number): History {
  const of = (input: InputName) => {
    const feed = input === 'primary' ? tile.feed : tile.backup;
    const find = (where: Tile | null) => where?.inputs?.inputs.find((each) => each.input === input);
    const [told, earlier] = [find(tile), find(before)];
    const errors = feed && told && earlier ? Math.max(0, told.errors - earlier.errors) : null;
    return grown(history.inputs[input], feed, (feed && told?.peak_dbfs) ?? null, errors);
  };
  const { webrtc, hls } = tile.viewers;
  return {
    at_ms: [...history.at_ms, nowMs].slice(-kSlots),
    viewers: longer(history.viewers, webrtc === null ? null : webrtc + (hls ?? 0)),
    inputs: { primary: of('primary'), backup: of('backup') },
  };
}

/** The least and the most of what is known; nothing: nothing is. */
export function rangeOf(values: Values): { least: number; most: number } | null {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return null;
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return { least: rounded(Math.min(...known)), most: rounded(Math.max(...known)) };
}
