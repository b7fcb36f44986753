// Figures from what the probe wrote down.

// The p-th percentile (0..100) of numbers; NaN of none.
export function percentile(numbers, p) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length === 0
    ? NaN
    : sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))];
}

export const marked = (frames) => frames.filter(({ counter }) => counter !== null);

// Milliseconds from the making of each picture to its being shown. A picture that is shown twice
// (a repeat of the retimer) counts once.
export function glassToGlass(frames) {
  const seen = new Set();
  return marked(frames).flatMap(({ at, counter, madeAt }) => {
    if (seen.has(counter)) return [];
    seen.add(counter);
    return [at - madeAt];
  });
}

// Milliseconds from the epoch second at which a beep was made to its being heard.
export const beepLatency = (beeps) =>
  beeps.map(({ at }) => {
    const late = ((at % 1000) + 1000) % 1000;
    return late > 900 ? late - 1000 : late;
  });

// The longest time without a new picture between two instants.
export function longestGap(frames, from, to) {
  const times = frames.map(({ at }) => at).filter((at) => at > from && at < to);
  let longest = 0;
  let before = from;
  for (const at of [...times, to]) {
    longest = Math.max(longest, at - before);
    before = at;
  }
  return longest;
}

// Sound that a node's only programme has had to do without so far, by its metrics.
export const silentMs = (metrics) =>
  Number(/^longmen_streamer_silent_samples_total\{.*\} (\d+)/m.exec(metrics)?.[1] ?? 0) / 48;

export const ms = (value) => (Number.isFinite(value) ? `${value.toFixed(0)} ms` : '-');

// A table of rows (arrays) with its head, for people.
export function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join('  ')).join('\n');
}
