import { describe, expect, it } from 'vitest';
import { kIdle, type LiveStatus, type Phase, type Trouble } from '../../src/live/live_session';
import { viewState } from '../../src/live/view_state';

const status = (phase: Phase, trouble: Trouble = 'none'): LiveStatus => ({
  ...kIdle,
  phase,
  trouble,
});

describe('viewState', () => {
  it('says live only when the node says so and the picture moves', () => {
    expect(viewState(status('playing'), 'live', true)).toBe('live');
    expect(viewState(status('playing'), 'unknown', true)).toBe('playing');
    expect(viewState(status('lost'), 'live', true)).toBe('lost');
    expect(viewState(status('connecting'), 'live', true)).toBe('connecting');
  });

  it('tells slate, nothing on air, and being offline', () => {
    expect(viewState(status('playing'), 'slate', true)).toBe('slate');
    expect(viewState(status('retrying', 'silent'), 'none', true)).toBe('none');
    expect(viewState(status('retrying', 'network'), 'none', true)).toBe('retrying');
    expect(viewState(status('retrying', 'network'), 'live', false)).toBe('offline');
    expect(viewState(status('playing'), 'live', false)).toBe('live');
  });
});
