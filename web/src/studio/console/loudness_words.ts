/** Figures of loudness as people read them. */

/** Silence has no loudness. */
export const tenth = (figure: number | null): string => (figure === null ? '-∞' : figure.toFixed(1));

/** Of a gain, whose sign says where it goes. */
export function signed(db: number): string {
  const text = db.toFixed(1);
  if (text === '0.0' || text === '-0.0') return '0.0';
  return db > 0 ? `+${text}` : text;
}
