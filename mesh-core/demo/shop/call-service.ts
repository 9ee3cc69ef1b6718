import { Agent, request, type IncomingHttpHeaders } from 'node:http';

/** Headers an application must hand on so that the spans of one request form one trace (Istio: "trace context propagation"). */
const TRACE_HEADERS = ['traceparent', 'tracestate', 'x-request-id', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags', 'end-user'];
const agent = new Agent({ keepAlive: true, maxSockets: 128 });

export interface ServiceAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Calls another service by its name through the sidecar's outbound listener (BINNACLE_OUTBOUND, host:port).
 * An answer that is not JSON comes back as text; a connection that fails is an answer with status 503.
 */
export function callService(incoming: IncomingHttpHeaders, call: { host: string; path: string; method?: string; body?: unknown }): Promise<ServiceAnswer> {
  const [hostname, port] = (process.env['BINNACLE_OUTBOUND'] ?? '127.0.0.1:15001').split(':');
  const headers: Record<string, string> = { host: call.host, accept: 'application/json' };
  for (const name of TRACE_HEADERS) {
    const value = incoming[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
  if (payload !== undefined) headers['content-type'] = 'application/json';
  return new Promise((resolve) => {
    const outgoing = request({ host: hostname, port, path: call.path, method: call.method ?? 'GET', headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 503, body: parseBody(Buffer.concat(chunks).toString('utf8')) }));
      response.on('error', () => resolve({ status: 503, body: 'the answer broke off' }));
    });
    outgoing.on('error', (error) => resolve({ status: 503, body: error.message }));
    outgoing.end(payload);
  });
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
