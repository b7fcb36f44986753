/** The cameras, microphones and screens of this device, and what is sent of them. */

export type Source = 'camera' | 'screen' | 'none';

export interface Devices {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
}

export interface Wish {
  source: Source;
  /** Device ids; empty: the browser's choice. */
  camera: string;
  microphone: string;
  sound: boolean;
}

export type CaptureFailure = 'insecure' | 'denied' | 'absent' | 'in_use' | 'other';

const kPicture: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

export const canCapture = (): boolean => Boolean(globalThis.isSecureContext && navigator.mediaDevices?.getUserMedia);
export const canShareScreen = (): boolean => Boolean(navigator.mediaDevices?.getDisplayMedia);

/** Names are known only once somebody has allowed the use of one. */
export async function listDevices(): Promise<Devices> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return {
    cameras: all.filter(({ kind }) => kind === 'videoinput'),
    microphones: all.filter(({ kind }) => kind === 'audioinput'),
  };
}

/** Throws what the browser throws. The microphone goes with a screen that gives no sound itself. */
export async function capture({ source, camera, microphone, sound }: Wish): Promise<MediaStream> {
  const audio: MediaTrackConstraints | false = sound && {
    deviceId: microphone ? { exact: microphone } : undefined,
    echoCancellation: false, // nothing is played here
  };
  if (source !== 'screen') {
    const video: MediaTrackConstraints | false = source === 'camera' && {
      ...kPicture,
      ...(camera ? { deviceId: { exact: camera } } : { facingMode: { ideal: 'environment' } }),
    };
    return navigator.mediaDevices.getUserMedia({ video, audio });
  }
  const screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 30 } }, audio: sound });
  if (sound && screen.getAudioTracks().length === 0) {
    const voice = await navigator.mediaDevices.getUserMedia({ audio }).catch(() => null);
    for (const track of voice?.getAudioTracks() ?? []) screen.addTrack(track);
  }
  for (const track of screen.getVideoTracks()) track.contentHint = 'detail';
  return screen;
}

export function stopCapture(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export function failureOf(error: unknown): CaptureFailure {
  if (!canCapture()) return 'insecure';
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'absent';
    case 'NotReadableError':
    case 'AbortError':
      return 'in_use';
    default:
      return 'other';
  }
}
