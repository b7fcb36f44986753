/** The pages' choice of sound: off until somebody wants it, then as it was left; and its language. */
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

const kAudioKey = 'longmen.audio';

/** The tag of the language that was chosen last, on whichever channel; empty: none. */
export function keptAudio(): string {
  return recall(kAudioKey) ?? '';
}

export function keepAudio(tag: string): void {
  remember(kAudioKey, tag);
}
