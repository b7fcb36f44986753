import { describe, expect, it } from 'vitest';
import { plainText, readScreenOptions } from '../../src/screen/screen_options';

describe('the address of a screen', () => {
  it('may say nothing', () => {
    expect(readScreenOptions('')).toEqual({
      channel: 'main',
      site: '',
      volume: null,
      audio: '',
      language: null,
      reload: { hour: 3, minute: 30, spreadMinutes: 20 },
    });
  });

  it('names channel, site, volume, language and the hour of the reload', () => {
    const address = '?channel=field&site=%E5%AE%89%E5%A3%AB%E8%A1%97&volume=35&audio=ug&lang=zh&reload=4:05&reload_spread=5';
    expect(readScreenOptions(address)).toEqual({
      channel: 'field',
      site: '安士街',
      volume: 0.35,
      audio: 'ug',
      language: 'zh',
      reload: { hour: 4, minute: 5, spreadMinutes: 5 },
    });
    expect(readScreenOptions('?reload=off').reload).toBeNull();
  });

  it.each(['?volume=', '?volume=loud', '?volume=-5', '?volume=1e9'])('%s is no volume', (search) => {
    expect(readScreenOptions(search).volume).toBeNull();
  });

  it.each(['?audio=', '?audio=a', '?audio=%22zh%22', '?audio=zh--x'])('%s is no language', (search) => {
    expect(readScreenOptions(search).audio).toBe('');
  });

  it('has bounds', () => {
    expect(readScreenOptions('?volume=400').volume).toBe(1);
    expect(readScreenOptions('?reload=24:00&reload_spread=999').reload).toEqual({
      hour: 3,
      minute: 30,
      spreadMinutes: 120,
    });
    expect(readScreenOptions(`?channel=${'c'.repeat(500)}`).channel).toHaveLength(63);
    expect(Array.from(readScreenOptions(`?site=${'🏮'.repeat(500)}`).site)).toHaveLength(40);
  });

  it('holds a site’s name to one line that runs forward', () => {
    expect(plainText(' a\u202eb\n\u0007 c\u200b ', 40)).toBe('a b c');
  });
});
