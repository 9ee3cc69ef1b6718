import { otlpMessage } from '#server/traces/otlp/descriptor.ts';

/** Attributes that an HTTP server's span carries, eleven of them. */
function attributesOf(i: number): object[] {
  const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  const int = (key: string, intValue: number): object => ({ key, value: { intValue } });
  return [
    text('http.request.method', i % 5 === 0 ? 'POST' : 'GET'),
    text('url.path', `/api/items/${i % 997}`),
    text('url.scheme', 'http'),
    int('http.response.status_code', i % 50 === 0 ? 503 : 200),
    text('server.address', `inventory-${i % 7}.shop.svc.cluster.local`),
    int('server.port', 8080),
    text('network.peer.address', `10.0.${i % 13}.${i % 251}`),
    text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'),
    text('k8s.pod.name', `inventory-5f7d8-${i % 31}`),
    text('request.id', `${(i * 2_654_435_761) % 4_294_967_296}-${i}`),
    { key: 'cache.hit', value: { boolValue: i % 3 === 0 } },
  ];
}

/**
 * An ExportTraceServiceRequest in protobuf as an SDK sends it: `count` spans in traces of `perTrace`, of one resource, with
 * eleven attributes each and an event in every tenth; all ids depend on `seed`, times on it too.
 */
export function traceRequest(count: number, seed: number, perTrace = 10): Uint8Array {
  const start = 1_795_000_000_000_000_000n + BigInt(seed) * 1_000_000_000n;
  const spans = Array.from({ length: count }, (_, n) => {
    const trace = Math.floor(n / perTrace);
    const first = n % perTrace === 0;
    return {
      traceId: id(16, seed, trace),
      spanId: id(8, seed, n + 1),
      ...(first ? {} : { parentSpanId: id(8, seed, trace * perTrace + ((n - trace * perTrace - 1) >> 1) + 1) }),
      flags: 0x101,
      name: `GET /api/items/${n % 20}`,
      kind: 2 + (n % 2),
      startTimeUnixNano: String(start + BigInt(n) * 1_234_567n),
      endTimeUnixNano: String(start + BigInt(n) * 1_234_567n + BigInt((n * 7919) % 90_000_000)),
      attributes: attributesOf(n + seed * 31),
      events: n % 10 === 0 ? [{ timeUnixNano: String(start + BigInt(n) * 1_234_567n + 5n), name: 'retry', attributes: [{ key: 'attempt', value: { intValue: 2 } }] }] : [],
      status: n % 50 === 0 ? { code: 2, message: 'upstream gone' } : {},
    };
  });
  const type = otlpMessage('ExportTraceServiceRequest');
  const resource = { attributes: ['service.name', 'service.version', 'host.name', 'telemetry.sdk.name'].map((key) => ({ key, value: { stringValue: `${key}-${seed % 10}` } })) };
  return type.encode(type.fromObject({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: '@opentelemetry/instrumentation-http', version: '0.200.0' }, spans }] }] })).finish();
}

function id(bytes: 8 | 16, seed: number, n: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  // Spread over all bytes, as random ids are.
  for (let i = 0; i < bytes; i += 4) buffer.writeUInt32BE((Math.imul(n * 16 + i + 1, 2_654_435_761) ^ Math.imul(seed + 1, 40_503)) >>> 0, i);
  return buffer;
}
