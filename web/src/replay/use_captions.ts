/** The captions of a player: those that the recording was given, and those of the picture itself. */
import { computed, nextTick, onMounted, shallowRef, watch, type Ref } from 'vue';
import { fetchCaptions, keepCaptions, keptCaptions, wantedCaptions, type Captions, type ShownCaptions } from './captions';

/** `recording`: null while it cannot have been given any. */
export function useCaptions(video: Ref<HTMLVideoElement | null>, recording: () => string | null, token: string) {
  /** That the recording was given; what can be shown may be more, of the picture's own. */
  const given = shallowRef<Captions[]>([]);
  const tracks = shallowRef<ShownCaptions[]>([]);
  const shown = computed(() => tracks.value.findIndex(({ mode }) => mode === 'showing'));
  let last = keptCaptions();

  /** Whatever tracks the player has by now: those of the page, and what hls.js finds in the picture. */
  function textTracks(): TextTrack[] {
    return [...(video.value?.textTracks ?? [])].filter(({ kind }) => kind === 'captions' || kind === 'subtitles');
  }
  function look() {
    tracks.value = textTracks().map(({ language, label, mode }) => ({ language, label: label || language, mode }));
  }
  function show(index: number) {
    textTracks().forEach((track, at) => (track.mode = at === index ? 'showing' : 'disabled'));
    look();
  }
  function choose(index: number) {
    show(index);
    const language = tracks.value[index]?.language ?? '';
    if (language) last = language;
    keepCaptions(language);
  }
  function toggle() {
    if (tracks.value.length === 0) return;
    const other = Math.max(0, wantedCaptions(tracks.value, last));
    choose(shown.value >= 0 ? -1 : Math.min(other, tracks.value.length - 1));
  }
  /** Browsers show by themselves what is in their own language, beside what was chosen here. */
  function onChange() {
    look();
    const several = tracks.value.filter(({ mode }) => mode === 'showing').length > 1;
    const wanted = wantedCaptions(tracks.value, keptCaptions());
    if (several) show(wanted >= 0 ? wanted : shown.value);
  }
  /** One more has come: perhaps the one that is wanted. */
  function onTrack() {
    look();
    const wanted = wantedCaptions(tracks.value, keptCaptions());
    if (shown.value < 0 && wanted >= 0) show(wanted);
  }
  async function load(from: string) {
    try {
      given.value = await fetchCaptions(from, token);
      await nextTick();
      onTrack();
    } catch {
      // One watches without them.
    }
  }

  onMounted(() => {
    video.value?.textTracks.addEventListener('addtrack', onTrack);
    video.value?.textTracks.addEventListener('removetrack', look);
    video.value?.textTracks.addEventListener('change', onChange);
    watch(recording, (from) => from !== null && void load(from), { immediate: true });
  });
  return { given, tracks, shown, choose, toggle };
}
