import type { IngestSnapshot } from '#server/traces/receiver/ingest-status.ts';

/** Spans taken so far by every way in, at a moment (Unix ms). */
export interface IngestMark {
  readonly atMs: number;
  readonly spans: number;
}

/** The mark of a snapshot that was taken at `atMs`. */
export function ingestMark({ protocols }: IngestSnapshot, atMs: number): IngestMark {
  return { atMs, spans: protocols.reduce((sum, { spans }) => sum + spans, 0) };
}

/** Spans a second between two marks; since the start when there is only one, and when the server was started anew between them. */
export function ingestRate(before: IngestMark | undefined, now: IngestMark, sinceMs: number): number {
  const from = before === undefined || before.spans > now.spans || before.atMs < sinceMs ? { atMs: sinceMs, spans: 0 } : before;
  const seconds = (now.atMs - from.atMs) / 1000;
  return seconds > 0 ? (now.spans - from.spans) / seconds : 0;
}

/** What was not taken: whole requests and single spans, by why, the most frequent first. */
export function notTaken({ protocols }: IngestSnapshot): readonly { readonly what: 'requests' | 'spans'; readonly reason: string; readonly count: number }[] {
  const rows = protocols.flatMap(({ refused, rejected }) => [
    ...Object.entries(refused).map(([reason, count]) => ({ what: 'requests' as const, reason, count })),
    ...Object.entries(rejected).map(([reason, count]) => ({ what: 'spans' as const, reason, count })),
  ]);
  const sums = new Map<string, (typeof rows)[number]>();
  for (const row of rows) {
    const key = `${row.what} ${row.reason}`;
    sums.set(key, { ...row, count: row.count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()].sort((a, b) => b.count - a.count);
}
