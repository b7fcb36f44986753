/**
 * A screen's sound is on, at the volume that the address names; what the keys have changed since is
 * kept until the address names another volume. Muting is not kept: a screen that was switched off and
 * on has sound.
 */
import type { SoundChoice } from '../player/playback';
import { recall, remember } from '../preference';

const kKey = 'longmen.screen.volume';

/** @param asked the address's volume, 0..1, or null. */
export function screenSound(asked: number | null): SoundChoice {
  const [volume, behind] = (recall(kKey) ?? '').split(';');
  const kept = volume === '' || volume === undefined ? NaN : Number(volume);
  const usable = behind === String(asked) && kept >= 0 && kept <= 1;
  return { muted: false, volume: usable ? kept : (asked ?? 1) };
}

export function keepScreenSound(asked: number | null, { volume }: SoundChoice): void {
  remember(kKey, `${volume};${asked}`);
}
