import type { TraceBackend } from '#server/traces/trace-backend.ts';
import type { TraceStore } from '#server/traces/store/open-trace-store.ts';
import { createQuestions } from './create-questions.ts';

/** The traces of the console's own store. */
export function createEmbeddedBackend(store: Pick<TraceStore, 'fanOut' | 'segment' | 'packed' | 'stateOf' | 'catalogue' | 'get' | 'services' | 'operations'>): TraceBackend {
  return {
    ...createQuestions(async () => ({ source: store, exact: true, notes: [] })),
    describe: () => ({ name: 'This console', kind: 'embedded', capabilities: { exact: true, live: true, writable: true }, notes: [] }),
    get: (traceId) => store.get(traceId),
    segment: (traceId) => store.segment(traceId),
    packed: (traceId) => store.packed(traceId),
    stateOf: (traceId) => store.stateOf(traceId),
    services: () => store.services(),
    operations: (service) => store.operations(service),
  };
}
