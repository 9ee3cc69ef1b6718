import { dependencies, minutesOf } from '../derived/read-traffic.ts';
import { OUTSIDE } from '../derived/span-edges.ts';
import type { JaegerApiTraces } from './jaeger-backend.ts';

const MILLISECOND = 1_000_000n;

export interface DependencyLink {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** Calls between services by all spans of the minutes that the range touches; with a `service`, those it is an end of. */
export async function findDependencies(traces: JaegerApiTraces, { fromUnixNano, toUnixNano, nowMs }: { readonly fromUnixNano: bigint; readonly toUnixNano: bigint; readonly nowMs: number }, service: string, signal: AbortSignal): Promise<DependencyLink[]> {
  const range = minutesOf(Number(fromUnixNano / MILLISECOND), Number(toUnixNano / MILLISECOND), nowMs);
  const { summary } = await traces.traffic(range, signal);
  return dependencyLinks(dependencies(summary, range).edges, service);
}

/**
 * Calls between services as Jaeger lists them: one link for two services whatever the kind of their calls, without who
 * calls from outside, which Jaeger has no word for. By parent, then child; with a `service`, the links it is an end of.
 */
export function dependencyLinks(edges: readonly { readonly client: string; readonly server: string; readonly calls: number }[], service: string): DependencyLink[] {
  const links = new Map<string, DependencyLink>();
  for (const { client, server, calls } of edges) {
    if (client === OUTSIDE || (service !== '' && client !== service && server !== service)) continue;
    const key = JSON.stringify([client, server]);
    links.set(key, { parent: client, child: server, callCount: (links.get(key)?.callCount ?? 0) + Math.round(calls) });
  }
  return [...links.values()].sort((a, b) => order(a.parent, b.parent) || order(a.child, b.child));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
