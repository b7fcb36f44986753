import { describe, expect, it } from 'vitest';
import { readSettings, readWaiting, spacedCode } from '../../src/screen/screen_settings';
import { screenSound, volumeAsked } from '../../src/screen/screen_sound';

describe('what control says of a screen', () => {
  it('is checked field by field', () => {
    expect(readSettings({ enrolled: true, channel: { id: 'main' } })).toEqual({
      version: '',
      name: '',
      site: '',
      test: false,
      channel: 'main',
      plays: 'main',
      volumeRule: 'own',
      volume: 1,
      audio: '',
      watch: null,
      reportEveryMs: 30_000,
      guide: null,
    });
    const tests = { enrolled: true, channel: { id: 'main' }, plays: 'main~programme', audio: 'bo', report_every_s: 5 };
    expect(readSettings(tests)).toMatchObject({ plays: 'main~programme', audio: 'bo', reportEveryMs: 5_000 });
    for (const odd of [null, 7, {}, { enrolled: 'yes', channel: { id: 'main' } }, { enrolled: true }]) {
      expect(readSettings(odd)).toBeNull();
    }
    const loud = readSettings({
      enrolled: true,
      channel: { id: 'main' },
      site: { name: 'a\u202eb\n' },
      volume: { rule: 'start', percent: 900 },
      watch: { token: 'x'.repeat(5_000), expires_ms: 1 },
      guide: { sessions: 'none' },
    });
    expect(loud).toMatchObject({ site: 'a b', volume: 1, volumeRule: 'start', watch: null, guide: null });
  });

  it('may be a code', () => {
    expect(readWaiting({ enrolled: false, code: 'K7M2QP', expires_ms: 3 })).toEqual({
      code: 'K7M2QP',
      expiresMs: 3,
      lifeMs: 0,
    });
    const dated = { enrolled: false, code: 'K7M2QP', expires_ms: 9_000, now_ms: 2_000 };
    expect(readWaiting(dated)?.lifeMs).toBe(7_000);
    expect(readWaiting({ ...dated, now_ms: 10_000 })?.lifeMs).toBe(0);
    for (const code of ['', '<b>', 'k7m2qp', 'x'.repeat(40)]) {
      expect(readWaiting({ enrolled: false, code })).toBeNull();
    }
    expect(readWaiting({ enrolled: true, code: 'K7M2QP' })).toBeNull();
    expect(spacedCode('K7M2QP')).toBe('K7M 2QP');
  });

  it('has the word about the volume', () => {
    const settings = (volumeRule: string) =>
      readSettings({ enrolled: true, channel: { id: 'a' }, volume: { rule: volumeRule, percent: 40 } });
    expect(volumeAsked(0.8, null)).toEqual({ volume: 0.8, fixed: false });
    expect(volumeAsked(0.8, settings('own'))).toEqual({ volume: 0.8, fixed: false });
    expect(volumeAsked(0.8, settings('start'))).toEqual({ volume: 0.4, fixed: false });
    expect(volumeAsked(0.8, settings('fixed'))).toEqual({ volume: 0.4, fixed: true });
    expect(screenSound({ volume: 0.4, fixed: true })).toEqual({ muted: false, volume: 0.4 });
  });
});
