import { describe, expect, it } from 'vitest';
import { changesOf } from '../../src/studio/audit_changes';

const time = (ms: number) => `at ${ms}`;

describe('what an action changed', () => {
  it('is the fields that differ', () => {
    const before = { title: '第一期', place: '', speakers: ['李伟'], start_ms: 1_700_000_000_000 };
    const after = { title: '第一期', place: '三号厅', speakers: ['李伟', '王芳'], start_ms: 1_700_000_060_000 };
    expect(changesOf(before, after, time)).toEqual([
      { field: 'place', before: '', after: '三号厅' },
      { field: 'speakers', before: '["李伟"]', after: '["李伟","王芳"]' },
      { field: 'start_ms', before: 'at 1700000000000', after: 'at 1700000060000' },
    ]);
  });

  it('is all that was made or removed, and has a value', () => {
    expect(changesOf(null, { name: 'x', notes: '', test: false }, time)).toEqual([
      { field: 'name', before: '', after: 'x' },
      { field: 'test', before: '', after: 'false' },
    ]);
    expect(changesOf({ name: 'x' }, null, time)).toEqual([{ field: 'name', before: 'x', after: '' }]);
  });

  it('may be one value, or nothing', () => {
    expect(changesOf('a', 'b', time)).toEqual([{ field: '', before: 'a', after: 'b' }]);
    expect(changesOf(null, null, time)).toEqual([]);
  });
});
