import type { MessageKey } from '../i18n/messages';
import type { Role } from './studio_api';

export function roleKey(role: Role): MessageKey {
  return `studio.role.${role}`;
}
