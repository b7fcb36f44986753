/** A file as the body of a request of /api/v1, with how much of it is sent. */
import { Problem } from './api_call';

/** `progress` from 0 to 1 while it is sent; what follows is the server's looking at it. */
export function upload<T>(
  path: string,
  file: Blob,
  progress: (sent: number) => void,
  { method = 'POST', etag }: { method?: 'POST' | 'PUT'; etag?: string } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, `/api/v1/${path}`);
    if (etag) request.setRequestHeader('If-Match', etag);
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
      if (request.status === 200 && answer) return resolve(answer as unknown as T);
      const detail = typeof answer?.detail === 'string' ? answer.detail : '';
      const wait = Number(request.getResponseHeader('Retry-After') ?? 0) || 0;
      return reject(new Problem(request.status, false, wait, detail));
    };
    request.send(file);
  });
}
