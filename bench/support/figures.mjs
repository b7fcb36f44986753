// How benchmarks print: one line of name=value, and behind it which goals were reached.

const shown = (value) =>
  typeof value !== 'number' || Number.isInteger(value) ? value : Number(value.toPrecision(4));

export function figureLine(name, figures) {
  const pairs = Object.entries(figures).map(([figure, value]) => `${figure}=${shown(value)}`);
  return [name, ...pairs].join(' ');
}

// A goal: [figure, '<=' or '>=', to reach, stretch (or none)].
export function goalWords(figures, goals) {
  return goals
    .map(([figure, than, reach, stretch]) => {
      const holds = (bound) =>
        than === '<=' ? figures[figure] <= bound : figures[figure] >= bound;
      const said = (bound) => `${bound} ${holds(bound) ? 'reached' : 'missed'}`;
      const further = stretch === undefined ? '' : `, stretch ${said(stretch)}`;
      return `  goal ${figure} ${than} ${said(reach)}${further}`;
    })
    .join('\n');
}

export const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
