import type { Attributes, Span, SpanKind } from '#server/traces/trace-backend.ts';

/** Where a stream of made-up spans starts. */
export interface SpanStreamOptions {
  readonly seed: number;
  readonly startUnixNano: bigint;
  /** Traces that start each second of the made-up time. */
  readonly tracesPerSecond: number;
}

interface Workload {
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
  readonly service: string;
  readonly pod: string;
}

const SERVICES = ['frontend', 'cart', 'checkout', 'payment', 'inventory', 'catalog', 'shipping', 'recommendation', 'email', 'currency', 'search', 'users'];
const ROUTES = ['/api/orders/{id}', '/api/cart/{user}', '/api/products/{id}', '/api/search', '/api/checkout', '/api/users/{id}/addresses', '/api/quotes/{id}', '/healthz'];
const TABLES = ['orders', 'products', 'users', 'stock', 'payments', 'sessions'];
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];
const PODS_EACH = 4;

/**
 * Traces of a shop as its sidecars and libraries would send them: 4 to 16 spans of three kinds (server, client,
 * database), 11 attributes each, among them addresses with ids, users, statements and pods. The same seed gives the same
 * spans. Each call gives one trace; times go on from call to call.
 */
export function createSpanStream({ seed, startUnixNano, tracesPerSecond }: SpanStreamOptions): () => Span[] {
  const random = seededRandom(seed);
  const whole = (below: number): number => Math.floor(random() * below);
  const pick = <T>(list: readonly T[]): T => list[whole(list.length)] as T;
  const hex = (digits: number): string => Array.from({ length: digits / 8 }, () => Math.floor(random() * 0x1_0000_0000).toString(16).padStart(8, '0')).join('');
  const workloads = SERVICES.flatMap((service) => Array.from({ length: PODS_EACH }, () => workloadOf(service, `${hex(8)}-${hex(8).slice(0, 5)}`)));
  let now = startUnixNano;

  const attributesOf = (kind: SpanKind, workload: Workload, peer: Workload, status: number): Attributes => {
    const user = `user-${whole(200_000)}`;
    const route = pick(ROUTES);
    if (kind === 'internal') {
      const table = pick(TABLES);
      return {
        'db.system.name': 'postgresql', 'db.namespace': 'shop', 'db.collection.name': table, 'db.operation.name': 'SELECT',
        'db.query.text': `SELECT * FROM ${table} WHERE id = ${whole(5_000_000)} LIMIT ${pick([1, 10, 50])}`,
        'db.response.returned_rows': whole(50), 'server.address': `${table}.db.svc.cluster.local`, 'server.port': 5432,
        'enduser.id': user, 'thread.id': whole(64), 'k8s.pod.name': workload.pod,
      };
    }
    const path = route.replace('{id}', String(whole(5_000_000))).replace('{user}', user);
    return {
      'http.request.method': pick(METHODS), 'url.full': `http://${peer.service}.shop.svc.cluster.local:8080${path}`, 'http.route': route,
      'http.response.status_code': status, 'user_agent.original': pick(['okhttp/4.12.0', 'node-fetch/3.3', 'Mozilla/5.0 (X11; Linux x86_64)']),
      'http.response.body.size': whole(20_000), 'server.address': `${peer.service}.shop.svc.cluster.local`, 'server.port': 8080,
      'enduser.id': user, 'peer.pod.name': peer.pod, 'k8s.pod.name': workload.pod,
    };
  };

  return () => {
    now += BigInt(Math.round((2e9 / tracesPerSecond) * random()));
    const traceId = hex(32);
    const spans: Span[] = [];
    const count = 4 + whole(13);
    for (let i = 0; i < count; i++) {
      const parent = spans[whole(Math.min(i, 6))];
      const workload = pick(workloads);
      const kind: SpanKind = i === 0 ? 'server' : pick<SpanKind>(['server', 'client', 'internal']);
      const failed = random() < 0.02;
      const status = failed ? pick([500, 503]) : pick([200, 200, 200, 201, 404]);
      const start = parent === undefined ? now : BigInt(parent.startUnixNano) + BigInt(whole(2_000_000));
      const duration = Math.round(Math.exp(11 + 6 * random()));
      spans.push({
        traceId, spanId: hex(16), ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
        name: kind === 'internal' ? `SELECT ${pick(TABLES)}` : `${pick(METHODS)} ${pick(ROUTES)}`,
        kind, startUnixNano: String(start), endUnixNano: String(start + BigInt(duration)),
        attributes: attributesOf(kind, workload, pick(workloads), status),
        status: failed ? { code: 'error', message: `upstream answered ${status}` } : { code: 'unset' },
        events: failed ? [{ timeUnixNano: String(start + 1000n), name: 'exception', attributes: { 'exception.type': 'UpstreamError', 'exception.message': `status ${status}` } }] : [],
        links: [], resource: workload.resource, scope: workload.scope, flags: 257,
      });
    }
    return spans;
  };
}

function workloadOf(service: string, suffix: string): Workload {
  const pod = `${service}-${suffix}`;
  return {
    service,
    pod,
    scope: { name: '@opentelemetry/instrumentation-http', version: '0.57.1' },
    resource: { 'service.name': service, 'service.version': 'v2', 'service.namespace': 'shop', 'k8s.pod.name': pod, 'k8s.namespace.name': 'shop', 'k8s.node.name': `node-${suffix.charCodeAt(0) % 5}`, 'telemetry.sdk.language': 'nodejs', 'telemetry.sdk.version': '1.30.1' },
  };
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32, T. Ettinger, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
