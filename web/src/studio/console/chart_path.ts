/** An SVG path of samples: a line that is interrupted where nothing is known. */

export function highestOf(values: readonly (number | null)[], least: number): number {
  let highest = least;
  for (const value of values) if (value !== null && value > highest) highest = value;
  return highest;
}

/** Zero, unless something is below it. */
export function lowestOf(values: readonly (number | null)[]): number {
  let lowest = 0;
  for (const value of values) if (value !== null && value < lowest) lowest = value;
  return lowest;
}

/** Samples from left to right, the newest at the right edge of `slots` places. */
export function chartPath(
  values: readonly (number | null)[],
  highest: number,
  slots: number,
  width: number,
  height: number,
  lowest = 0,
): string {
  const shown = values.slice(-slots);
  const step = width / Math.max(1, slots - 1);
  let path = '';
  let drawing = false;
  shown.forEach((value, index) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const x = width - (shown.length - 1 - index) * step;
    const part = (value - lowest) / Math.max(highest - lowest, Number.EPSILON);
    const y = height - Math.min(1, part) * height;
    path += `${drawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    drawing = true;
  });
  return path;
}
