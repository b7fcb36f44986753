/** One request of /api/v1, and what went wrong with it. The sign-in is a cookie that no script can read. */

/** An answer that is none. `status` 0: the server was not reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly codeNeeded = false,
    readonly retryAfterSeconds = 0,
    /** The server's own words. */
    readonly detail = '',
    /** What of the provider of sign-ins is wrong, in a word. */
    readonly providerProblem = '',
    /** Who has no password is to be asked by the provider first. */
    readonly confirmationNeeded = false,
  ) {
    super(`status ${status}`);
  }
}

export interface CallOptions {
  /** The version that the change was made looking at. */
  seen?: number;
  /** For what must not be done twice when the answer is lost. */
  once?: string;
  type?: string;
}

export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  options: CallOptions = {},
): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['Content-Type'] = options.type ?? 'application/json';
  if (options.seen !== undefined) headers['If-Match'] = `"${options.seen}"`;
  if (options.once) headers['Idempotency-Key'] = options.once;
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      credentials: 'same-origin',
      headers,
      body: body === undefined || options.type ? (body as BodyInit) : JSON.stringify(body),
    });
  } catch {
    throw new Problem(0);
  }
  const answer = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  if (!response.ok) {
    const seconds = Number(response.headers.get('Retry-After') ?? 0);
    const detail = typeof answer?.detail === 'string' ? answer.detail : '';
    throw new Problem(
      response.status,
      answer?.code_needed === true,
      seconds || 0,
      detail,
      typeof answer?.provider_problem === 'string' ? answer.provider_problem : '',
      answer?.confirmation_needed === true,
    );
  }
  if (answer === null) throw new Problem(response.status); // a proxy's page, or a cut connection
  return answer as T;
}

/** A key for one wish of a person: the same one while it is tried again. */
export function onceKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
