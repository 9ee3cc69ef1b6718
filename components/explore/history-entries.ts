/** A query that was run. */
export interface HistoryEntry {
  readonly expr: string;
  /** Unix ms of the last run. */
  readonly at: number;
  /** How long the last answer took; absent until it is there. */
  readonly ms?: number;
  readonly starred: boolean;
}

/** Favourites are not counted. */
export const MAX_ENTRIES = 50;

/** With a run of `expr` on top; the oldest that is no favourite goes when there are too many. */
export function withRun(entries: readonly HistoryEntry[], expr: string, at: number): readonly HistoryEntry[] {
  const text = expr.trim();
  if (text === '') return entries;
  const starred = entries.some((entry) => entry.expr === text && entry.starred);
  let kept = 0;
  return [{ expr: text, at, starred }, ...entries.filter((entry) => entry.expr !== text)].filter((entry) => entry.starred || ++kept <= MAX_ENTRIES);
}

/** With the time of the last run's answer; unchanged when the entry is gone or has one. */
export function withDuration(entries: readonly HistoryEntry[], expr: string, ms: number): readonly HistoryEntry[] {
  const text = expr.trim();
  return entries.some((entry) => entry.expr === text && entry.ms === undefined) ? entries.map((entry) => (entry.expr === text && entry.ms === undefined ? { ...entry, ms } : entry)) : entries;
}

/** Makes an entry a favourite, or none. */
export function withStar(entries: readonly HistoryEntry[], expr: string, starred: boolean): readonly HistoryEntry[] {
  return entries.map((entry) => (entry.expr === expr ? { ...entry, starred } : entry));
}

/** Entries from what this browser kept; what is not one is left out. */
export function parseEntries(text: string | null): readonly HistoryEntry[] {
  if (text === null) return [];
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(stored) ? stored.filter(isEntry) : [];
}

function isEntry(value: unknown): value is HistoryEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { expr, at, ms, starred } = value as Partial<Record<keyof HistoryEntry, unknown>>;
  return typeof expr === 'string' && typeof at === 'number' && (ms === undefined || typeof ms === 'number') && typeof starred === 'boolean';
}
