import { serviceOf } from '../core/span-service.ts';
import type { Span } from '../trace-backend.ts';

export interface DependencyLink {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/**
 * Counts who calls whom: for every span whose parent is in its trace, one call from the parent's service to its own; calls
 * within one service do not count. Source: Jaeger's memory store (internal/storage/v2/memory), without its self-links.
 */
export class DependencyCounter {
  readonly #calls = new Map<string, DependencyLink>();

  /** Takes the spans of one trace. */
  add(spans: readonly Span[]): void {
    const services = new Map(spans.map((span) => [span.spanId, serviceOf(span)]));
    for (const span of spans) {
      const parent = span.parentSpanId === undefined ? undefined : services.get(span.parentSpanId);
      const child = serviceOf(span);
      if (parent === undefined || parent === child) continue;
      const key = JSON.stringify([parent, child]);
      this.#calls.set(key, { parent, child, callCount: (this.#calls.get(key)?.callCount ?? 0) + 1 });
    }
  }

  /** By parent, then child. With `service`: the links it is an end of. */
  links(service?: string): DependencyLink[] {
    return [...this.#calls.values()].filter((l) => service === undefined || l.parent === service || l.child === service).sort((a, b) => order(a.parent, b.parent) || order(a.child, b.child));
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
