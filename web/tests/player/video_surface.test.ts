import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VideoSurface } from '../../src/player/video_surface';
import { asVideo, FakeVideo } from '../support/fake_hls';

beforeEach(() => {
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('navigator', {});
});
afterEach(() => vi.unstubAllGlobals());

function stage() {
  const [one, other, over] = [new FakeVideo(), new FakeVideo(), new FakeVideo()];
  const said: string[] = [];
  const surface = new VideoSurface([asVideo(one), asVideo(other)], {
    onblocked: (blocked) => blocked && said.push('blocked'),
    onsoundrefused: () => said.push('no sound'),
  });
  over.src = 'blob:x';
  return { one, other, over, said, surface };
}

describe('what is shown in place of a connection', () => {
  it('is what is seen and heard', () => {
    const { one, over, surface } = stage();
    surface.setSound(false, 0.5);
    surface.cover(asVideo(over));
    expect([over.attributes.has('data-front'), over.muted, over.volume]).toEqual([true, false, 0.5]);
    expect([one.attributes.has('data-front'), one.muted]).toEqual([false, true]);
    surface.cover(null);
    expect([over.attributes.has('data-front'), over.muted]).toEqual([false, true]);
    expect([one.attributes.has('data-front'), one.muted]).toEqual([true, false]);
  });

  it('goes on without sound where the browser pauses it for its sound', async () => {
    const { over, said, surface } = stage();
    surface.setSound(false, 1);
    surface.cover(asVideo(over));
    const before = over.plays;
    over.pause();
    over.dispatchEvent(new Event('pause'));
    await Promise.resolve();
    expect([over.paused, over.muted, over.plays > before]).toEqual([false, true, true]);
    expect(said).toEqual(['no sound']);
  });

  it('may be paused once it is shown no more', () => {
    const { over, surface } = stage();
    surface.cover(asVideo(over));
    surface.cover(null);
    const before = over.plays;
    over.dispatchEvent(new Event('pause'));
    expect(over.plays).toBe(before);
  });
});
