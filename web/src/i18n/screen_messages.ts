/** What a wall screen says of its place in the network. */

export const screenZh = {
  'screen.code': '此屏幕尚未登记',
  'screen.code.hint': '请把此代码告诉管理员，或在演播室“站点与屏幕”中输入',
  'screen.code.small': '未登记 · {code}',
  'screen.code.wait': '正在获取登记代码',
  'screen.cookieless': '此设备不保存 Cookie，无法登记；请在浏览器设置中允许',
  'screen.volume.fixed': '音量由演播室设定：{percent}%',
  'screen.test': '测试屏幕',
  'screen.replay': '录播',
  'screen.replay.next': '{time} 直播：{title}',
  'service.screen': '站点与屏幕',
  'service.screen.none': '未登记 · 代码 {code}',
  'service.channel': '频道',
  'service.soundless': '收不到',
} as const;

export const screenEn: Record<keyof typeof screenZh, string> = {
  'screen.code': 'This screen is not enrolled',
  'screen.code.hint': 'Tell an administrator this code, or type it in the studio, under Sites and screens',
  'screen.code.small': 'not enrolled · {code}',
  'screen.code.wait': 'Asking for a code',
  'screen.cookieless': 'This device keeps no cookies and cannot be enrolled; allow them in its browser',
  'screen.volume.fixed': 'The studio has set the volume: {percent}%',
  'screen.test': 'Test screen',
  'screen.replay': 'Replay',
  'screen.replay.next': 'Live at {time}: {title}',
  'service.screen': 'Site and screen',
  'service.screen.none': 'not enrolled · code {code}',
  'service.channel': 'Channel',
  'service.soundless': 'does not come',
};
