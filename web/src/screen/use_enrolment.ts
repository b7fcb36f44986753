/** The device's enrolment as Vue state, with what is kept of it in the browser. */
import { computed, onBeforeUnmount, shallowRef, type ComputedRef, type ShallowRef } from 'vue';
import { recall, remember } from '../preference';
import { ScreenEnrolment, type EnrolmentState } from './enrolment';
import type { ScreenSettings } from './screen_settings';

export interface Enrolment {
  state: ShallowRef<EnrolmentState>;
  settings: ComputedRef<ScreenSettings | null>;
  /** Empty: there is none to be shown. */
  code: ComputedRef<string>;
  /** There will be none: the device keeps no cookies. */
  cookieless: ComputedRef<boolean>;
  /** For WHEP; empty without one. */
  token(channel: string): string;
  setEager(eager: boolean): void;
  urgent(): void;
  report(figures: object): Promise<void>;
}

const kKey = 'longmen.screen.settings';

export function useEnrolment(): Enrolment {
  const state = shallowRef<EnrolmentState>({ kind: 'unknown' });
  const enrolment = new ScreenEnrolment({
    onchange: (fresh) => (state.value = fresh),
    recall: () => recall(kKey),
    remember: (text) => remember(kKey, text),
  });
  enrolment.start(); // what was kept must be known before anything is played
  onBeforeUnmount(() => enrolment.stop());
  const settings = computed(() => (state.value.kind === 'enrolled' ? state.value.settings : null));
  return {
    state,
    settings,
    code: computed(() => (state.value.kind === 'waiting' ? state.value.waiting.code : '')),
    cookieless: computed(() => state.value.kind === 'cookieless'),
    token: (channel) => (settings.value?.plays === channel ? (settings.value.watch?.token ?? '') : ''),
    setEager: (eager) => enrolment.setEager(eager),
    urgent: () => enrolment.urgent(),
    report: (figures) => enrolment.report(figures),
  };
}
