import type { MessageKey } from '../../i18n/messages';
import type { Session, SessionAction, SessionState } from './schedule_api';

export function stateKey(state: SessionState): MessageKey {
  return `session.state.${state}`;
}
export function actionKey(action: SessionAction): MessageKey {
  return `session.action.${action}`;
}

/** What can be done with it now, by whom. */
export function actionsOf(session: Session, may: Set<string>, nowMs: number): SessionAction[] {
  const actions: SessionAction[] = [];
  const { state } = session;
  if (may.has('operate')) {
    if (state === 'scheduled' || state === 'missed') actions.push('start');
    if (state === 'live') actions.push('end');
    if (state === 'ended' && (session.reopen_until_ms ?? 0) >= nowMs) actions.push('reopen');
  }
  if (may.has('plan')) {
    if (state === 'scheduled' || state === 'missed') actions.push('cancel');
    if (state === 'cancelled') actions.push('restore');
  }
  return actions;
}
