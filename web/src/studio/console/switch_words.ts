/** What is said of the channel's inputs and of a switch between them. */
import type { MessageKey } from '../../i18n/messages';
import type { StudioEvent } from './console_api';

type Translate = (key: MessageKey, values?: Record<string, string | number>) => string;

const kWhys = new Set([
  'no_data',
  'black',
  'frozen',
  'errors',
  'silent',
  'order',
  'return',
  'recovered',
]);
const kShown = new Set(['primary', 'backup', 'slate']);

/** A later server may know reasons that this page does not. */
export const whyWords = (why: string, t: Translate) =>
  kWhys.has(why) ? t(`console.why.${why}` as MessageKey) : why;
export const shownWords = (shown: string, t: Translate) =>
  kShown.has(shown) ? t(`console.input.${shown}` as MessageKey) : shown;

export function switchWords(event: StudioEvent, t: Translate): string {
  const said = t('console.event.switch', {
    from: shownWords(event.from ?? '', t),
    to: shownWords(event.to ?? '', t),
    why: whyWords(event.why ?? '', t),
  });
  if (event.stood_slots === null || event.stood_slots === undefined) return said;
  const still = t('console.jump.stood', { count: event.stood_slots });
  const jump = jumpWords(event.jump_slots ?? null, t);
  return `${said} · ${still}, ${event.jump_by === 'sound' ? t('console.jump.by_sound', { jump }) : jump}`;
}

function jumpWords(jump: number | null, t: Translate): string {
  if (jump === null) return t('console.jump.unknown');
  if (jump === 0) return t('console.jump.same');
  return t(jump > 0 ? 'console.jump.lost' : 'console.jump.repeated', { count: Math.abs(jump) });
}
