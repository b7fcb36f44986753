/** What the build named this page's script: another one is another version. Empty while developing. */
export const pageVersion = /-([\w-]{8})\.js/.exec(import.meta.url)?.[1] ?? '';
