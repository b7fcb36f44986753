/** JSON from the node, in which nothing is taken for granted. */

const kTimeoutMs = 5_000;

/** Throws when there is no answer in time, or one that is none. */
export async function fetchJson(address: string, get: typeof fetch): Promise<unknown> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), kTimeoutMs);
  try {
    const response = await get(address, {
      headers: { Accept: 'application/json' },
      signal: deadline.signal,
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.json();
  } finally {
    clearTimeout(timer);
  }
}

export function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
