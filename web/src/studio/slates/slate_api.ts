/** What the studio's pages ask of /api/v1 about a channel's slates. */
import { call, Problem } from '../api_call';

export const kOccasions = ['before', 'break', 'trouble', 'after', 'cut'] as const;
export type Occasion = (typeof kOccasions)[number];
/** Ids of slates; null: none is chosen. */
export type ChosenSlates = Record<Occasion, string | null>;
export type SlateChoice = ChosenSlates & { before_minutes: number };

export interface GivenSlate {
  id: string;
  channel: string;
  name: string;
  kind: 'still' | 'clip';
  media_type: string;
  bytes: number;
  width: number;
  height: number;
  duration_ms: number;
  sound: boolean;
  sha256: string;
  /** In the channel's renditions, on the node that was asked. */
  encoded: 'ready' | 'waiting' | 'failed';
  version: number;
  changed_ms: number;
  changed_by: string;
}
export interface SlateList {
  slates: GivenSlate[];
  most: number;
  max_megabytes: number;
  max_seconds: number;
}

export const noSlates = (): ChosenSlates => ({ before: null, break: null, trouble: null, after: null, cut: null });

const of = (channel: string) => `channels/${encodeURIComponent(channel)}/slates`;

/** With `progress` from 0 to 1 while it is sent; what follows is the server's looking at it. */
function give(channel: string, name: string, file: Blob, progress: (sent: number) => void): Promise<GivenSlate> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/${of(channel)}?${new URLSearchParams({ name })}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(new Problem(0));
    request.onload = () => {
      let answer: Record<string, unknown> | null = null;
      try {
        answer = JSON.parse(request.responseText) as Record<string, unknown>;
      } catch {
        // A proxy's page.
      }
      if (request.status === 200 && answer) return resolve(answer as unknown as GivenSlate);
      const detail = typeof answer?.detail === 'string' ? answer.detail : '';
      const wait = Number(request.getResponseHeader('Retry-After') ?? 0) || 0;
      return reject(new Problem(request.status, false, wait, detail));
    };
    request.send(file);
  });
}

export const slateApi = {
  list: (channel: string) => call<SlateList>('GET', of(channel)),
  give,
  thumbnail: (slate: GivenSlate) => `/api/v1/${of(slate.channel)}/${slate.id}/thumbnail`,
  rename: (seen: GivenSlate, name: string) =>
    call<GivenSlate>('PATCH', `${of(seen.channel)}/${seen.id}`, { name }, { seen: seen.version }),
  remove: (seen: GivenSlate) =>
    call<GivenSlate>('DELETE', `${of(seen.channel)}/${seen.id}`, undefined, { seen: seen.version }),
};
