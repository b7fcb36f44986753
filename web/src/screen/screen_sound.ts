/**
 * A screen's sound is on, at the volume that the studio or the address names; what the keys have changed
 * since is kept until another volume is named. One that the studio has fixed stays. Muting is not kept: a
 * screen that was switched off and on has sound.
 */
import type { SoundChoice } from '../player/playback';
import { recall, remember } from '../preference';
import type { ScreenSettings } from './screen_settings';

const kKey = 'longmen.screen.volume';

export interface AskedVolume {
  /** 0..1, or null: nobody says. */
  volume: number | null;
  /** The keys do not change it. */
  fixed: boolean;
}

/** @param ofAddress the address's volume, 0..1, or null. */
export function volumeAsked(ofAddress: number | null, settings: ScreenSettings | null): AskedVolume {
  if (settings && settings.volumeRule !== 'own')
    return { volume: settings.volume, fixed: settings.volumeRule === 'fixed' };
  return { volume: ofAddress, fixed: false };
}

export function screenSound(asked: AskedVolume): SoundChoice {
  const [volume, behind] = (recall(kKey) ?? '').split(';');
  const kept = volume === '' || volume === undefined ? NaN : Number(volume);
  const usable = !asked.fixed && behind === String(asked.volume) && kept >= 0 && kept <= 1;
  return { muted: false, volume: usable ? kept : (asked.volume ?? 1) };
}

export function keepScreenSound(asked: AskedVolume, { volume }: SoundChoice): void {
  if (!asked.fixed) remember(kKey, `${volume};${asked.volume}`);
}
