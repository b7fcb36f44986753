/** What is laid over a channel's programme, of /api/v1 (openapi.json: Overlay). */
import { call } from '../api_call';

export const kCorners = ['top_left', 'top_right', 'bottom_left', 'bottom_right'] as const;
export const kPlaces = [...kCorners, 'lower_third'] as const;
export const kMarkRules = ['off', 'auto', 'live', 'recorded'] as const;
export type Corner = (typeof kCorners)[number];
export type Place = (typeof kPlaces)[number];
export type MarkRule = (typeof kMarkRules)[number];

export interface Overlay {
  text: { on: boolean; words: string; place: Place; height_percent: number };
  logo: {
    on: boolean;
    /** Empty: there is none. */
    digest: string;
    place: Corner;
    height_percent: number;
    opacity_percent: number;
  };
  mark: { rule: MarkRule; place: Corner };
  margin_percent: number;
  version: number;
}
/** What is absent stays as it is. */
export interface OverlayWish {
  text?: Partial<Overlay['text']>;
  logo?: Partial<Omit<Overlay['logo'], 'digest'>>;
  mark?: Partial<Overlay['mark']>;
  margin_percent?: number;
}

const of = (channel: string) => `channels/${encodeURIComponent(channel)}/overlay`;

export const overlayApi = {
  get: (channel: string) => call<Overlay>('GET', of(channel)),
  change: (channel: string, seen: Overlay, wish: OverlayWish) =>
    call<Overlay>('PATCH', of(channel), wish, { seen: seen.version }),
  putLogo: (channel: string, seen: Overlay, png: Blob) =>
    call<Overlay>('PUT', `${of(channel)}/logo`, png, { seen: seen.version, type: 'image/png' }),
  removeLogo: (channel: string, seen: Overlay) =>
    call<Overlay>('DELETE', `${of(channel)}/logo`, undefined, { seen: seen.version }),
  /** By its digest, so that another one is another address. */
  logoAddress: (channel: string, seen: Overlay) => `/api/v1/${of(channel)}/logo?${seen.logo.digest.slice(0, 16)}`,
};
