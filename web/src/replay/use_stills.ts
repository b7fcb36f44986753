/** Stills for a seek bar as Vue state: fetched when somebody looks, and again while they become more. */
import { shallowRef, type ShallowRef } from 'vue';
import { fetchStills, type Still } from './thumbnails';

/** Of stills of a session on air. */
const kLifeMs = 15_000;

export function useStills(
  folder: () => string,
  token: () => string,
  goesOn: () => boolean,
): { stills: ShallowRef<Still[]>; look(): Promise<void> } {
  const stills = shallowRef<Still[]>([]);
  let from = '';
  let at = 0;
  async function look() {
    const address = `${folder()}/thumbnails.vtt`;
    const another = address !== from;
    const young = Date.now() - at < kLifeMs;
    if (!another && (young || (stills.value.length > 0 && !goesOn()))) return;
    [from, at] = [address, Date.now()];
    if (another) stills.value = [];
    const found = await fetchStills(address, token() ? `?token=${encodeURIComponent(token())}` : '');
    if (address === from && found.length > 0) stills.value = found;
  }
  return { stills, look };
}
