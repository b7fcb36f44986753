import { describe, expect, it } from 'vitest';
import { kIdle } from '../../src/live/live_session';
import { screenReport, SilenceWatch, type ReportFacts } from '../../src/screen/screen_report';

const facts: ReportFacts = {
  status: { ...kIdle, phase: 'playing' },
  covered: false,
  audible: true,
  silent: false,
  rendition: '720p',
  node: 'n',
  version: 'v',
  uptimeMs: 12_400,
  statistics: [],
};

describe('what a screen reports', () => {
  it('has picture and sound while it plays', () => {
    expect(screenReport(facts)).toMatchObject({ picture: true, sound: true, frozen: false, uptime_s: 12 });
  });
  it('has no sound where it is muted or none comes, and sound alone on a thin line', () => {
    expect(screenReport({ ...facts, audible: false })).toMatchObject({ sound: false });
    const soundless = { ...facts.status, soundless: true };
    expect(screenReport({ ...facts, status: soundless })).toMatchObject({ picture: true, sound: false });
    const thin = { ...facts.status, phase: 'lost' as const, trouble: 'thin' as const };
    expect(screenReport({ ...facts, status: thin })).toMatchObject({ picture: false, sound: true, frozen: true });
    expect(screenReport({ ...facts, status: thin, covered: true })).toMatchObject({ frozen: false });
  });
  it('tells silence by the energy of what was listened to', () => {
    const watch = new SilenceWatch();
    const look = (seconds: number, energy: number) =>
      watch.look([['a', { type: 'inbound-rtp', kind: 'audio', totalSamplesDuration: seconds, totalAudioEnergy: energy }]]);
    expect(look(10, 0.5)).toBe(false);
    expect(look(40, 0.9)).toBe(false);
    expect(look(70, 0.9)).toBe(true);
    expect(look(72, 0.9)).toBe(false); // too short to say
    expect(look(5, 0.2)).toBe(false); // another connection
    expect(watch.look([])).toBe(false);
  });
});
