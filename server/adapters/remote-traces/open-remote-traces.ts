import type { Clock } from '#mesh-core/runtime/clock.ts';
import { createJaegerTraceBackend } from '#server/adapters/jaeger/jaeger-trace-backend.ts';
import { remoteMetricsOptions, type RemotePrometheusFlags } from '#server/adapters/prometheus/remote-options.ts';
import { createTempoTraceBackend } from '#server/adapters/tempo/tempo-trace-backend.ts';
import { createEmbeddedBackend } from '#server/traces/engine/embedded-backend.ts';
import type { TraceStore } from '#server/traces/store/open-trace-store.ts';
import type { TraceBackend } from '#server/traces/trace-backend.ts';
import { createCombinedBackend, type CombinedPart } from './combined-backend.ts';

/** Stores of traces elsewhere, as they were named at the start. */
export interface RemoteTraceFlags {
  readonly jaegerUrl: string | undefined;
  readonly tempoUrl: string | undefined;
  /** How to get in at both. */
  readonly traces: RemotePrometheusFlags;
}

/**
 * The stores that were named with the console's own, which keeps what is imported; undefined when none was named. Throws
 * ServerError when a file with a secret cannot be read.
 */
export function openRemoteTraces({ jaegerUrl, tempoUrl, traces }: RemoteTraceFlags, store: TraceStore, clock: Pick<Clock, 'now'>): TraceBackend | undefined {
  const parts: CombinedPart[] = [
    ...(jaegerUrl === undefined ? [] : [{ backend: createJaegerTraceBackend({ ...remoteMetricsOptions(jaegerUrl, traces, '--traces'), clock }) }]),
    ...(tempoUrl === undefined ? [] : [{ backend: createTempoTraceBackend({ ...remoteMetricsOptions(tempoUrl, traces, '--traces'), clock }) }]),
  ];
  if (parts.length === 0) return undefined;
  const own = { ...createEmbeddedBackend(store), lookAt: async () => ({ source: store, exact: true, notes: [] }) };
  return createCombinedBackend([...parts, { backend: own, isEmpty: async () => (await store.catalogue()).operations.length === 0 }]);
}
