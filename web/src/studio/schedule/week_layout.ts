/** Where sessions stand in a week of seven days: clipped to each day that they touch, those of a day
 * that meet side by side. Fractions of the day, from its beginning. */
import { startOfDay } from './zone_time';

export interface Timed {
  id: string;
  start_ms: number;
  end_ms: number;
}
export interface Block<T> {
  session: T;
  day: number; // 0 to 6
  top: number;
  height: number;
  lane: number;
  lanes: number;
}

export function layOut<T extends Timed>(sessions: T[], weekMs: number, zone: string): Block<T>[] {
  const days = Array.from({ length: 8 }, (_, day) => startOfDay(weekMs, zone, day));
  return Array.from({ length: 7 }, (_, day) =>
    ofDay(sessions, day, days[day], days[day + 1]),
  ).flat();
}

function ofDay<T extends Timed>(all: T[], day: number, begin: number, end: number): Block<T>[] {
  const sessions = all
    .filter((each) => each.start_ms < end && each.end_ms > begin)
    .sort((a, b) => a.start_ms - b.start_ms || a.id.localeCompare(b.id));
  const blocks: Block<T>[] = [];
  let group: Block<T>[] = [];
  let groupEnds = 0;
  const close = () => {
    const lanes = Math.max(0, ...group.map((block) => block.lane + 1));
    for (const block of group) block.lanes = lanes;
    group = [];
  };
  for (const session of sessions) {
    if (session.start_ms >= groupEnds) close();
    const taken = new Set(
      group.filter((block) => block.session.end_ms > session.start_ms).map(({ lane }) => lane),
    );
    let lane = 0;
    while (taken.has(lane)) lane++;
    const from = Math.max(session.start_ms, begin);
    const to = Math.min(session.end_ms, end);
    const block = {
      session,
      day,
      top: (from - begin) / (end - begin),
      height: (to - from) / (end - begin),
      lane,
      lanes: 1,
    };
    group.push(block);
    blocks.push(block);
    groupEnds = Math.max(groupEnds, session.end_ms);
  }
  close();
  return blocks;
}
