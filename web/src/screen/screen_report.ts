/**
 * What an enrolled screen tells control of itself: whether there is picture and sound, and how it
 * receives. No report, and no answer to one, is ever a reason to stop playing.
 */
import { onBeforeUnmount, onMounted } from 'vue';
import type { LiveStatus } from '../live/live_session';
import { readLink } from './link_figures';

export interface ReportFacts {
  status: LiveStatus;
  /** The picture is covered: what is under it stands still. */
  covered: boolean;
  /** Neither muted nor at volume 0, as far as the page knows. */
  audible: boolean;
  /** What comes as sound is silence. */
  silent: boolean;
  rendition: string;
  node: string;
  version: string;
  uptimeMs: number;
  statistics: [string, unknown][];
}

/** Of full scale, squared: -80 dBFS, below any room. */
const kSilentPower = 1e-8;
const kListenedSeconds = 5;
/** When there is a picture, if there is to be one. */
const kFirstMs = 4_000;

export function screenReport(facts: ReportFacts): object {
  const { status } = facts;
  const { reception } = status;
  const moving = status.phase === 'playing';
  const sounds = moving || status.trouble === 'thin';
  return {
    picture: moving,
    frozen: status.phase === 'lost' && !facts.covered,
    sound: sounds && facts.audible && !status.soundless,
    silent: facts.silent,
    latency_ms: moving ? rounded(reception?.latencyMs) : null,
    loss_permille: rounded(typeof reception?.loss === 'number' ? reception.loss * 1000 : null),
    reconnections: status.reconnections,
    uptime_s: Math.round(facts.uptimeMs / 1000),
    rendition: facts.rendition,
    relay: readLink(facts.statistics).remote ?? '',
    node: facts.node,
    version: facts.version,
    last_loss: status.lastLoss ?? '',
  };
}

/** Tells from a connection's statistics, looked at now and then, whether its sound is silence. */
export class SilenceWatch {
  private seconds = 0;
  private energy = 0;

  look(statistics: Iterable<[string, unknown]>): boolean {
    const all = [...statistics].map(([, stats]) => Object(stats) as Record<string, unknown>);
    const audio = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
    const seconds = Number(audio?.totalSamplesDuration ?? NaN);
    const energy = Number(audio?.totalAudioEnergy ?? NaN);
    const listened = seconds - this.seconds;
    const silent = listened >= kListenedSeconds && energy - this.energy < kSilentPower * listened;
    this.seconds = Number.isFinite(seconds) ? seconds : 0;
    this.energy = Number.isFinite(energy) ? energy : 0;
    return silent;
  }
}

function rounded(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.round(value)) : null;
}

/**
 * Now and then, each screen at its own moment.
 * @returns soon: the next one at once, for who has just enrolled it.
 */
export function useScreenReports(
  report: () => Promise<void>,
  periodMs: () => number,
): { soon: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let ended = false;
  function tellIn(delayMs: number) {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void tell(), delayMs);
  }
  async function tell() {
    await report().catch(() => undefined);
    if (!ended) tellIn(periodMs() * (0.8 + 0.4 * Math.random()));
  }
  const soon = () => tellIn(kFirstMs * (0.5 + Math.random()));
  onMounted(soon);
  onBeforeUnmount(() => {
    ended = true;
    if (timer !== null) clearTimeout(timer);
  });
  return { soon };
}
