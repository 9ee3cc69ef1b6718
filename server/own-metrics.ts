import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { defineRoute, type Route } from '#server/http/route.ts';

/** What the server tells about itself at `/metrics`, besides Node's own process metrics. */
export interface OwnMetrics {
  /** For parts that have metrics of their own. */
  readonly registry: Registry;
  readonly routes: readonly Route[];
  /** Counts one finished API request; `route` is the path pattern. */
  countRequest(route: string, status: number, seconds: number): void;
  countSpans(received: number): void;
  /** A gauge read at every scrape of the server. */
  gauge(name: string, help: string, read: () => number): void;
  /** The same for a number that only rises. */
  counter(name: string, help: string, read: () => number): void;
}

const SECONDS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One registry per server, so that two servers in a test do not mix. */
export function createOwnMetrics(): OwnMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({ name: 'binnacle_http_requests_total', help: 'API requests by route and status.', labelNames: ['route', 'code'], registers });
  const durations = new Histogram({ name: 'binnacle_http_request_duration_seconds', help: 'Time to answer API requests, in seconds.', labelNames: ['route'], buckets: SECONDS_BUCKETS, registers });
  const spans = new Counter({ name: 'binnacle_spans_received_total', help: 'Spans taken in over OTLP.', registers });
  return {
    registry,
    routes: [
      defineRoute({
        method: 'GET',
        path: '/metrics',
        scope: 'public',
        summary: 'The metrics of this server itself, in Prometheus text format.',
        handle: async () => new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } }),
      }),
    ],
    countRequest(route, status, seconds) {
      requests.inc({ route, code: String(status) });
      // Event streams last as long as a page is open: their duration says nothing.
      if (route !== '/api/events') durations.observe({ route }, seconds);
    },
    countSpans: (received) => spans.inc(received),
    gauge(name, help, read) {
      new Gauge({ name, help, registers, collect() { this.set(read()); } });
    },
    counter(name, help, read) {
      new Counter({ name, help, registers, collect() { this.reset(); this.inc(read()); } });
    },
  };
}
