import type { Span } from '#server/traces/trace-backend.ts';
import { aSpan, spanId } from './a-span.ts';

export type TraceShape = 'wide' | 'deep' | '8-ary';

/**
 * A trace of `count` spans for tests and benchmarks: all below one root, each below the one before, or eight below each.
 * Children run one after another within their parent. Every tenth span fails; attributes are what a mesh's app sends.
 */
export function shapedTrace(shape: TraceShape, count: number, attributes: (i: number) => Span['attributes'] = () => ({})): Span[] {
  const services = Array.from({ length: 8 }, (_, i) => ({ resource: { 'service.name': `service-${i}`, 'host.name': `host-${i % 3}` }, scope: { name: 'shaped' } }));
  const start = new Float64Array(count);
  const duration = new Float64Array(count);
  const fanOut = shape === 'wide' ? count : shape === 'deep' ? 1 : 8;
  duration[0] = shape === '8-ary' ? 8 ** Math.ceil(Math.log(count + 1) / Math.log(8)) * 16 : count * 16;
  return Array.from({ length: count }, (_, i) => {
    const parent = i === 0 ? -1 : Math.floor((i - 1) / fanOut);
    if (parent >= 0) {
      const slot = (duration[parent] ?? 0) / Math.min(fanOut, count);
      const within = (i - 1) % fanOut;
      start[i] = shape === 'deep' ? i : Math.floor((start[parent] ?? 0) + within * slot + 1);
      duration[i] = shape === 'deep' ? (duration[0] ?? 0) - 2 * i : Math.max(1, Math.floor(slot * 0.9));
    }
    return aSpan({
      spanId: spanId(i + 1),
      ...(parent < 0 ? {} : { parentSpanId: spanId(parent + 1) }),
      name: `operation ${i % 40}`,
      kind: i % 2 === 0 ? 'server' : 'client',
      start: 1_795_000_000_000_000_000n + BigInt(start[i] ?? 0) * 1000n,
      duration: BigInt(duration[i] ?? 0) * 1000n,
      status: i % 10 === 9 ? { code: 'error', message: 'refused' } : { code: 'unset' },
      attributes: attributes(i),
      ...services[(i * 7 + Math.floor(i / 3)) % 8],
    });
  });
}

/** Eleven attributes, two of which are different on every span. */
export function elevenAttributes(i: number): Span['attributes'] {
  return {
    'http.request.method': i % 3 === 0 ? 'POST' : 'GET',
    'http.response.status_code': i % 10 === 9 ? 503 : 200,
    'url.path': `/items/${i % 500}`,
    'url.full': `http://shop.local/items/${i}`,
    'server.address': `catalog-${i % 5}.shop`,
    'server.port': 8080,
    'network.protocol.version': '1.1',
    'user_agent.original': 'shop/1.0',
    'request.id': `4bf92f35-77b3-4da6-a3ce-${i.toString(16).padStart(12, '0')}`,
    'thread.id': i % 64,
    cached: i % 4 === 0,
  };
}
