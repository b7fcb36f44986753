import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/studio/schedule/week_layout';
import { fromInput } from '../../src/studio/schedule/zone_time';

const kZone = 'Asia/Shanghai';
const at = (text: string) => fromInput(text, kZone) ?? 0;
const week = at('2026-11-23T00:00');
const talk = (id: string, start: string, end: string) => ({ id, start_ms: at(start), end_ms: at(end) });

describe('a week', () => {
  it('puts a session on its day and time', () => {
    const [block] = layOut([talk('a', '2026-11-26T18:00', '2026-11-26T21:00')], week, kZone);
    expect(block).toMatchObject({ day: 3, top: 0.75, height: 0.125, lane: 0, lanes: 1 });
  });

  it('clips what runs over midnight to both days', () => {
    const blocks = layOut([talk('a', '2026-11-26T23:00', '2026-11-27T01:00')], week, kZone);
    expect(blocks.map(({ day }) => day)).toEqual([3, 4]);
    expect(blocks[1]).toMatchObject({ top: 0 });
    expect(layOut([talk('a', '2026-11-30T01:00', '2026-11-30T02:00')], week, kZone)).toEqual([]);
  });

  it('puts those that meet side by side, and only those', () => {
    const blocks = layOut(
      [
        talk('a', '2026-11-26T10:00', '2026-11-26T12:00'),
        talk('b', '2026-11-26T11:00', '2026-11-26T13:00'),
        talk('c', '2026-11-26T12:00', '2026-11-26T14:00'),
        talk('d', '2026-11-26T14:00', '2026-11-26T15:00'),
      ],
      week,
      kZone,
    );
    expect(blocks.map(({ lane, lanes }) => [lane, lanes])).toEqual([
      [0, 2],
      [1, 2],
      [0, 2],
      [0, 1],
    ]);
  });
});
