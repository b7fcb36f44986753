/**
 * The one word for what is on the screen, from what the connection does and what the node says is
 * on air. "live" is only claimed when the node said so and the picture moves.
 */
import type { Source } from './channels';
import type { LiveStatus } from './live_session';

export type ViewState =
  | 'connecting'
  | 'live'
  | 'slate'
  | 'none'
  | 'playing'
  | 'lost'
  | 'retrying'
  | 'offline';

export function viewState(status: LiveStatus, source: Source, online: boolean): ViewState {
  if (status.phase === 'playing') {
    return source === 'live' || source === 'slate' ? source : 'playing';
  }
  if (!online) return 'offline';
  if (status.phase === 'retrying') {
    return source === 'none' && status.trouble === 'silent' ? 'none' : 'retrying';
  }
  return status.phase === 'lost' ? 'lost' : 'connecting';
}
