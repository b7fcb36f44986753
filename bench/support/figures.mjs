// How benchmarks print: one line of name=value, and behind it which goals were reached.

const shown = (value) =>
  typeof value !== 'number' || Number.isInteger(value) ? value : Number(value.toPrecision(4));

export function figureLine(name, figures) {
  const pairs = Object.entries(figures).map(([figure, value]) => `${figure}=${shown(value)}`);
  return [name, ...pairs].join(' ');
}

const holds = (value, than, bound) => (than === '<=' ? value <= bound : value >= bound);

// A goal: [figure, '<=' or '>=', to reach, stretch (or none)].
export function goalWords(figures, goals) {
  return goals
    .map(([figure, than, reach, stretch]) => {
      const said = (bound) => `${bound} ${holds(figures[figure], than, bound) ? 'reached' : 'missed'}`;
      const further = stretch === undefined ? '' : `, stretch ${said(stretch)}`;
      return `  goal ${figure} ${than} ${said(reach)}${further}`;
    })
    .join('\n');
}

// Prints both; the process ends with 1 when a goal is missed, whatever else it still measures.
export function judge(name, figures, goals) {
  console.log(figureLine(name, figures));
  if (goals.length > 0) console.log(goalWords(figures, goals));
  if (!goals.every(([figure, than, reach]) => holds(figures[figure], than, reach))) process.exitCode = 1;
}

// Of a histogram of /metrics between two looks at it: what `share` of all does not exceed, as if each
// bucket were filled evenly.
export function histogramQuantile(name, before, after, share) {
  const line = new RegExp(`^${name}_bucket\\{(?:[^}]*,)?le="([^"]+)"[^}]*\\} (\\S+)$`, 'gm');
  const buckets = (text) =>
    [...text.matchAll(line)].map(([, bound, count]) => ({
      bound: bound === '+Inf' ? Infinity : Number(bound),
      count: Number(count),
    }));
  const counted = new Map(buckets(before).map(({ bound, count }) => [bound, count]));
  const found = buckets(after).map(({ bound, count }) => ({
    bound,
    count: count - (counted.get(bound) ?? 0),
  }));
  const wanted = share * (found.at(-1)?.count ?? 0);
  let below = { bound: 0, count: 0 };
  for (const bucket of found) {
    if (wanted > 0 && bucket.count >= wanted) {
      if (bucket.bound === Infinity) return Infinity;
      const part = (wanted - below.count) / (bucket.count - below.count);
      return below.bound + part * (bucket.bound - below.bound);
    }
    below = bucket;
  }
  return NaN;
}

export const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
