/** The files that are attached to a recording, checked field by field: what is odd is left out. */
import { fetchJson, field, text } from '../live/json';

export interface CoursewareFile {
  id: string;
  name: string;
  bytes: number;
}

/** @throws when there is no answer that is one. */
export async function fetchCourseware(recording: string, token: string, get: typeof fetch = fetch): Promise<CoursewareFile[]> {
  const query = token ? `?${new URLSearchParams({ token })}` : '';
  return readCourseware(await fetchJson(`/replay/${encodeURIComponent(recording)}/courseware.json${query}`, get));
}

export function readCourseware(json: unknown): CoursewareFile[] {
  const list = field(json, 'courseware');
  if (!Array.isArray(list)) throw new Error('no list of files');
  return list.flatMap((entry) => {
    const [id, name, bytes] = [text(field(entry, 'id')), text(field(entry, 'name')), field(entry, 'bytes')];
    return /^[a-z0-9][a-z0-9-]*$/.test(id) && name && typeof bytes === 'number' ? [{ id, name, bytes }] : [];
  });
}

export function coursewareAddress(recording: string, file: CoursewareFile, token: string): string {
  const query = token ? `?${new URLSearchParams({ token })}` : '';
  return `/replay/${encodeURIComponent(recording)}/courseware/${file.id}${query}`;
}

/** "3.7 GB", "12 MB", "4 kB". */
export function fileSizeWords(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  const number = bytes / Number(size);
  return `${number >= 10 || unit === 'kB' ? Math.max(1, Math.round(number)) : number.toFixed(1)} ${unit}`;
}
