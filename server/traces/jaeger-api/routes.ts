import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Route } from '#server/http/route.ts';
import { workInPlace, type TraceWork } from '#server/traces/work/trace-work.ts';
import type { JaegerApiTraces } from './jaeger-backend.ts';
import { jaegerLegacyRoutes } from './legacy-routes.ts';
import { jaegerSpmRoutes } from './spm-routes.ts';
import { jaegerV3Routes } from './v3-routes.ts';

/** Jaeger's HTTP APIs over any backend of traces, below `/jaeger`: for Jaeger's own UI, Kiali and every other client of them. */
export function jaegerRoutes({ traces, clock, work = workInPlace }: { readonly traces: JaegerApiTraces; readonly clock: Pick<Clock, 'now'>; readonly work?: TraceWork }): Route[] {
  return [...jaegerV3Routes(traces, work), ...jaegerLegacyRoutes(traces, clock, work), ...jaegerSpmRoutes(traces, clock)];
}
