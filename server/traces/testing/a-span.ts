import type { Span } from '#server/traces/trace-backend.ts';

let counter = 0;

/** A span for tests: ids are unique unless given; times are small numbers of nanoseconds. */
export function aSpan(overrides: Partial<Omit<Span, 'startUnixNano' | 'endUnixNano'>> & { readonly service?: string; readonly start?: number | bigint; readonly duration?: number | bigint } = {}): Span {
  counter += 1;
  const { service = 'shop', start = 0, duration = 10, ...rest } = overrides;
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: spanId(1_000_000 + counter),
    name: 'op',
    kind: 'internal',
    attributes: {},
    status: { code: 'unset' },
    events: [],
    links: [],
    resource: { 'service.name': service },
    scope: { name: '' },
    ...rest,
    startUnixNano: String(start),
    endUnixNano: String(BigInt(start) + BigInt(duration)),
  };
}

/** A span id made from a number. */
export function spanId(n: number): string {
  return n.toString(16).padStart(16, '0');
}

/** A trace id made from a number. */
export function traceId(n: number): string {
  return n.toString(16).padStart(32, '0');
}
