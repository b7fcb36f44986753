/** What a person is told: what kind of trouble it is, in their language, and the server's own words, which
 * name the row and the field. */
import type { I18n } from '../../i18n/i18n';
import type { MessageKey } from '../../i18n/messages';
import { Problem } from '../api_call';

const kKinds: Record<number, MessageKey> = {
  0: 'studio.problem.network',
  401: 'studio.problem.wrong',
  403: 'studio.problem.forbidden',
  404: 'schedule.problem.gone',
  409: 'schedule.problem.refused',
  412: 'schedule.problem.stale',
  413: 'schedule.problem.large',
  422: 'schedule.problem.invalid',
};

export function problemText(problem: unknown, t: I18n['t']): string {
  const status = problem instanceof Problem ? problem.status : -1;
  const kind = t(kKinds[status] ?? 'studio.problem.server');
  const detail = problem instanceof Problem ? problem.detail : '';
  return detail && [404, 409, 412, 413, 422].includes(status) ? `${kind}: ${detail}` : kind;
}
