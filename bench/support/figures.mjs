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

export const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
