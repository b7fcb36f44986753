/** A channel's tally, as it is told (openapi.json: Tally), and where it is asked for. */

export type TallyState = 'on_air' | 'preview' | 'off';
export interface Tally {
  channel: string;
  name: string;
  state: TallyState;
}

/** Throws when it is none. */
export function readTally(data: string): Tally {
  const { channel, name, state } = Object(JSON.parse(data)) as Record<string, unknown>;
  if (state !== 'on_air' && state !== 'preview' && state !== 'off') throw new Error('no tally');
  const id = typeof channel === 'string' ? channel : '';
  return { channel: id, name: typeof name === 'string' && name ? name : id, state };
}

/** From /tally?channel=main#TOKEN; without a token the sign-in counts. */
export function tallyAddress(location: { search: string; hash: string }): string {
  const query = new URLSearchParams();
  query.set('channel', new URLSearchParams(location.search).get('channel') || 'main');
  const token = location.hash.slice(1);
  if (token) query.set('token', token);
  return `/api/v1/tally?${query}`;
}
