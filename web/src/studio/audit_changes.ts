/** What an action of the audit changed: its rows tell all fields before and after. */

export interface Change {
  /** As the API names it; empty when the whole is one value. */
  field: string;
  /** Empty: there was nothing, or there is nothing any more. */
  before: string;
  after: string;
}

const kLeastEpochMs = 1e12;

function words(field: string, value: unknown, time: (ms: number) => string): string {
  if (value === null || value === undefined || value === '') return '';
  if (Array.isArray(value) && value.length === 0) return '';
  if (field.endsWith('_ms') && typeof value === 'number' && value > kLeastEpochMs) return time(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function changesOf(before: unknown, after: unknown, time: (ms: number) => string): Change[] {
  const one = isObject(before) ? before : null;
  const other = isObject(after) ? after : null;
  if (!one && !other) {
    const change = { field: '', before: words('', before, time), after: words('', after, time) };
    return change.before === change.after ? [] : [change];
  }
  return [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])]
    .map((field) => ({
      field,
      before: words(field, one?.[field], time),
      after: words(field, other?.[field], time),
    }))
    .filter((change) => change.before !== change.after);
}
