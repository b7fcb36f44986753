/** What the studio's page asks of /api/v1 about webhooks. */
import { call, onceKey } from './api_call';

export interface Delivery {
  number: number;
  notice: string;
  kind: string;
  channel: string | null;
  at_ms: number;
  state: 'waiting' | 'done' | 'failed';
  tries: number;
  next_ms: number | null;
  tried_ms: number | null;
  status: number | null;
  words: string;
}
export interface Webhook {
  id: string;
  url: string;
  kinds: string[];
  channels: string[];
  enabled: boolean;
  version: number;
  changed_ms: number;
  changed_by: string;
  /** When it was made. */
  secret?: string;
  waiting?: number;
  last?: Delivery | null;
}
export interface WebhookWish {
  url?: string;
  kinds?: string[];
  channels?: string[];
  enabled?: boolean;
  new_secret?: boolean;
}

export const webhookApi = {
  all: () => call<{ webhooks: Webhook[]; kinds: string[] }>('GET', 'webhooks'),
  create: (wish: WebhookWish) => call<Webhook>('POST', 'webhooks', wish, { once: onceKey() }),
  change: (seen: Webhook, wish: WebhookWish) =>
    call<Webhook>('PATCH', `webhooks/${seen.id}`, wish, { seen: seen.version }),
  remove: (seen: Webhook) =>
    call<Webhook>('DELETE', `webhooks/${seen.id}`, undefined, { seen: seen.version }),
  deliveries: (id: string, before = 0) =>
    call<{ deliveries: Delivery[]; next: number | null }>(
      'GET',
      `webhooks/${id}/deliveries?limit=20${before ? `&before=${before}` : ''}`,
    ),
  test: (id: string) => call<{ notice: string }>('POST', `webhooks/${id}/test`, {}),
};
