/**
 * Whether a reload would succeed: the server gives this page and the scripts that it names. A page
 * that leaves for a server that does not answer is an error page for ever.
 */
const kTimeoutMs = 8_000;
const kMaxFiles = 16;

export async function serverGivesPage(address: string, get: typeof fetch = fetch): Promise<boolean> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), kTimeoutMs);
  const read = async (url: string) => {
    const response = await get(url, { cache: 'no-store', signal: deadline.signal });
    const text = await response.text();
    return response.ok ? text : null;
  };
  try {
    const page = await read(address);
    if (page === null || !page.includes('id="app"')) return false;
    const files = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, file]) => file);
    const texts = await Promise.all(files.slice(0, kMaxFiles).map(read));
    return files.length > 0 && texts.every((text) => text !== null);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
