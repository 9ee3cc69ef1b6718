import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { TraceBackend } from '#server/traces/trace-backend.ts';
import type { TraceStore } from '#server/traces/store/open-trace-store.ts';
import { createQuestions } from './create-questions.ts';
import { memorySource } from './memory-source.ts';

/** Traces looked at for one answer. */
const MOST_TRACES = 1500;

/** The traces of the console's own store. */
export function createEmbeddedBackend(store: Pick<TraceStore, 'search' | 'get' | 'services' | 'operations'>): TraceBackend {
  return {
    ...createQuestions(async (selection) => {
      const { fromUnixNano, toUnixNano } = selection ?? { fromUnixNano: '0', toUnixNano: '9223372036854775807' };
      const { traces, total } = await store.search({ fromUnixNano, toUnixNano, limit: MOST_TRACES });
      const spans = await Promise.all(traces.map(async ({ traceId }) => (await store.get(traceId))?.spans ?? []));
      const exact = total <= traces.length;
      return { source: memorySource([buildSegment(spans.flat())]), exact, notes: exact ? [] : [`Only the newest ${traces.length} of ${total} traces were looked at.`] };
    }),
    describe: () => ({ name: 'This console', kind: 'embedded', capabilities: { exact: true, live: true, writable: true }, notes: [] }),
    get: (traceId) => store.get(traceId),
    async segment(traceId) {
      const trace = await store.get(traceId);
      return trace === undefined ? undefined : buildSegment(trace.spans);
    },
    services: () => store.services(),
    operations: (service) => store.operations(service),
  };
}
