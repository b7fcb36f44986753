import { describe, expect, it } from 'vitest';
import { kFreezeMs, kSoundOnlyMs, kStallMs, StallWatch } from '../../src/live/stall_watch';

/** A connection that is looked at twice a second; what flows is said for each stretch of time. */
class Watched {
  readonly watch = new StallWatch();
  private now = 0;
  private frames = 0;
  private video = 0;
  private audio = 0;

  constructor() {
    this.watch.reset(0);
  }

  after(ms: number, flows: { frames?: boolean; video?: boolean; audio?: boolean } = {}) {
    let motion = '';
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 500;
      if (flows.frames) this.frames += 15;
      if (flows.video) this.video += 100;
      if (flows.audio) this.audio += 25;
      motion = this.look();
    }
    return motion;
  }

  sleep(ms: number) {
    this.now += ms;
    return this.look();
  }

  private look() {
    const seen = { framesDecoded: this.frames, videoPackets: this.video, audioPackets: this.audio };
    return this.watch.look(seen, this.now);
  }
}

describe('StallWatch', () => {
  it('calls a picture moving, stalled, then frozen', () => {
    const watched = new Watched();
    expect(watched.after(2_000, { frames: true, video: true, audio: true })).toBe('moving');
    expect(watched.after(kStallMs - 200)).toBe('moving');
    expect(watched.after(500)).toBe('stalled');
    expect(watched.after(kFreezeMs - kStallMs)).toBe('frozen');
    expect(watched.watch.lack()).toBe('packets');
    expect(watched.after(500, { frames: true, video: true })).toBe('moving');
  });

  it('is patient with a link that carries sound alone, not for ever', () => {
    const watched = new Watched();
    watched.after(2_000, { frames: true, video: true, audio: true });
    expect(watched.after(kSoundOnlyMs - 1_000, { audio: true })).toBe('stalled');
    expect(watched.watch.lack()).toBe('picture');
    expect(watched.after(2_000, { audio: true })).toBe('frozen');
  });

  it('is not patient when the picture comes and is not decoded, or when sound ends as well', () => {
    const undecoded = new Watched();
    undecoded.after(2_000, { frames: true, video: true, audio: true });
    expect(undecoded.after(kFreezeMs, { video: true, audio: true })).toBe('frozen');
    expect(undecoded.watch.lack()).toBe('frames');

    const silenced = new Watched();
    silenced.after(2_000, { frames: true, video: true, audio: true });
    expect(silenced.after(kFreezeMs, { audio: true })).toBe('stalled');
    expect(silenced.after(2_000)).toBe('frozen');
  });

  it('starts afresh after the page was asleep', () => {
    const watched = new Watched();
    watched.after(2_000, { frames: true, video: true });
    expect(watched.sleep(60_000)).toBe('moving');
    expect(watched.after(kStallMs + 300)).toBe('stalled');
  });

  it('takes a counter that starts anew as motion', () => {
    const watch = new StallWatch();
    watch.reset(0);
    watch.look({ framesDecoded: 900, videoPackets: 0, audioPackets: 0 }, 500);
    const anew = { framesDecoded: 3, videoPackets: 0, audioPackets: 0 };
    expect(watch.look(anew, 500 + kStallMs)).toBe('moving');
  });

  it('forgets another connection', () => {
    const watched = new Watched();
    watched.after(2_000, { frames: true });
    watched.after(5_000);
    watched.watch.reset(7_000);
    const nothing = { framesDecoded: 0, videoPackets: 0, audioPackets: 0 };
    expect(watched.watch.look(nothing, 7_100)).toBe('moving');
  });
});
