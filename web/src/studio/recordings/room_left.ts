/** For how long there is room to record: how it is told, and when it is time to do something about it. */
import type { I18n } from '../../i18n/i18n';
import type { Recorder } from './recordings_api';

const kHourS = 3_600;
/** As long as a day's broadcast: who reads it can still do something. */
const kLowS = 6 * kHourS;

/** Never more than there is: "40 h", "9.9 h", "59 min". */
export function roomWords(seconds: number, t: I18n['t']): string {
  if (seconds < kHourS) return t('recordings.left.minutes', { count: Math.floor(seconds / 60) });
  const hours = seconds / kHourS;
  const count = hours < 10 ? (Math.floor(hours * 10) / 10).toFixed(1) : Math.floor(hours);
  return t('recordings.left.hours', { count });
}

/** It has not been measured yet at the node's very start. */
export const knowsRoom = ({ state, free_bytes }: Recorder): boolean => state === 'ready' && free_bytes > 0;

export const isLow = (recorder: Recorder): boolean => knowsRoom(recorder) && recorder.seconds_left < kLowS;
