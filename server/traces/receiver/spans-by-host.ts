import { serviceOfResource } from '#server/traces/core/span-service.ts';
import type { Attributes, Span } from '#server/traces/trace-backend.ts';

/** The spans of one host among those of a request. */
export interface HostSpans {
  readonly host: string;
  /** One of the services that run there. */
  readonly service: string;
  readonly spans: number;
  /** The latest end of them. */
  readonly endUnixNano: string;
}

/** What shares a clock, in the order in which it is asked for. */
const HOST_KEYS = ['host.id', 'host.name', 'k8s.node.name', 'k8s.pod.name'];

/** Groups spans by the host that their resource names, or else by service; a host of many is as cheap as one span. */
export function spansByHost(spans: readonly Span[]): HostSpans[] {
  const byResource = new Map<Attributes, { spans: number; endUnixNano: string }>();
  for (const { resource, endUnixNano } of spans) {
    const known = byResource.get(resource);
    if (known === undefined) byResource.set(resource, { spans: 1, endUnixNano });
    else {
      known.spans += 1;
      if (isLater(endUnixNano, known.endUnixNano)) known.endUnixNano = endUnixNano;
    }
  }
  const byHost = new Map<string, HostSpans>();
  for (const [resource, { spans: count, endUnixNano }] of byResource) {
    const service = serviceOfResource(resource);
    const host = HOST_KEYS.map((key) => resource[key]).find((value) => typeof value === 'string' && value !== '');
    const key = typeof host === 'string' ? host : service;
    const known = byHost.get(key);
    byHost.set(key, { host: key, service, spans: count + (known?.spans ?? 0), endUnixNano: known !== undefined && isLater(known.endUnixNano, endUnixNano) ? known.endUnixNano : endUnixNano });
  }
  return [...byHost.values()];
}

/** Of two decimal numbers without leading zeros. */
function isLater(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
