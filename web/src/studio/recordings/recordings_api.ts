/** What the studio's page asks of /api/v1 about recordings. */
import type { Captions } from '../../replay/captions';
import type { CoursewareFile } from '../../replay/courseware';
import { call, onceKey } from '../api_call';
import { upload } from '../upload';

export interface WithdrawnRange {
  from_ms: number;
  to_ms: number;
  made_by: string;
  by_cut: boolean;
}
export interface Recording {
  id: string;
  channel: { id: string; name: string };
  session: string | null;
  title: string;
  series: string;
  state: 'recording' | 'ended';
  start_ms: number;
  end_ms: number | null;
  hole_ms: number;
  bytes: number;
  keep: boolean;
  /** That it was trimmed to; null: all of it. */
  shown: { from_ms: number; to_ms: number } | null;
  /** The recording of which it is a clip. */
  source: string | null;
  courseware: number;
  withdrawn: WithdrawnRange[];
  version: number;
}
export interface RecordingPage {
  recordings: Recording[];
  time_zone: string;
}
export const kRecorderStates = ['away', 'off', 'ready', 'full', 'failed'] as const;
/** Of the bucket that recordings go to, too. */
export interface RecordingBucket {
  state: 'off' | 'ready' | 'away' | 'refused';
  words: string;
  waiting_bytes: number;
  waiting_seconds: number;
}
export interface Recorder {
  state: (typeof kRecorderStates)[number];
  words: string;
  free_bytes: number;
  seconds_left: number;
  bucket: RecordingBucket;
}

export interface CoursewareList {
  courseware: CoursewareFile[];
  max_file_bytes: number;
  bytes_left: number;
}
export interface CaptionTrack extends Captions {
  id: string;
  cues: number;
}
export interface Clip {
  recording: string;
  title: string;
  from_ms: number;
  to_ms: number;
}
export interface ImportedPackage {
  recording: string;
  title: string;
}

export const kPageSize = 50;
const of = (recording: Recording) => `recordings/${encodeURIComponent(recording.id)}`;

export const recordingsApi = {
  list: (beforeMs: number | null) =>
    call<RecordingPage>(
      'GET',
      `recordings?all=true&limit=${kPageSize}${beforeMs === null ? '' : `&before_ms=${beforeMs}`}`,
    ),
  recorder: () => call<Recorder>('GET', 'recorder'),
  keep: (seen: Recording, keep: boolean) =>
    call<Recording>('PATCH', of(seen), { keep }, { seen: seen.version }),
  remove: (seen: Recording) =>
    call<Recording>('DELETE', `${of(seen)}?confirm=${encodeURIComponent(seen.id)}`, undefined, {
      seen: seen.version,
    }),
  withdraw: (recording: Recording, from_ms: number, to_ms: number) =>
    call<Recording>('POST', `${of(recording)}/withdrawals`, { from_ms, to_ms }, { once: onceKey() }),
  trim: (seen: Recording, shown: { from_ms: number; to_ms: number } | null) =>
    call<Recording>('PATCH', of(seen), { shown }, { seen: seen.version }),
  clip: (recording: Recording, title: string, from_ms: number, to_ms: number) =>
    call<Clip>('POST', `${of(recording)}/clips`, { title, from_ms, to_ms }),
  courseware: (id: string) =>
    call<CoursewareList>('GET', `recordings/${encodeURIComponent(id)}/courseware`),
  attach: (id: string, file: File, progress: (sent: number) => void) =>
    upload<CoursewareFile>(
      `recordings/${encodeURIComponent(id)}/courseware?${new URLSearchParams({ name: file.name })}`,
      file,
      progress,
    ),
  detach: (id: string, file: string) =>
    call<CoursewareList>('DELETE', `recordings/${encodeURIComponent(id)}/courseware/${file}?confirm=${file}`),
  captions: (id: string) =>
    call<{ captions: CaptionTrack[] }>('GET', `recordings/${encodeURIComponent(id)}/captions`),
  /** `seen`: those that they replace. */
  setCaptions: (id: string, { language, label }: Captions, file: File, seen: CaptionTrack | null, progress: (sent: number) => void) =>
    upload<CaptionTrack>(
      `recordings/${encodeURIComponent(id)}/captions/${encodeURIComponent(language)}?${new URLSearchParams({ label })}`,
      file,
      progress,
      { method: 'PUT', ...(seen && { etag: `"${seen.id}"` }) },
    ),
  removeCaptions: (id: string, { language }: Captions) =>
    call<{ captions: CaptionTrack[] }>(
      'DELETE',
      `recordings/${encodeURIComponent(id)}/captions/${encodeURIComponent(language)}?confirm=${encodeURIComponent(language)}`,
    ),
  packageAddress: (recording: Recording) => `/api/v1/${of(recording)}/package`,
  importPackage: (channel: string, file: File, progress: (sent: number) => void) =>
    upload<ImportedPackage>(`packages?${new URLSearchParams({ channel })}`, file, progress),
  giveBack: (seen: Recording) =>
    call<Recording>('DELETE', `${of(seen)}/withdrawals`, undefined, { seen: seen.version }),
};

/** "1:02:03" or "2:03" from a recording's start, in milliseconds; null when it is neither. */
export function readOffset(words: string): number | null {
  const parts = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})$/.exec(words.trim());
  if (!parts) return null;
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return minutes < 60 && seconds < 60 ? ((hours * 60 + minutes) * 60 + seconds) * 1000 : null;
}

/** "3.7 GB". */
export function sizeWords(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : ['MB', 1e6];
  return `${(bytes / Number(size)).toFixed(bytes >= 1e9 ? 1 : 0)} ${unit}`;
}
