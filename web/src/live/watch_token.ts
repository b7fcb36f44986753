/** The token with which a channel that is not open is watched: it comes in the page's own address. */

export function whepAddress(channel: string, token: string): string {
  const query = token ? `?token=${encodeURIComponent(token)}` : '';
  return `/whep/${encodeURIComponent(channel)}${query}`;
}

export function hlsAddress(channel: string, token: string): string {
  const query = token ? `?token=${encodeURIComponent(token)}` : '';
  return `/hls/${encodeURIComponent(channel)}/index.m3u8${query}`;
}

/** Of the channel that the address names; another one's is another token. */
export function tokenInAddress(search: string): (channel: string) => string {
  const asked = new URLSearchParams(search);
  const channel = asked.get('channel');
  const token = asked.get('token') ?? '';
  return (wanted) => (channel === null || wanted === channel ? token : '');
}
