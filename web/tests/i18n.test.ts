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
