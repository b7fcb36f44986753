import { describe, expect, it } from 'vitest';
import { format } from '../../src/i18n/i18n';
import { agoWords, siteState } from '../../src/studio/sites/site_words';
import type { Presence } from '../../src/studio/sites/sites_api';

const t: Parameters<typeof agoWords>[2] = (key, values) => format('en', key, values);
const presence = (counts: Partial<Presence>): Presence => ({
  enrolled: 2,
  reporting: 2,
  picture: 2,
  sound: 2,
  frozen: 0,
  silent: 0,
  trouble: 0,
  ...counts,
});

describe('a site in a word', () => {
  it('is the worst of its screens', () => {
    expect(siteState(presence({}), 2)).toBe('fine');
    expect(siteState(presence({ sound: 1 }), 2)).toBe('no_sound');
    expect(siteState(presence({ picture: 1, sound: 1 }), 2)).toBe('no_picture');
    expect(siteState(presence({ silent: 1, reporting: 1, picture: 0, sound: 0 }), 2)).toBe('silent');
    const nobody = presence({ enrolled: 0, reporting: 0, picture: 0, sound: 0 });
    expect(siteState(nobody, 3)).toBe('unenrolled');
    expect(siteState(nobody, 0)).toBe('no_screens');
  });
  it('was heard of some time ago', () => {
    expect(agoWords(null, 0, t)).toBe('never');
    expect(agoWords(1_000, 40_000, t)).toBe('39 s ago');
    expect(agoWords(0, 600_000, t)).toBe('10 min ago');
    expect(agoWords(0, 10 * 3_600_000, t)).toBe('10 h ago');
    expect(agoWords(0, 5 * 86_400_000, t)).toBe('5 d ago');
    expect(agoWords(5_000, 0, t)).toBe('0 s ago');
  });
});
