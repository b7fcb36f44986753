/** Who may watch a channel: words of /studio. */

export const kAccessMessages = {
  zh: {
    'access.label': '谁可以观看',
    'access.open': '所有人',
    'access.screens': '已登记的屏幕',
    'access.token': '持有链接的人和已登记的屏幕',
    'access.links': '观看链接',
    'access.for': '给谁',
    'access.life': '有效期',
    'access.days': '{days} 天',
    'access.create': '生成链接',
    'access.made': '链接只显示这一次；到期之前无法收回。',
    'access.link': '链接',
    'access.noted': '已记下',
  },
  en: {
    'access.label': 'Who may watch',
    'access.open': 'Everybody',
    'access.screens': 'Enrolled screens',
    'access.token': 'Whoever has a link, and enrolled screens',
    'access.links': 'Links to watch',
    'access.for': 'For whom',
    'access.life': 'Valid for',
    'access.days': '{days} days',
    'access.create': 'Make a link',
    'access.made': 'The link is shown this once; it cannot be taken back before it expires.',
    'access.link': 'Link',
    'access.noted': 'Noted',
  },
} as const;
