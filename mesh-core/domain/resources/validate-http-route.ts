import { asMessage } from './as-message.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { parseDuration } from './go-duration.ts';
import type { CorsPolicy, HTTPFaultInjection, HTTPMatchRequest, HTTPRedirect, HTTPRetry, HTTPRoute } from './networking.ts';
import { isDnsLabel } from './rules/dns-name.ts';
import { checkDuration } from './rules/duration-rules.ts';
import { checkGatewayNames } from './rules/gateway-names.ts';
import { checkHeaderOperations, corsHeaderNameProblem, isAuthorityHeader, matchHeaderNameProblem } from './rules/header-rules.ts';
import { checkLabels } from './rules/label-rules.ts';
import { checkPort } from './rules/port-rules.ts';
import { byteLength, regexProblem, stringMatchProblem, stringMatchRegexProblem } from './rules/regex-rules.ts';
import { checkDestination, checkWeightedDestinations } from './validate-destination.ts';

/** istiod's rules for one http rule; `delegate`: the VirtualService has no hosts; `converted`: it was made from an HTTPRoute. */
export function checkHttpRoute(route: HTTPRoute, { delegate, converted }: { readonly delegate: boolean; readonly converted: boolean }, path: string, issues: IssueSink): void {
  checkActions(route, delegate, path, issues);
  for (const [index, match] of (route.match ?? []).entries()) checkMatch(match, joinPath(`${path}.match`, index), issues);
  checkHeaderOperations(route.headers, `${path}.headers`, issues);
  checkAuthority(route, path, issues);
  checkCors(route.corsPolicy, `${path}.corsPolicy`, issues);
  checkFault(route.fault, `${path}.fault`, issues);
  checkMirrors(route, path, issues);
  checkRedirect(route.redirect, route.match ?? [], `${path}.redirect`, issues);
  checkDirectResponse(route, `${path}.directResponse`, issues);
  checkRetries(route.retries, `${path}.retries`, issues);
  checkRewrite(route, `${path}.rewrite`, issues);
  checkDuration(route.timeout, `${path}.timeout`, issues);
  checkWeightedDestinations(route.route, `${path}.route`, converted, issues);
}

/** A rule does one thing: forward, redirect, answer itself, or delegate. */
function checkActions(route: HTTPRoute, delegate: boolean, path: string, issues: IssueSink): void {
  if (!delegate && route.delegate !== undefined) {
    for (const field of ['redirect', 'route'] as const) if (route[field] !== undefined) issues.error(joinPath(path, field), `a rule that delegates has no ${field}`, { expected: 'only delegate' });
    return;
  }
  if (delegate && route.delegate !== undefined) issues.error(`${path}.delegate`, 'a delegate cannot delegate further', { expected: 'leave it out' });
  const answer = route.redirect !== undefined ? 'redirect' : route.directResponse !== undefined ? 'directResponse' : undefined;
  if (answer === undefined) {
    if ((route.route?.length ?? 0) === 0) issues.error(path, 'the rule does nothing', { expected: 'route, redirect or directResponse' });
  } else {
    for (const field of ['route', 'fault', 'rewrite', 'directResponse'] as const) {
      const present = field === 'route' ? (route.route?.length ?? 0) > 0 : route[field] !== undefined;
      if (field !== answer && present) issues.error(joinPath(path, field), `${field} and ${answer} exclude each other`, { expected: 'one of them' });
    }
  }
  if (route.mirror !== undefined && (route.mirrors?.length ?? 0) > 0) issues.error(`${path}.mirrors`, 'mirror and mirrors exclude each other', { expected: 'only mirrors' });
}

function checkMatch(match: HTTPMatchRequest, path: string, issues: IssueSink): void {
  const report = (place: string, problem: string | undefined): void => {
    if (problem !== undefined) issues.error(place, problem, { expected: 'exact, prefix, regex (RE2), or {} for "is present"' });
  };
  for (const [name, value] of Object.entries(match.headers ?? {})) report(joinPath(`${path}.headers`, name), matchHeaderNameProblem(name) ?? stringMatchProblem(value));
  for (const [name, value] of Object.entries(match.withoutHeaders ?? {})) {
    // `*` is no expression: it stands for "is present".
    report(joinPath(`${path}.withoutHeaders`, name), matchHeaderNameProblem(name) ?? (value.regex === '*' ? undefined : stringMatchProblem(value)));
  }
  // An empty path prefix is allowed, unlike the others.
  report(`${path}.uri`, stringMatchRegexProblem(match.uri));
  for (const field of ['scheme', 'method', 'authority'] as const) report(joinPath(path, field), stringMatchProblem(match[field]));
  for (const [name, value] of Object.entries(match.queryParams ?? {})) report(joinPath(`${path}.queryParams`, name), stringMatchProblem(value));
  if (match.port !== 0) checkPort(match.port, `${path}.port`, issues);
  checkLabels(match.sourceLabels, `${path}.sourceLabels`, issues);
  checkGatewayNames(match.gateways, `${path}.gateways`, issues);
  const { sourceNamespace = '' } = match;
  if (sourceNamespace !== '' && !isDnsLabel(sourceNamespace)) issues.error(`${path}.sourceNamespace`, `${JSON.stringify(sourceNamespace)} is not a namespace`, { expected: 'a namespace' });
}

function checkAuthority(route: HTTPRoute, path: string, issues: IssueSink): void {
  let set = (route.rewrite?.authority ?? '') !== '';
  for (const verb of ['set', 'add'] as const) {
    for (const [name, value] of Object.entries(route.headers?.request?.[verb] ?? {})) {
      if (!isAuthorityHeader(name)) continue;
      if (set) issues.error(joinPath(`${path}.headers.request.${verb}`, name), 'the host is changed more than once', { expected: 'one of rewrite.authority and a host header' });
      set ||= value !== '';
    }
  }
}

const CORS_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*']);

function checkCors(cors: CorsPolicy | undefined, path: string, issues: IssueSink): void {
  if (cors === undefined) return;
  for (const [index, origin] of (cors.allowOrigins ?? []).entries()) {
    const text = origin.exact ?? origin.prefix ?? origin.regex ?? '';
    const problem = text === '' ? 'an origin must not be empty' : stringMatchRegexProblem(origin);
    if (problem !== undefined) issues.error(joinPath(`${path}.allowOrigins`, index), problem, { expected: 'exact, prefix or regex' });
  }
  for (const [index, method] of (cors.allowMethods ?? []).entries()) {
    if (!CORS_METHODS.has(method)) issues.error(joinPath(`${path}.allowMethods`, index), `${JSON.stringify(method)} is not an HTTP method`, { expected: [...CORS_METHODS].join(', ') });
  }
  for (const field of ['allowHeaders', 'exposeHeaders'] as const) {
    for (const [index, name] of (cors[field] ?? []).entries()) {
      const problem = corsHeaderNameProblem(name);
      if (problem !== undefined) issues.error(joinPath(joinPath(path, field), index), problem, { expected: 'a header name or *' });
    }
  }
  checkDuration(cors.maxAge, `${path}.maxAge`, issues);
  if (cors.maxAge !== undefined && (parseDuration(cors.maxAge) ?? 0) % 1000 !== 0) issues.error(`${path}.maxAge`, 'browsers count whole seconds', { expected: 'whole seconds' });
}

const GRPC_STATUS = new Set(
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(' '),
);

function checkFault(fault: HTTPFaultInjection | undefined, path: string, issues: IssueSink): void {
  if (fault === undefined) return;
  const { abort, delay } = fault;
  if (abort === undefined && delay === undefined) issues.error(path, 'the fault is empty', { expected: 'abort or delay' });
  for (const [field, part] of [['abort', abort], ['delay', delay]] as const) {
    const value = part?.percentage?.value ?? 0;
    if (value < 0 || value > 100 || (value > 0 && value < 0.0001)) issues.error(`${path}.${field}.percentage.value`, `${value} is not a percentage`, { expected: '0, or 0.0001 to 100' });
  }
  checkDuration(delay?.fixedDelay, `${path}.delay.fixedDelay`, issues);
  if (delay?.exponentialDelay !== undefined) issues.error(`${path}.delay.exponentialDelay`, 'is not supported', { expected: 'fixedDelay' });
  if (abort === undefined) return;
  if (abort.http2Error !== undefined) issues.error(`${path}.abort.http2Error`, 'is not supported', { expected: 'httpStatus or grpcStatus' });
  else if (abort.grpcStatus !== undefined) {
    if (!GRPC_STATUS.has(abort.grpcStatus)) issues.error(`${path}.abort.grpcStatus`, `${JSON.stringify(abort.grpcStatus)} is not a gRPC status`, { expected: 'a name such as UNAVAILABLE' });
  } else if (abort.httpStatus !== undefined) checkStatus(abort.httpStatus, `${path}.abort.httpStatus`, issues);
  else issues.warn(`${path}.abort`, 'the abort has no status, so nothing is aborted', { expected: 'httpStatus or grpcStatus', code: 'IST0133' });
}

/** 600 is accepted because Istio accepts it. */
function checkStatus(status: number | undefined, path: string, issues: IssueSink): void {
  if (status === undefined || status < 200 || status > 600) issues.error(path, `${status ?? 0} is not an HTTP status for an answer`, { expected: '200 to 599' });
}

function checkMirrors(route: HTTPRoute, path: string, issues: IssueSink): void {
  checkDestination(route.mirror, `${path}.mirror`, issues);
  const percentages: [string, number | undefined][] = [[`${path}.mirrorPercentage.value`, route.mirrorPercentage?.value]];
  for (const [index, mirror] of (route.mirrors ?? []).entries()) {
    const place = joinPath(`${path}.mirrors`, index);
    const { destination } = asMessage(mirror);
    if (destination === undefined) {
      issues.error(`${place}.destination`, 'destination is required for mirrors', { expected: 'a destination' });
      continue;
    }
    checkDestination(destination, `${place}.destination`, issues);
    percentages.push([`${place}.percentage.value`, mirror.percentage?.value]);
  }
  for (const field of ['mirrorPercent', 'mirror_percent'] as const) {
    const value = route[field] ?? undefined;
    if (value !== undefined) issues.warn(joinPath(path, field), `${field} is deprecated`, { expected: 'mirrorPercentage', code: 'IST0133' });
    percentages.push([joinPath(path, field), value]);
  }
  for (const [place, value] of percentages) {
    if (value !== undefined && (value < 0 || value > 100)) issues.error(place, `${value} is not a percentage`, { expected: '0 to 100' });
  }
}

function checkRedirect(redirect: HTTPRedirect | undefined, matches: readonly HTTPMatchRequest[], path: string, issues: IssueSink): void {
  if (redirect === undefined) return;
  const { uri = '', prefixRewrite = '', authority = '', scheme = '', redirectCode = 0, port } = redirect;
  if (uri !== '' && prefixRewrite !== '') issues.error(path, 'uri and prefixRewrite exclude each other', { expected: 'one of them' });
  if (prefixRewrite !== '' && matches.some((match) => match.uri !== undefined && match.uri.prefix === undefined)) {
    issues.error(`${path}.prefixRewrite`, 'needs every uri match to be a prefix', { expected: 'uri.prefix in every match' });
  }
  if (uri + prefixRewrite + authority + scheme === '' && port === undefined && redirect.derivePort === undefined) issues.error(path, 'the redirect leads nowhere', { expected: 'uri, authority, scheme or port' });
  if (redirectCode !== 0 && (redirectCode < 300 || redirectCode > 399)) issues.error(`${path}.redirectCode`, `${redirectCode} is not a redirect`, { expected: '3xx' });
  if (!['', 'http', 'https'].includes(scheme)) issues.error(`${path}.scheme`, `unknown scheme ${JSON.stringify(scheme)}`, { expected: 'http or https' });
  if (port !== 0) checkPort(port, `${path}.port`, issues);
}

const WARN_BODY_BYTES = 100 * 1024;
const MAX_BODY_BYTES = 1024 * 1024;

function checkDirectResponse({ directResponse }: HTTPRoute, path: string, issues: IssueSink): void {
  if (directResponse === undefined) return;
  checkStatus(directResponse.status, `${path}.status`, issues);
  const { string = '', bytes = '' } = directResponse.body ?? {};
  // What is no base64 counts as it stands; the schema refuses it.
  const encoded = bytes.length % 4 === 0 ? Math.floor((bytes.replace(/=+$/, '').length * 3) / 4) : bytes.length;
  const size = byteLength(string) + encoded;
  if (size > MAX_BODY_BYTES) issues.error(`${path}.body`, 'the body is too large: every proxy keeps it in memory', { expected: 'at most 1 MB' });
  else if (size > WARN_BODY_BYTES) issues.warn(`${path}.body`, 'the body is large: every proxy keeps it in memory', { expected: 'at most 100 kB', code: 'IST0133' });
}

const RETRY_ON = new Set(
  '5xx gateway-error reset reset-before-request connect-failure retriable-4xx refused-stream retriable-status-codes retriable-headers envoy-ratelimited http3-post-connect-failure cancelled deadline-exceeded internal resource-exhausted unavailable'.split(' '),
);
/** The registered HTTP status codes: only these count as a number in retryOn. */
const STATUS_CODES = /^\+?0*(10[0-3]|20[0-8]|226|30[0-578]|4(0\d|1[0-8]|2[1-689]|31|51)|5(0[0-8]|1[01]))$/;

function checkRetries(retries: HTTPRetry | undefined, path: string, issues: IssueSink): void {
  if (retries === undefined) return;
  const { attempts = 0, retryOn = '', perTryTimeout, retryRemoteLocalities } = retries;
  checkDuration(perTryTimeout, `${path}.perTryTimeout`, issues);
  checkDuration(retries.backoff, `${path}.backoff`, issues);
  if (attempts < 0) issues.error(`${path}.attempts`, `${attempts} is negative`, { expected: '0 or more' });
  if (attempts === 0 && (perTryTimeout !== undefined || retryOn !== '' || retryRemoteLocalities !== undefined)) {
    issues.error(`${path}.attempts`, 'with 0 attempts there are no retries to set anything for', { expected: '1 or more, or nothing but attempts: 0' });
  }
  for (const policy of retryOn === '' ? [] : retryOn.split(',')) {
    if (!RETRY_ON.has(policy) && !STATUS_CODES.test(policy)) issues.error(`${path}.retryOn`, `${JSON.stringify(policy)} is not a retry condition`, { expected: `status codes or ${[...RETRY_ON].join(', ')}, without spaces` });
  }
}

function checkRewrite({ rewrite }: HTTPRoute, path: string, issues: IssueSink): void {
  if (rewrite === undefined) return;
  const { uri = '', authority = '', uriRegexRewrite } = rewrite;
  if (uri !== '' && uriRegexRewrite !== undefined) issues.error(path, 'uri and uriRegexRewrite exclude each other', { expected: 'one of them' });
  if (uri + authority === '' && uriRegexRewrite === undefined) issues.error(path, 'the rewrite changes nothing', { expected: 'uri, uriRegexRewrite or authority' });
  if (uriRegexRewrite === undefined) return;
  const { match = '', rewrite: replacement = '' } = uriRegexRewrite;
  const problem = match === '' || replacement === '' ? 'both match and rewrite are needed' : regexProblem(match);
  if (problem !== undefined) issues.error(`${path}.uriRegexRewrite`, problem, { expected: 'match (RE2) and rewrite' });
}
