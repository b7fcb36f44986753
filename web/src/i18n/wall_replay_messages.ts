/** What a channel's wall screens show while nothing is on, as the studio sets it. */

export const wallReplayZh = {
  'wall_replay.title': '空闲时大屏录播',
  'wall_replay.hint': '没有直播时，本频道的大屏按时间轮流播放录像，各屏同一秒同一画面；一有直播立即让出。',
  'wall_replay.what': '播放什么',
  'wall_replay.off': '不播放',
  'wall_replay.last': '最近结束的一场',
  'wall_replay.day': '最近一天的全部场次',
  'wall_replay.from': '从',
  'wall_replay.until': '到（与“从”相同：全天）',
  'wall_replay.before': '下一场开始前多少分钟停止',
  'wall_replay.sound': '声音',
  'wall_replay.sound.off': '静音',
  'wall_replay.sound.on': '按大屏音量',
} as const;

export const wallReplayEn: Record<keyof typeof wallReplayZh, string> = {
  'wall_replay.title': 'Replays on idle wall screens',
  'wall_replay.hint':
    'While nothing is on, the channel’s wall screens show recordings by the clock, all of them the same second; whatever goes live takes over at once.',
  'wall_replay.what': 'What is shown',
  'wall_replay.off': 'nothing',
  'wall_replay.last': 'the session that ended last',
  'wall_replay.day': 'all sessions of the last day that had any',
  'wall_replay.from': 'From',
  'wall_replay.until': 'Until (the same as “From”: all day)',
  'wall_replay.before': 'Minutes before the next session at which it ends',
  'wall_replay.sound': 'Sound',
  'wall_replay.sound.off': 'silent',
  'wall_replay.sound.on': 'at the screen’s volume',
};
