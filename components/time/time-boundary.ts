/** One end of a time range: so many milliseconds before now, or a fixed instant (Unix ms). */
export type TimeBoundary = { readonly kind: 'now'; readonly beforeMs: number } | { readonly kind: 'instant'; readonly ms: number };

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const DURATION = /^(?:\d+[wdhms])+$/;

/** Milliseconds of `15m`, `1h30m`, `7d`; `undefined` when it is not a duration or is zero. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([wdhms])/g)) total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  return total > 0 && Number.isSafeInteger(total) ? total : undefined;
}

/** The shortest exact spelling of a duration in whole seconds: 5,400,000 → `1h30m`. Less than a second is rounded up to one. */
export function formatDuration(ms: number): string {
  let rest = Math.max(1, Math.round(ms / 1000));
  let out = '';
  for (const [unit, size] of [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) out += `${count}${unit}`;
    rest -= count * size;
  }
  return out;
}

/** Reads `now`, `now-15m`, an ISO 8601 instant, or Unix milliseconds. `null` for anything else, as URL parsers want it. */
export function parseBoundary(text: string): TimeBoundary | null {
  if (text === 'now') return { kind: 'now', beforeMs: 0 };
  if (text.startsWith('now-')) {
    const beforeMs = parseDuration(text.slice(4));
    return beforeMs === undefined ? null : { kind: 'now', beforeMs };
  }
  const ms = parseInstant(text);
  return ms === null ? null : { kind: 'instant', ms };
}

/** Writes what `parseBoundary` reads; instants to the second, in UTC. */
export function formatBoundary(boundary: TimeBoundary): string {
  if (boundary.kind === 'instant') return formatInstant(boundary.ms);
  return boundary.beforeMs === 0 ? 'now' : `now-${formatDuration(boundary.beforeMs)}`;
}

/** Unix ms of an ISO 8601 instant (with a zone) or of 13 digits; `null` otherwise. */
export function parseInstant(text: string): number | null {
  if (/^\d{13}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

/** `2026-11-21T10:00:00Z` */
export function formatInstant(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** Same boundary, by value. */
export function sameBoundary(a: TimeBoundary, b: TimeBoundary): boolean {
  return a.kind === 'now' ? b.kind === 'now' && a.beforeMs === b.beforeMs : b.kind === 'instant' && a.ms === b.ms;
}
