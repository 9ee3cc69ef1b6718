import { compileMetadata, compileString } from '#mesh-core/domain/decide/compile-rbac.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { ExtAuthzFilter, ExtAuthzHttpService, ListStringMatcher } from '#mesh-core/domain/envoy/security-filters.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import { statusCodeOf } from '#mesh-core/domain/translate/http-status-names.ts';
import { localReply } from '../http/exchange.ts';
import type { Dispatch, Exchange, Filter, Respond } from '../http/exchange.ts';
import { bufferStart } from './buffered-body.ts';
import { callCluster } from './call-cluster.ts';
import type { CallDependencies, ClusterAnswer, ClusterCall } from './call-cluster.ts';

type HeaderTest = (name: string) => boolean;

export interface ExtAuthzDependencies extends CallDependencies {
  /** Chooses the route again after the authorizer changed the request's headers. */
  readonly reroute: (exchange: Exchange) => void;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 200;
/** Sent to the authorizer whatever the configuration says. */
const ALWAYS_SENT: ReadonlySet<string> = new Set(['host', 'authorization']);
/** Of a denial, given to the client besides what the configuration names. */
const DENIAL_HEADERS: ReadonlySet<string> = new Set(['content-length', 'content-type', 'location', 'www-authenticate', 'proxy-authenticate', 'set-cookie']);
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade', 'te', 'trailer', 'host', 'date', 'x-envoy-upstream-service-time']);

/**
 * Asks an HTTP service whether a request may pass, if a CUSTOM rule noted that it should be asked. 200 lets it pass; any other
 * answer goes to the client as it is (flag UAEX); no answer, or one of 5xx, is 403 or `statusOnError` unless the filter fails open.
 * Source: Envoy's ext_authz filter and its raw HTTP client.
 */
export function createExtAuthzFilter(config: ExtAuthzFilter, deps: ExtAuthzDependencies): Filter {
  const isEnabled = config.filterEnabledMetadata === undefined ? () => true : compileMetadata(config.filterEnabledMetadata);
  // A service of another kind has no cluster here, so it is as one that never answers.
  const plan = planOf(config, config.httpService ?? { serverUri: { uri: '', cluster: '', timeout: '0s' } });
  return (next) => (exchange, respond) => {
    if (!isEnabled(exchange.record.metadata)) {
      next(exchange, respond);
      return;
    }
    const { withRequestBody } = config;
    if (withRequestBody === undefined || exchange.body === undefined || exchange.upgrade !== undefined) {
      ask(plan, deps, undefined, false, next, exchange, respond);
      return;
    }
    const limit = withRequestBody.maxRequestBytes ?? 0;
    bufferStart(exchange.body, limit, ({ bytes, complete, body }) => {
      if (exchange.aborted) return;
      exchange.body = body;
      const tooLong = bytes.length > limit || (!complete && bytes.length >= limit);
      if (tooLong && withRequestBody.allowPartialMessage !== true) {
        localReply(exchange, respond, { status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
        return;
      }
      ask(plan, deps, bytes.subarray(0, limit), tooLong, next, exchange, respond);
    });
  };
}

interface Plan {
  readonly cluster: string;
  readonly pathPrefix: string;
  readonly timeoutMs: number;
  readonly failOpen: boolean;
  readonly statusOnError: number;
  readonly sent: HeaderTest;
  readonly added: MutableHeaders;
  readonly toUpstream: HeaderTest;
  readonly toClientOnDenial: HeaderTest | undefined;
  readonly toClientOnSuccess: HeaderTest;
}

function planOf(config: ExtAuthzFilter, { serverUri, pathPrefix = '', authorizationRequest, authorizationResponse }: ExtAuthzHttpService): Plan {
  const allowed = nameTest(config.allowedHeaders);
  const onDenial = authorizationResponse?.allowedClientHeaders;
  return {
    cluster: serverUri.cluster,
    pathPrefix,
    timeoutMs: parseDuration(serverUri.timeout) ?? DEFAULT_TIMEOUT_MS,
    failOpen: config.failureModeAllow === true,
    statusOnError: (config.statusOnError === undefined ? undefined : statusCodeOf(config.statusOnError.code)) ?? 403,
    sent: (name) => ALWAYS_SENT.has(name) || allowed(name),
    added: Object.fromEntries((authorizationRequest?.headersToAdd ?? []).map(({ key, value }) => [key.toLowerCase(), value])),
    toUpstream: nameTest(authorizationResponse?.allowedUpstreamHeaders),
    // Without a list the client sees all of the denial's headers.
    toClientOnDenial: onDenial === undefined ? undefined : nameTest(onDenial),
    toClientOnSuccess: nameTest(authorizationResponse?.allowedClientHeadersOnSuccess),
  };
}

function ask(plan: Plan, deps: ExtAuthzDependencies, body: Buffer | undefined, isPartial: boolean, next: Dispatch, exchange: Exchange, respond: Respond): void {
  const cancel = callCluster(deps, checkOf(plan, exchange, body, isPartial), (answer) => {
    if (exchange.aborted) return;
    if ('problem' in answer || answer.status >= 500) {
      if (plan.failOpen) next(exchange, respond);
      else localReply(exchange, respond, { status: plan.statusOnError, body: '', details: 'ext_authz_error', flag: 'UAEX' });
      return;
    }
    if (answer.status !== 200) {
      deny(plan, answer, exchange, respond);
      return;
    }
    allow(plan, deps, answer, exchange);
    const extra = keep(answer.headers, plan.toClientOnSuccess);
    next(exchange, Object.keys(extra).length === 0 ? respond : (response) => {
      Object.assign(response.headers, extra);
      respond(response);
    });
  });
  exchange.onAbort(cancel);
}

/** The request's method, path and host, and the headers that are named; a body only if the configuration asks for it. */
function checkOf(plan: Plan, { line }: Exchange, body: Buffer | undefined, isPartial: boolean): ClusterCall {
  const headers = { ...keep(line.headers, plan.sent), host: line.authority, ...plan.added, 'content-length': String(body?.length ?? 0), ...(body === undefined ? {} : { 'x-envoy-auth-partial-body': String(isPartial) }) };
  return { cluster: plan.cluster, method: line.method, path: plan.pathPrefix + line.path, headers, body, timeoutMs: plan.timeoutMs, maxBytes: MAX_ANSWER_BYTES };
}

function allow(plan: Plan, deps: ExtAuthzDependencies, answer: ClusterAnswer, exchange: Exchange): void {
  const forUpstream = keep(answer.headers, plan.toUpstream);
  for (const [name, value] of Object.entries(forUpstream)) if (!HOP_HEADERS.has(name)) exchange.line.headers[name] = value;
  if (Object.keys(forUpstream).length > 0) deps.reroute(exchange);
}

function deny(plan: Plan, answer: ClusterAnswer, exchange: Exchange, respond: Respond): void {
  const { toClientOnDenial } = plan;
  const headers = keep(answer.headers, (name) => !HOP_HEADERS.has(name) && (toClientOnDenial === undefined || DENIAL_HEADERS.has(name) || toClientOnDenial(name)));
  localReply(exchange, respond, { status: answer.status, body: answer.body.toString('utf8'), details: 'ext_authz_denied', flag: 'UAEX', headers });
}

function keep(headers: MutableHeaders, test: HeaderTest): MutableHeaders {
  const kept: MutableHeaders = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && test(name)) kept[name] = value;
  return kept;
}

/** A list of patterns as a test of lower-case names; no list takes none. */
function nameTest(matchers: ListStringMatcher | undefined): HeaderTest {
  const tests = (matchers?.patterns ?? []).map(compileString);
  return (name) => tests.some((test) => test(name));
}
