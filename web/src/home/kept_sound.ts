/** The home page's choice of sound: off until somebody wants it, then as it was left. */
import type { SoundChoice } from '../player/playback';
import { recall, remember } from '../preference';

const kVolumeKey = 'longmen.volume';
const kSoundKey = 'longmen.sound';

export function keptSound(): SoundChoice {
  const volume = Number.parseFloat(recall(kVolumeKey) ?? '');
  return { muted: recall(kSoundKey) !== 'on', volume: volume > 0 && volume <= 1 ? volume : 1 };
}

export function keepSound({ muted, volume }: SoundChoice): void {
  remember(kVolumeKey, String(volume));
  remember(kSoundKey, muted ? 'off' : 'on');
}
