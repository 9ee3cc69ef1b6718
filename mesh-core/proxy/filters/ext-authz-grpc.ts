import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { compileString } from '#mesh-core/domain/decide/compile-rbac.ts';
import type { ExtAuthzFilter, GrpcServiceRef } from '#mesh-core/domain/envoy/security-filters.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import { statusCodeOf } from '#mesh-core/domain/translate/http-status-names.ts';
import { xdsRoot } from '#mesh-core/wire/xds/descriptor.ts';
import { typeOfUrl } from '#mesh-core/wire/xds/proto-json.ts';
import { decodeMessage, encodeMessage } from '#mesh-core/wire/xds/resource-codec.ts';
import type { Exchange } from '../http/exchange.ts';
import { callCluster } from './call-cluster.ts';
import type { CallDependencies, ClusterAnswer } from './call-cluster.ts';
import type { AskAuthorizer, AuthorizerVerdict, ShownBody } from './ext-authz-verdict.ts';

/** Of envoy.service.auth.v3, what is read. */
interface CheckResponse {
  readonly status?: { readonly code?: number };
  readonly deniedResponse?: { readonly status?: { readonly code?: string }; readonly headers?: readonly HeaderOption[]; readonly body?: string };
  readonly okResponse?: { readonly headers?: readonly HeaderOption[]; readonly headersToRemove?: readonly string[]; readonly responseHeadersToAdd?: readonly HeaderOption[] };
}
interface HeaderOption {
  readonly header?: { readonly key?: string; readonly value?: string };
  readonly append?: boolean;
}

const METHOD = '/envoy.service.auth.v3.Authorization/Check';
const MAX_ANSWER_BYTES = 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 200;
const FRAME_HEAD_BYTES = 5;
/** Never taken away: without them there is no request. */
const KEPT = /^(:.*|host)$/;

/** An authorizer that speaks gRPC (envoy.service.auth.v3.Authorization). Source: Envoy's ext_authz gRPC client. */
export function grpcAuthorizer(config: ExtAuthzFilter, service: GrpcServiceRef, deps: CallDependencies): AskAuthorizer {
  const requestType = typeOrThrow('envoy.service.auth.v3.CheckRequest');
  const responseType = typeOrThrow('envoy.service.auth.v3.CheckResponse');
  const tests = config.allowedHeaders?.patterns.map(compileString);
  const isSent = (name: string): boolean => tests === undefined || tests.some((test) => test(name));
  const { clusterName, authority } = service.envoyGrpc;
  const timeoutMs = parseDuration(service.timeout ?? '') ?? DEFAULT_TIMEOUT_MS;
  const headers = { host: authority ?? clusterName, 'content-type': 'application/grpc', te: 'trailers', 'grpc-timeout': `${Math.min(timeoutMs, 99_999_999)}m` };
  return (exchange, body, done) => {
    const frame = framed(encodeMessage(requestType, checkRequest(exchange, body, config.withRequestBody?.packAsBytes === true, isSent)));
    return callCluster(deps, { cluster: clusterName, method: 'POST', path: METHOD, headers: { ...headers, 'content-length': String(frame.length) }, body: frame, timeoutMs, maxBytes: MAX_ANSWER_BYTES }, (answer) => {
      const message = 'problem' in answer ? undefined : messageOf(answer);
      // Safe because the message was decoded by its type, and every field is looked at before it is used.
      done(message === undefined ? { kind: 'error' } : verdictOf(decodeMessage(responseType, message) as CheckResponse));
    });
  };
}

function checkRequest({ line, downstream, record }: Exchange, body: ShownBody | undefined, packAsBytes: boolean, isSent: (name: string) => boolean): object {
  const texts = Object.entries(line.headers).flatMap(([name, value]) => (value === undefined || !isSent(name) ? [] : [[name, typeof value === 'string' ? value : value.join(',')] as const]));
  const headers = { ':method': line.method, ':path': line.path, ':authority': line.authority, ':scheme': line.scheme, ...Object.fromEntries(texts), ...(body === undefined ? {} : { 'x-envoy-auth-partial-body': String(body.isPartial) }) };
  const shown = body === undefined ? {} : packAsBytes ? { rawBody: body.bytes.toString('base64') } : { body: body.bytes.toString('utf8') };
  return {
    attributes: {
      source: { address: socketAddress(downstream.remoteAddress, downstream.remotePort), ...(downstream.spiffeId === undefined ? {} : { principal: downstream.spiffeId }) },
      destination: { address: socketAddress(downstream.localAddress, downstream.localPort), ...(record.ownPrincipal === undefined ? {} : { principal: record.ownPrincipal }) },
      request: {
        time: new Date(record.startedAtMs).toISOString(),
        http: { id: record.requestId, method: line.method, headers, path: line.path, host: line.authority, scheme: line.scheme, protocol: record.protocol, size: body === undefined ? -1 : body.bytes.length, ...shown },
      },
    },
  };
}

function socketAddress(address: string, portValue: number): object {
  return { socketAddress: { address, portValue } };
}

function verdictOf({ status, deniedResponse, okResponse }: CheckResponse): AuthorizerVerdict {
  if ((status?.code ?? 0) !== 0) {
    const headers: MutableHeaders = {};
    setHeaders(headers, deniedResponse?.headers ?? []);
    const code = deniedResponse?.status?.code === undefined ? undefined : statusCodeOf(deniedResponse.status.code);
    return { kind: 'deny', status: code === undefined || code === 0 ? 403 : code, headers, body: deniedResponse?.body ?? '' };
  }
  const toClient: MutableHeaders = {};
  setHeaders(toClient, okResponse?.responseHeadersToAdd ?? []);
  const added = okResponse?.headers ?? [];
  const removed = (okResponse?.headersToRemove ?? []).map((name) => name.toLowerCase()).filter((name) => !KEPT.test(name));
  const apply = (headers: MutableHeaders): boolean => {
    setHeaders(headers, added);
    for (const name of removed) delete headers[name];
    return added.length + removed.length > 0;
  };
  return { kind: 'allow', apply, toClient };
}

function setHeaders(headers: MutableHeaders, options: readonly HeaderOption[]): void {
  for (const { header, append } of options) {
    const name = (header?.key ?? '').toLowerCase();
    if (name === '' || KEPT.test(name)) continue;
    const existing = headers[name];
    headers[name] = append === true && existing !== undefined ? `${[existing].flat().join(',')},${header?.value ?? ''}` : (header?.value ?? '');
  }
}

/** The message of a unary answer; undefined for an error of gRPC itself. Source: gRPC over HTTP2. */
function messageOf({ status, headers, trailers, body }: ClusterAnswer): Buffer | undefined {
  const grpcStatus = trailers['grpc-status'] ?? headers['grpc-status'];
  if (status !== 200 || grpcStatus !== '0' || body.length < FRAME_HEAD_BYTES || body[0] !== 0) return undefined;
  const length = body.readUInt32BE(1);
  return body.length < FRAME_HEAD_BYTES + length ? undefined : body.subarray(FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + length);
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function typeOrThrow(name: string): NonNullable<ReturnType<typeof typeOfUrl>> {
  const type = typeOfUrl(xdsRoot(), name);
  if (type === undefined) throw new TypeError(`${name} is not loaded`);
  return type;
}
