/** What is said to people while there is no picture that moves. */
import type { MessageKey } from '../i18n/messages';
import type { LiveStatus, Trouble } from './live_session';
import type { ViewState } from './view_state';

const kTroubles: Record<Exclude<Trouble, 'none'>, MessageKey> = {
  network: 'trouble.network',
  silent: 'trouble.silent',
  busy: 'trouble.busy',
  absent: 'trouble.absent',
  refused: 'trouble.refused',
  unsupported: 'trouble.unsupported',
  thin: 'trouble.thin',
};

/** The message has a place for {channel}. */
export function stateWords(state: ViewState, { trouble }: LiveStatus): MessageKey {
  if (state === 'offline') return 'state.offline';
  if (state === 'none') return 'state.none';
  if (trouble === 'thin') return 'trouble.thin';
  if (state === 'retrying' && trouble !== 'none') return kTroubles[trouble];
  return state === 'lost' ? 'state.lost' : 'state.connecting';
}
