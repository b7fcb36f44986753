/**
 * Two video elements on top of each other: one on show, one that waits for the first picture of
 * the next connection. It owns sound: pictures always start muted, and where the browser refuses
 * sound or autoplay, it says so instead of standing still.
 */
import type { Surface } from '../live/live_session';

export interface SurfaceEvents {
  /** True: the browser wants a gesture before anything plays. */
  onblocked(blocked: boolean): void;
  /** The browser refused sound; it is off again. */
  onsoundrefused(): void;
}

export class VideoSurface implements Surface {
  private front: HTMLVideoElement;
  private back: HTMLVideoElement;
  private muted = true;
  private volume = 1;
  /** Shown in place of the front; null: nothing is. */
  private over: HTMLVideoElement | null = null;

  constructor(
    videos: [HTMLVideoElement, HTMLVideoElement],
    private readonly events: SurfaceEvents,
  ) {
    [this.front, this.back] = videos;
    for (const video of videos) {
      video.muted = true;
      video.addEventListener('pause', () => void this.keepPlaying(video));
    }
  }

  /** The element on show. */
  get video(): HTMLVideoElement {
    return this.over ?? this.front;
  }

  /** Another element is shown, and heard, in place of these; null: no longer. */
  cover(over: HTMLVideoElement | null): void {
    if (over === this.over) return;
    if (this.over) {
      this.over.toggleAttribute('data-front', false);
      this.over.onpause = null;
      this.over.muted = true;
    }
    this.over = over;
    if (over) over.onpause = () => void this.keepPlaying(over);
    this.front.toggleAttribute('data-front', over === null);
    over?.toggleAttribute('data-front', true);
    this.applySound();
  }

  prepare(stream: MediaStream): Promise<void> {
    const video = this.back;
    video.muted = true;
    video.srcObject = stream;
    return new Promise((resolve) => {
      video.onloadeddata = () => resolve();
      // A page that nobody looks at may get no picture to show; packets are then proof enough.
      for (const track of stream.getVideoTracks()) {
        track.onunmute = () => document.hidden && resolve();
      }
      void this.start(video).then((started) => started || resolve());
    });
  }

  promote(): void {
    [this.front, this.back] = [this.back, this.front];
    this.front.toggleAttribute('data-front', this.over === null);
    this.back.toggleAttribute('data-front', false);
    this.back.srcObject = null;
    this.applySound();
  }

  setSound(muted: boolean, volume: number): void {
    this.muted = muted;
    this.volume = volume;
    this.applySound();
    if (this.over?.paused) void this.start(this.over);
    if (this.front.paused && this.front.srcObject) void this.start(this.front);
  }

  clear(): void {
    this.front.srcObject = null;
    this.back.srcObject = null;
  }

  private applySound(): void {
    const heard = this.video;
    for (const video of [this.front, this.back, ...(this.over ? [this.over] : [])]) {
      video.volume = this.volume;
      video.muted = video !== heard || this.muted;
    }
  }

  private async start(video: HTMLVideoElement): Promise<boolean> {
    try {
      await video.play();
      this.events.onblocked(false);
      return true;
    } catch (error) {
      const refused = error instanceof DOMException && error.name === 'NotAllowedError';
      if (refused) this.events.onblocked(true);
      return !refused;
    }
  }

  /** Live has no pause: a pause is the browser's doing, most often because sound was refused. */
  private async keepPlaying(video: HTMLVideoElement): Promise<void> {
    const empty = !video.srcObject && !video.src;
    if (video !== this.video || empty || video.ended || document.hidden) return;
    if (!video.muted && !navigator.userActivation?.hasBeenActive) {
      this.muted = true;
      video.muted = true;
      this.events.onsoundrefused();
    }
    await this.start(video);
  }
}
