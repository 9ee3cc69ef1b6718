import { compileString } from '#mesh-core/domain/decide/compile-rbac.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { ExtAuthzFilter, ExtAuthzHttpService, ListStringMatcher } from '#mesh-core/domain/envoy/security-filters.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import { callCluster } from './call-cluster.ts';
import type { CallDependencies } from './call-cluster.ts';
import type { AskAuthorizer } from './ext-authz-verdict.ts';

type HeaderTest = (name: string) => boolean;

const MAX_ANSWER_BYTES = 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 200;
/** Sent to the authorizer whatever the configuration says. */
const ALWAYS_SENT: ReadonlySet<string> = new Set(['host', 'authorization']);
/** Of a denial, given to the client besides what the configuration names. */
const DENIAL_HEADERS: ReadonlySet<string> = new Set(['content-type', 'location', 'www-authenticate', 'proxy-authenticate', 'set-cookie']);
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade', 'te', 'trailer', 'host', 'date', 'x-envoy-upstream-service-time']);

/**
 * An authorizer that speaks HTTP: it gets the request's method, path (behind a prefix) and host and the headers that are named. 200
 * lets the request pass, 5xx is an error, any other answer is the client's. Source: Envoy's ext_authz raw HTTP client.
 */
export function httpAuthorizer(config: ExtAuthzFilter, service: ExtAuthzHttpService, deps: CallDependencies): AskAuthorizer {
  const { serverUri, pathPrefix = '', authorizationRequest, authorizationResponse } = service;
  const allowed = nameTest(config.allowedHeaders);
  const isSent = (name: string): boolean => ALWAYS_SENT.has(name) || allowed(name);
  const added = Object.fromEntries((authorizationRequest?.headersToAdd ?? []).map(({ key, value }) => [key.toLowerCase(), value]));
  const toUpstream = nameTest(authorizationResponse?.allowedUpstreamHeaders);
  const onSuccess = nameTest(authorizationResponse?.allowedClientHeadersOnSuccess);
  const onDenial = authorizationResponse?.allowedClientHeaders;
  // Without a list the client sees all of the denial's headers.
  const isDenialHeader: HeaderTest = onDenial === undefined ? () => true : orAlways(nameTest(onDenial));
  const timeoutMs = parseDuration(serverUri.timeout) ?? DEFAULT_TIMEOUT_MS;
  return ({ line }, body, done) => {
    const headers = { ...keep(line.headers, isSent), host: line.authority, ...added, 'content-length': String(body?.bytes.length ?? 0), ...(body === undefined ? {} : { 'x-envoy-auth-partial-body': String(body.isPartial) }) };
    return callCluster(deps, { cluster: serverUri.cluster, method: line.method, path: pathPrefix + line.path, headers, body: body?.bytes, timeoutMs, maxBytes: MAX_ANSWER_BYTES }, (answer) => {
      if ('problem' in answer || answer.status >= 500) done({ kind: 'error' });
      else if (answer.status !== 200) done({ kind: 'deny', status: answer.status, headers: keep(answer.headers, (name) => !HOP_HEADERS.has(name) && isDenialHeader(name)), body: answer.body.toString('utf8') });
      else {
        const forUpstream = keep(answer.headers, (name) => !HOP_HEADERS.has(name) && toUpstream(name));
        const apply = (target: MutableHeaders): boolean => {
          Object.assign(target, forUpstream);
          return Object.keys(forUpstream).length > 0;
        };
        done({ kind: 'allow', apply, toClient: keep(answer.headers, onSuccess) });
      }
    });
  };
}

function orAlways(test: HeaderTest): HeaderTest {
  return (name) => DENIAL_HEADERS.has(name) || test(name);
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
