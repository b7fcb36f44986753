/**
 * A sine of 1 kHz to set up a hall: at the alignment level of EBU R 68, 18 dB below full scale, and
 * through the screen's volume as the programme is, so that what is heard is what speech will be like.
 * The programme is silent meanwhile. Needs a gesture, which the key that asks for it is.
 */

export const kToneHz = 1_000;
export const kToneDbfs = -18;
export const kToneSeconds = 4;
const kFadeSeconds = 0.02;

type WindowWithOldAudio = Window & { webkitAudioContext?: typeof AudioContext };

export class TestTone {
  private context: AudioContext | null = null;
  private ending: ReturnType<typeof setTimeout> | null = null;

  /**
   * @param volume 0..1.
   * @param onend called once, when it has ended or was stopped.
   * @returns whether this browser can make a tone.
   */
  start(volume: number, onend: () => void): boolean {
    this.stop();
    const Context = window.AudioContext ?? (window as WindowWithOldAudio).webkitAudioContext;
    if (!Context) return false;
    const context = new Context();
    const gain = context.createGain();
    const level = volume * 10 ** (kToneDbfs / 20);
    const from = context.currentTime;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(level, from + kFadeSeconds);
    gain.gain.setValueAtTime(level, from + kToneSeconds - kFadeSeconds);
    gain.gain.linearRampToValueAtTime(0, from + kToneSeconds);
    const sine = context.createOscillator();
    sine.frequency.value = kToneHz;
    sine.connect(gain).connect(context.destination);
    sine.start();
    this.context = context;
    this.onend = onend;
    // By the clock, not by the context: one that the browser keeps suspended never ends.
    this.ending = setTimeout(() => this.stop(), kToneSeconds * 1000 + 100);
    return true;
  }

  stop(): void {
    if (this.ending !== null) clearTimeout(this.ending);
    this.ending = null;
    void this.context?.close();
    this.context = null;
    this.onend();
    this.onend = () => {};
  }

  get playing(): boolean {
    return this.context !== null;
  }

  private onend: () => void = () => {};
}
