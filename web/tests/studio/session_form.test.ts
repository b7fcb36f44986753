import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/studio/schedule/schedule_api';
import {
  changedFields,
  changeOf,
  formOf,
  newRepeat,
  repeatOf,
  textsOf,
} from '../../src/studio/schedule/session_form';

const kZone = 'Asia/Shanghai';
const session: Session = {
  id: '00ff',
  version: 3,
  changed_ms: 0,
  changed_by: 'li',
  channel: 'main',
  series: 's',
  title: '<b>第一期</b>',
  description: 'one\ntwo',
  speakers: ['李伟', 'Wang'],
  theme: null,
  language: 'zh-CN',
  place: '龙泉驿',
  slates: { before: null, break: 'a1', trouble: null, after: null, cut: null },
  start_ms: 1_795_692_600_000,
  end_ms: 1_795_696_200_000,
  auto_start: true,
  auto_end: false,
  state: 'scheduled',
  live_ms: null,
  ended_ms: null,
  reopen_until_ms: null,
  repeat: null,
};

describe('a session in a form', () => {
  it('comes back as it was', () => {
    const texts = textsOf(formOf(session, kZone), kZone);
    expect(texts && changedFields(session, texts)).toEqual([]);
  });

  it('names what was changed, alone', () => {
    const form = { ...formOf(session, kZone), title: ' other ', speakers: '李伟\n\n 王芳 ' };
    const texts = textsOf(form, kZone);
    expect(texts && changeOf(session, texts)).toEqual({ title: 'other', speakers: ['李伟', '王芳'] });
    expect(textsOf({ ...form, start: '' }, kZone)).toBeNull();
  });

  it('repeats weekly on its own weekday, or every so many days', () => {
    const repeat = newRepeat(session.start_ms, kZone);
    expect(repeatOf(repeat)).toBeUndefined();
    expect(repeatOf({ ...repeat, kind: 'weekly' })).toEqual({ weekdays: ['thursday'], count: 8 });
    expect(repeatOf({ ...repeat, kind: 'days', ends: 'until', until: '2026-12-31' })).toEqual({
      every_days: 7,
      until: '2026-12-31',
    });
  });
});
