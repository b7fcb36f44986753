/**
 * A link with which anybody sends to a channel: /publish?channel=main#STREAM_KEY. The key stands behind
 * the '#', which browsers send to nobody: it is in no server's log and in no Referer.
 */

export interface PublishLink {
  channel: string;
  key: string;
}

const kMaxKeyChars = 200;

export function readPublishLink(location: { search: string; hash: string }): PublishLink {
  const channel = new URLSearchParams(location.search).get('channel') ?? '';
  let key = location.hash.replace(/^#/, '');
  try {
    key = decodeURIComponent(key);
  } catch {
    // As it stands.
  }
  return { channel: channel || 'main', key: key.slice(0, kMaxKeyChars) };
}

export function publishLink(origin: string, { channel, key }: PublishLink): string {
  return `${origin}/publish?channel=${encodeURIComponent(channel)}#${encodeURIComponent(key)}`;
}
