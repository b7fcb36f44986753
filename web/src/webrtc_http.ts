/**
 * What WHEP and WHIP have in common: an exchange over HTTP under one deadline, a refusal in words, and
 * the SDP fragments of an ICE restart. RFC 9725, RFC 9457, RFC 8840.
 */

export type WhepFailure = 'http' | 'network' | 'timeout' | 'negotiation' | 'unsupported' | 'left';

export class WhepError extends Error {
  constructor(
    readonly failure: WhepFailure,
    message: string,
    /** HTTP status, 0 when there was none. */
    readonly status = 0,
    /** What Retry-After asked for, or null. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
    this.name = 'WhepError';
  }
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** Where the answer came from, which a relative Location is relative to. */
  address: string;
}

const kRequestTimeoutMs = 8_000;
const kMaxBodyChars = 64 * 1024;

/** The whole exchange, body included. Throws WhepError. */
export async function exchange(ask: typeof fetch, address: string, init: RequestInit): Promise<Reply> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), kRequestTimeoutMs);
  try {
    const signal = deadline.signal;
    const response = await ask(address, { ...init, signal, cache: 'no-store' });
    const text = await response.text();
    if (text.length > kMaxBodyChars) throw new Error('the answer is too long');
    const { status, headers } = response;
    return { status, headers, text, address: response.url || new URL(address, pageUrl()).href };
  } catch (error) {
    if (deadline.signal.aborted) {
      throw new WhepError('timeout', `no answer within ${kRequestTimeoutMs / 1000} s`);
    }
    throw new WhepError('network', words(error));
  } finally {
    clearTimeout(timer);
  }
}

/** RFC 9110 §10.2.3: seconds or a date. Null when absent or meaningless. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

/** What an ICE restart sends of a new offer (RFC 8840 §9; RFC 9725 §4.3.3). */
export function iceFragment(offer: string): string {
  const lines = offer.split(/\r?\n/);
  const pick = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).slice(0, 1);
  return (
    [
      ...pick(/^a=ice-options:/),
      ...pick(/^a=group:BUNDLE /),
      ...pick(/^m=/),
      ...pick(/^a=mid:/),
      ...pick(/^a=ice-ufrag:/),
      ...pick(/^a=ice-pwd:/),
      'a=end-of-candidates',
    ].join('\r\n') + '\r\n'
  );
}

/** The standing answer with the credentials and candidates of the server's fragment. */
export function applyIceFragment(answer: string, fragment: string): string {
  const lines = fragment.split(/\r?\n/);
  const ufrag = lines.find((line) => line.startsWith('a=ice-ufrag:'));
  const pwd = lines.find((line) => line.startsWith('a=ice-pwd:'));
  if (!ufrag || !pwd) throw new WhepError('negotiation', 'no ICE credentials in the answer');
  const candidates = lines.filter((line) => line.startsWith('a=candidate:'));
  const result: string[] = [];
  for (const line of answer.trimEnd().split(/\r?\n/)) {
    if (line.startsWith('a=ice-ufrag:')) result.push(ufrag);
    else if (line.startsWith('a=ice-pwd:')) result.push(pwd, ...candidates);
    else if (candidates.length === 0 || !line.startsWith('a=candidate:')) result.push(line);
  }
  return result.join('\r\n') + '\r\n';
}

export function refusal(reply: Reply): WhepError {
  return new WhepError(
    'http',
    problemWords(reply) || `HTTP ${reply.status}`,
    reply.status,
    retryAfterMs(reply.headers.get('Retry-After'), Date.now()),
  );
}

/** What the body says for people: RFC 9457's detail, or short plain text. */
function problemWords({ headers, text }: Reply): string {
  const type = headers.get('Content-Type') ?? '';
  if (!/json/i.test(type)) return /^text\/plain/i.test(type) ? text.trim().slice(0, 300) : '';
  try {
    const problem: unknown = JSON.parse(text);
    const { detail, title } = Object(problem) as Record<string, unknown>;
    return String(detail ?? title ?? '').slice(0, 300);
  } catch {
    return '';
  }
}

function pageUrl(): string {
  return globalThis.location?.href ?? 'http://localhost/';
}

export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
