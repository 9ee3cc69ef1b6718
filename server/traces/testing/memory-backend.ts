import { traceWarnings } from '../core/trace-warnings.ts';
import { catalogueOf, operationsFrom, serviceNames } from '../engine/catalogue.ts';
import { createQuestions } from '../engine/create-questions.ts';
import { memorySource } from '../engine/memory-source.ts';
import { buildSegment } from '../segment/build-segment.ts';
import type { Span, Trace, TraceBackend } from '../trace-backend.ts';

/** Spans at hand as a backend for tests: answers as the embedded one does, with nothing stored. */
export function memoryBackend(spans: readonly Span[]): TraceBackend {
  const segment = buildSegment(spans);
  const source = memorySource([segment]);
  const catalogue = catalogueOf([segment]);
  const spansOf = (traceId: string): Span[] => spans.filter((s) => s.traceId === traceId);
  return {
    ...createQuestions(async () => ({ source, exact: true, notes: [] })),
    describe: () => ({ name: 'Memory', kind: 'embedded', capabilities: { exact: true, live: false, writable: false }, notes: [] }),
    async get(traceId): Promise<Trace | undefined> {
      const found = spansOf(traceId);
      return found.length === 0 ? undefined : { traceId, spans: found, warnings: traceWarnings(found) };
    },
    async segment(traceId) {
      const found = spansOf(traceId);
      return found.length === 0 ? undefined : buildSegment(found);
    },
    services: async () => serviceNames(catalogue),
    operations: async (service) => operationsFrom(catalogue, service),
  };
}
