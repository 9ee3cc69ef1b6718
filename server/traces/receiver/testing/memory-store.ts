import type { Span } from '#server/traces/trace-backend.ts';

/** A store that keeps spans in memory, or does what a test wants first. */
export function memoryStore(append?: (spans: readonly Span[]) => Promise<void>) {
  const spans: Span[] = [];
  return {
    spans,
    pending: 0,
    async append(batch: readonly Span[]) {
      await append?.(batch);
      spans.push(...batch);
      return { stored: batch.length, duplicates: 0 };
    },
  };
}
export type MemoryStore = ReturnType<typeof memoryStore>;
