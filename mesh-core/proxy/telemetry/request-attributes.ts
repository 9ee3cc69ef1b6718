import { Environment } from '@marcbachmann/cel-js';
import { formatFlags } from './request-record.ts';
import type { RequestRecord } from './request-record.ts';

/** A CEL expression over a finished request. Undefined when it names what is not there, or fails otherwise. */
export type RequestExpression = (record: RequestRecord) => unknown;

const ROOTS = ['request', 'response', 'connection', 'source', 'destination', 'upstream', 'metadata', 'xds', 'node'] as const;
type Root = (typeof ROOTS)[number];

/** Bits of the flags, as `response.flags` shows them. Source: Envoy's stream_info CoreResponseFlag. */
const FLAG_BITS: Readonly<Record<string, number>> = { UH: 1, UT: 2, UR: 4, UF: 5, UC: 6, UO: 7, NR: 8, DI: 9, FI: 10, RL: 11, UAEX: 12, DC: 14, URX: 15, SI: 16, DPE: 18, UPE: 23, NC: 24 };

/**
 * Compiles an expression once. Undefined when it is none. Only the groups of attributes that it names are made for a request.
 * Sources: Envoy, attributes; the CEL specification (whole numbers are 64-bit integers).
 */
export function compileExpression(text: string): RequestExpression | undefined {
  try {
    const environment = new Environment({ unlistedVariablesAreDyn: true });
    const program = environment.parse(text);
    const roots = ROOTS.filter((root) => new RegExp(`(^|[^.\\w])${root}\\b`).test(text));
    return (record) => {
      try {
        const context: Record<string, unknown> = {};
        for (const root of roots) context[root] = GROUPS[root](record);
        const value: unknown = program(context);
        return value;
      } catch {
        // As in Envoy an expression that fails has no value; the request itself is long over.
        return undefined;
      }
    };
  } catch {
    return undefined;
  }
}

/** The value as the text of a metric's tag; `unknown` for none. */
export function expressionText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'unknown';
}

const GROUPS: Readonly<Record<Root, (record: RequestRecord) => Readonly<Record<string, unknown>>>> = {
  request: (record) => {
    const query = record.path.indexOf('?');
    const headers = textHeaders(record.requestHeaders);
    return {
      path: record.path,
      url_path: query === -1 ? record.path : record.path.slice(0, query),
      query: query === -1 ? '' : record.path.slice(query + 1),
      host: record.authority,
      scheme: headers['x-forwarded-proto'] ?? 'http',
      method: record.method,
      headers: { ...headers, ':method': record.method, ':path': record.path, ':authority': record.authority },
      referer: headers['referer'] ?? '',
      useragent: record.userAgent,
      id: record.requestId,
      protocol: record.protocol,
      time: new Date(record.startedAtMs),
      size: BigInt(record.bytesReceived),
      total_size: BigInt(record.bytesReceived),
    };
  },
  response: (record) => ({
    code: BigInt(record.status),
    code_details: record.details,
    flags: BigInt(record.flags.reduce((bits, flag) => bits + 2 ** (FLAG_BITS[flag] ?? 31), 0)),
    ...(record.grpcStatus === '' ? {} : { grpc_status: BigInt(record.grpcStatus) }),
    headers: textHeaders(record.responseHeaders),
    size: BigInt(record.bytesSent),
    total_size: BigInt(record.bytesSent),
  }),
  connection: (record) => ({
    mtls: record.mutualTls,
    requested_server_name: record.requestedServerName,
    ...(record.peerPrincipal === undefined ? {} : { uri_san_peer_certificate: record.peerPrincipal }),
    ...(record.ownPrincipal === undefined ? {} : { uri_san_local_certificate: record.ownPrincipal }),
  }),
  source: ({ downstreamRemote }) => addressOf(downstreamRemote),
  destination: ({ downstreamLocal }) => addressOf(downstreamLocal),
  upstream: (record) => ({ ...addressOf(record.upstreamHost), local_address: record.upstreamLocal, transport_failure_reason: record.transportFailure, request_attempt_count: BigInt(record.attempts) }),
  metadata: ({ metadata = {} }) => ({ filter_metadata: metadata }),
  xds: (record) => ({ cluster_name: record.clusterName, route_name: record.routeName, response_flags: formatFlags(record.flags) }),
  node: () => ({}),
};

function addressOf(address: string): Readonly<Record<string, unknown>> {
  const port = /:(\d+)$/.exec(address)?.[1];
  return port === undefined ? { address } : { address, port: BigInt(port) };
}

function textHeaders(headers: RequestRecord['requestHeaders']): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) if (value !== undefined) texts[name] = typeof value === 'string' ? value : value.join(',');
  return texts;
}
