import { formatFlags } from './request-record.ts';
import type { RequestRecord } from './request-record.ts';

/** What an operator stands for; undefined = nothing to say, which is written `-` (in JSON: null). */
export type FormatValue = string | number | undefined;
type Operator = (record: RequestRecord) => FormatValue;
type Headers = Readonly<Record<string, string | string[] | undefined>> | undefined;

const COMMAND = /%([A-Z0-9_]+)(?:\(([^)]*)\))?(?::(\d+))?%/g;

/**
 * A line format with command operators (`%REQ(:METHOD)%`, `%START_TIME%`, `%%` is a percent sign) as a function of a request.
 * An operator that this proxy does not know stands for nothing. Source: Envoy, access logging: command operators.
 */
export function compileTextFormat(format: string, omitEmpty = false): (record: RequestRecord) => string {
  const parts = partsOf(format);
  const empty = omitEmpty ? '' : '-';
  return (record) => {
    let line = '';
    for (const part of parts) line += typeof part === 'string' ? part : (part(record) ?? empty);
    return line;
  };
}

/** Labels whose values are formats, as a function that gives one line of JSON. A value that is one operator alone keeps its type. */
export function compileJsonFormat(labels: Readonly<Record<string, unknown>>, omitEmpty = false): (record: RequestRecord) => string {
  const write = jsonWriter(labels, omitEmpty);
  return (record) => `${JSON.stringify(write(record))}\n`;
}

type JsonWriter = (record: RequestRecord) => unknown;

function jsonWriter(value: unknown, omitEmpty: boolean): JsonWriter {
  if (typeof value === 'string') {
    const parts = partsOf(value);
    const [only] = parts;
    if (parts.length === 1 && typeof only === 'function') return (record) => only(record) ?? (omitEmpty ? undefined : null);
    const text = compileTextFormat(value, omitEmpty);
    return text;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => jsonWriter(item, omitEmpty));
    return (record) => items.map((item) => item(record));
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([key, item]) => [key, jsonWriter(item, omitEmpty)] as const);
    return (record) => Object.fromEntries(fields.map(([key, write]) => [key, write(record)]));
  }
  return () => value;
}

function partsOf(format: string): (string | Operator)[] {
  const parts: (string | Operator)[] = [];
  let end = 0;
  for (const match of format.matchAll(COMMAND)) {
    const [text, name = '', argument = '', length] = match;
    if (match.index > end) parts.push(format.slice(end, match.index).replaceAll('%%', '%'));
    parts.push(limited(operatorOf(name, argument), length === undefined ? undefined : Number(length)));
    end = match.index + text.length;
  }
  if (end < format.length) parts.push(format.slice(end).replaceAll('%%', '%'));
  return parts;
}

function limited(operator: Operator, length: number | undefined): Operator {
  if (length === undefined) return operator;
  return (record) => {
    const value = operator(record);
    return typeof value === 'string' ? value.slice(0, length) : value;
  };
}

const WITHOUT_PORT = /:\d+$/;
const OPERATORS: Readonly<Record<string, Operator>> = {
  START_TIME: (record) => new Date(record.startedAtMs).toISOString(),
  PROTOCOL: ({ protocol }) => given(protocol),
  RESPONSE_CODE: ({ status }) => status,
  RESPONSE_FLAGS: ({ flags }) => formatFlags(flags),
  RESPONSE_CODE_DETAILS: ({ details }) => given(details.replaceAll(/\s/g, '_')),
  CONNECTION_TERMINATION_DETAILS: ({ terminationDetails = '' }) => given(terminationDetails),
  UPSTREAM_TRANSPORT_FAILURE_REASON: ({ transportFailure }) => given(transportFailure),
  BYTES_RECEIVED: ({ bytesReceived }) => bytesReceived,
  BYTES_SENT: ({ bytesSent }) => bytesSent,
  DURATION: ({ durationMs }) => Math.round(durationMs),
  UPSTREAM_HOST: ({ upstreamHost }) => given(upstreamHost),
  UPSTREAM_CLUSTER: ({ clusterName }) => given(clusterName),
  UPSTREAM_CLUSTER_RAW: ({ clusterName }) => given(clusterName),
  UPSTREAM_LOCAL_ADDRESS: ({ upstreamLocal }) => given(upstreamLocal),
  UPSTREAM_REQUEST_ATTEMPT_COUNT: ({ attempts }) => attempts,
  DOWNSTREAM_LOCAL_ADDRESS: ({ downstreamLocal }) => given(downstreamLocal),
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: ({ downstreamLocal }) => given(downstreamLocal.replace(WITHOUT_PORT, '')),
  DOWNSTREAM_REMOTE_ADDRESS: ({ downstreamRemote }) => given(downstreamRemote),
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: ({ downstreamRemote }) => given(downstreamRemote.replace(WITHOUT_PORT, '')),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: ({ downstreamRemote }) => given(downstreamRemote),
  DOWNSTREAM_PEER_URI_SAN: ({ peerPrincipal }) => peerPrincipal,
  REQUESTED_SERVER_NAME: ({ requestedServerName }) => given(requestedServerName),
  ROUTE_NAME: ({ routeName }) => given(routeName),
  TRACE_ID: ({ traceId }) => given(traceId),
  GRPC_STATUS: ({ grpcStatus }) => given(grpcStatus),
  GRPC_STATUS_NUMBER: ({ grpcStatus }) => (grpcStatus === '' ? undefined : Number(grpcStatus)),
};

function operatorOf(name: string, argument: string): Operator {
  switch (name) {
    case 'REQ':
      return headerOperator(argument, requestHeader);
    case 'REQ_WITHOUT_QUERY':
      return withoutQuery(headerOperator(argument, requestHeader));
    case 'RESP':
      return headerOperator(argument, responseHeader);
    case 'DYNAMIC_METADATA':
      return metadataOperator(argument.split(':'));
    case 'METADATA':
      return argument.startsWith('DYNAMIC:') ? metadataOperator(argument.split(':').slice(1)) : () => undefined;
    default:
      return OPERATORS[name] ?? (() => undefined);
  }
}

/** `X?Y`: the first header, or if it is not there the second. */
function headerOperator(argument: string, read: (record: RequestRecord, name: string) => FormatValue): Operator {
  const [first = '', second] = argument.toLowerCase().split('?');
  return second === undefined ? (record) => read(record, first) : (record) => read(record, first) ?? read(record, second);
}

/** The pseudo-headers with and without their colon, and what the record keeps without the headers. */
function requestHeader(record: RequestRecord, name: string): FormatValue {
  switch (name) {
    case ':method':
      return given(record.method);
    case ':path':
    case 'path':
      return given(record.path);
    case ':authority':
    case 'host':
      return given(record.authority);
    case 'user-agent':
      return given(record.userAgent);
    case 'x-forwarded-for':
      return given(record.forwardedFor);
    case 'x-request-id':
      // A TCP connection has no request.
      return record.protocol === '' ? undefined : given(record.requestId);
    default:
      return headerText(record.requestHeaders, name);
  }
}

function responseHeader(record: RequestRecord, name: string): FormatValue {
  if (name === ':status') return record.status;
  if (name === 'x-envoy-upstream-service-time') return record.upstreamServiceTimeMs === undefined ? undefined : String(Math.round(record.upstreamServiceTimeMs));
  return headerText(record.responseHeaders, name);
}

function headerText(headers: Headers, name: string): string | undefined {
  const value = headers?.[name];
  return value === undefined || typeof value === 'string' ? value : value.join(',');
}

function withoutQuery(operator: Operator): Operator {
  return (record) => {
    const value = operator(record);
    return typeof value === 'string' ? value.replace(/\?.*$/s, '') : value;
  };
}

function metadataOperator([filter = '', ...keys]: readonly string[]): Operator {
  return ({ metadata }) => {
    let value: unknown = metadata?.[filter];
    for (const key of keys) value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
    return value === undefined ? undefined : typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
  };
}

/** An empty text says nothing. */
function given(text: string): string | undefined {
  return text === '' ? undefined : text;
}
