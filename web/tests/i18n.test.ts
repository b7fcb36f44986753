import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { browserLanguage, format } from '../src/i18n/i18n';
import { kMessages } from '../src/i18n/messages';

const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe('messages', () => {
  it('have the same keys and placeholders in both languages, and no empty words', () => {
    expect(Object.keys(kMessages.en).sort()).toEqual(Object.keys(kMessages.zh).sort());
    for (const key of Object.keys(kMessages.zh) as (keyof typeof kMessages.zh)[]) {
      expect(kMessages.zh[key].trim(), key).not.toBe('');
      expect(kMessages.en[key].trim(), key).not.toBe('');
      expect(placeholders(kMessages.en[key]), key).toEqual(placeholders(kMessages.zh[key]));
    }
  });

  it('are in their own language', () => {
    for (const [key, text] of Object.entries(kMessages.en)) {
      expect(text, key).not.toMatch(/\p{Script=Han}/u);
    }
  });

  it('has words for every action of the audit', () => {
    const folder = new URL('../../control/', import.meta.url);
    const sources = readdirSync(folder).filter((name) => name.endsWith('.cc') || name.endsWith('.h'));
    const text = [...sources, ...readdirSync(new URL('webhook/', folder)).map((name) => `webhook/${name}`)]
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n');
    const kNouns = 'account|air|air_delay|audit|captions|channel|chapter|courseware|identity|key|overlay|recording|screen|series|' +
      'session|sign_in|site|slate|tally|theme|token|totp|watch_token|webhook';
    const actions = new Set([...text.matchAll(new RegExp(`"((?:${kNouns})\\.[a-z_]+)"`, 'g'))].map(([, name]) => name));
    expect(actions.size).toBeGreaterThan(60);
    for (const action of actions) expect(Object.keys(kMessages.zh), action).toContain(`audit.${action}`);
  });

  it('fill in values', () => {
    expect(format('en', 'retry.countdown', { seconds: 3 })).toBe('Trying again in 3 s');
    expect(format('zh', 'trouble.absent', { channel: 'a{b}' })).toBe('没有“a{b}”这个频道');
  });
});

describe('the browser decides the first language', () => {
  it.each([
    [['zh-CN', 'en'], 'zh'],
    [['zh-Hant-TW'], 'zh'],
    [['en-GB', 'zh-CN'], 'en'],
    [['de', 'zh'], 'zh'],
    [['de', 'fr'], 'en'],
    [[], 'en'],
  ])('%j', (preferred, expected) => {
    expect(browserLanguage(preferred)).toBe(expected);
  });
});
