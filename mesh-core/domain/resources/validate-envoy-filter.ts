import type { EnvoyConfigPatch, EnvoyFilterSpec } from './envoy-filter.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { checkLabelsSelector } from './rules/label-rules.ts';
import { regexProblem } from './rules/regex-rules.ts';

/**
 * istiod's rules for an EnvoyFilter, but for one: that each value fits Envoy's proto is not checked here. Source:
 * istio/istio pkg/config/validation/envoyfilter.
 */
export function validateEnvoyFilter(spec: EnvoyFilterSpec, issues: IssueSink): void {
  issues.warn('spec', 'EnvoyFilter exposes internal implementation details that may change at any time. Prefer other APIs if possible, and exercise extreme caution, especially around upgrades.', { expected: 'another kind', code: 'IST0133' });
  if (!checkLabelsSelector(spec.workloadSelector, 'Envoy filter', issues)) return;
  for (const [index, patch] of (spec.configPatches ?? []).entries()) checkPatch(patch, joinPath('spec.configPatches', index), issues);
}

interface Filter {
  readonly name?: string;
  readonly subFilter?: { readonly name?: string };
}
interface Match {
  readonly context?: string;
  readonly proxy?: { readonly proxyVersion?: string };
  readonly listener?: { readonly filterChain?: { readonly filter?: Filter } };
  readonly routeConfiguration?: unknown;
  readonly cluster?: unknown;
  readonly waypoint?: unknown;
}
const LISTENER_CLASS = ['LISTENER', 'FILTER_CHAIN', 'NETWORK_FILTER', 'HTTP_FILTER'];
const ROUTE_CLASS = ['ROUTE_CONFIGURATION', 'VIRTUAL_HOST', 'HTTP_ROUTE'];
/** Objects that Envoy only takes with the type of their configuration. */
const TYPED = ['NETWORK_FILTER', 'HTTP_FILTER', 'LISTENER_FILTER', 'EXTENSION_CONFIG'];
const MAX_VERSION_LENGTH = 1024;

function checkPatch({ applyTo = 'INVALID', match: given, patch }: EnvoyConfigPatch, path: string, issues: IssueSink): void {
  // Safe: the schema of the kind has these fields.
  const match = given as Match | undefined;
  if (match?.context === 'WAYPOINT') return;
  if (applyTo === 'INVALID') return issues.error(`${path}.applyTo`, 'Envoy filter: missing applyTo', { expected: 'such as HTTP_FILTER' });
  if (patch === undefined) return issues.error(`${path}.patch`, 'Envoy filter: missing patch', { expected: 'patch' });
  const { operation = 'INVALID', value } = patch;
  if (operation === 'INVALID') return issues.error(`${path}.patch.operation`, 'Envoy filter: missing patch operation', { expected: 'such as MERGE' });
  if (operation !== 'REMOVE' && value === undefined) return issues.error(`${path}.patch.value`, 'Envoy filter: missing patch value for non-remove operation', { expected: 'value' });
  const version = match?.proxy?.proxyVersion ?? '';
  if (version.length > MAX_VERSION_LENGTH) issues.warn(`${path}.match.proxy.proxyVersion`, `Envoy filter: proxyVersion match exceeds ${MAX_VERSION_LENGTH} characters and will be ignored`, { expected: 'a shorter expression', code: 'IST0133' });
  else if (regexProblem(version) !== undefined) return issues.error(`${path}.match.proxy.proxyVersion`, `Envoy filter: invalid regex for proxy version, [${regexProblem(version)}]`, { expected: 'an RE2 expression' });
  if (!checkMatch(applyTo, match, `${path}.match`, issues)) return;
  if (value !== undefined) checkValue(applyTo, value, `${path}.patch.value`, issues);
}

/** Does the match fit what is patched? Says no where Istio stops looking at the patch. */
function checkMatch(applyTo: string, match: Match | undefined, path: string, issues: IssueSink): boolean {
  const matched = (['listener', 'routeConfiguration', 'cluster', 'waypoint'] as const).find((field) => match?.[field] !== undefined);
  if (matched === undefined) return true;
  if (LISTENER_CLASS.includes(applyTo)) {
    if (matched === 'listener') return checkFilterMatch(applyTo, match?.listener?.filterChain?.filter, `${path}.listener.filterChain.filter`, issues);
    issues.error(path, 'Envoy filter: applyTo for listener class objects cannot have non listener match', { expected: 'match.listener' });
    return false;
  }
  if (ROUTE_CLASS.includes(applyTo) && matched !== 'routeConfiguration') issues.error(path, 'Envoy filter: applyTo for http route class objects cannot have non route configuration match', { expected: 'match.routeConfiguration' });
  if (applyTo === 'CLUSTER' && matched !== 'cluster') issues.error(path, 'Envoy filter: applyTo for cluster class objects cannot have non cluster match', { expected: 'match.cluster' });
  return true;
}

const HTTP_MANAGER = 'envoy.filters.network.http_connection_manager';

function checkFilterMatch(applyTo: string, filter: Filter | undefined, path: string, issues: IssueSink): boolean {
  if (filter === undefined) return true;
  if (applyTo === 'LISTENER' || applyTo === 'FILTER_CHAIN') issues.warn(path, `Envoy filter: filter match has no effect when used with ${applyTo}`, { expected: 'leave it out', code: 'IST0133' });
  const { name = '', subFilter } = filter;
  const problem = filterProblem(applyTo, name, subFilter);
  if (problem !== undefined) issues.error(path, `Envoy filter: ${problem}`, { expected: 'names of filters' });
  if (problem !== undefined) return false;
  for (const [place, used] of [[`${path}.name`, name], [`${path}.subFilter.name`, subFilter?.name ?? '']] as const) {
    const canonical = Object.hasOwn(RENAMED, used) ? RENAMED[used] : undefined;
    if (canonical !== undefined) issues.warn(place, `using deprecated filter name ${JSON.stringify(used)}; use ${JSON.stringify(canonical)} instead`, { expected: canonical, code: 'IST0133' });
  }
  return true;
}

function filterProblem(applyTo: string, name: string, subFilter: Filter['subFilter']): string | undefined {
  if (name === '') return 'filter match has no name to match on';
  if (subFilter === undefined) return undefined;
  if (applyTo !== 'HTTP_FILTER') return 'subfilter match can be used with applyTo HTTP_FILTER only';
  if (name !== HTTP_MANAGER && name !== 'envoy.http_connection_manager') return `subfilter match requires filter match with ${HTTP_MANAGER}`;
  return (subFilter.name ?? '') === '' ? 'subfilter match has no name to match on' : undefined;
}

function checkValue(applyTo: string, value: unknown, path: string, issues: IssueSink): void {
  if (JSON.stringify(value).includes('.api.v2.')) issues.error(path, 'referenced type unknown (hint: try using the v3 XDS API)', { expected: 'types of the v3 API' });
  const fields = value as Readonly<Record<string, unknown>>;
  if (TYPED.includes(applyTo) && ['typed_config', 'typedConfig', 'config_discovery', 'configDiscovery'].every((field) => fields[field] === undefined)) {
    issues.warn(path, `using deprecated types by name without typed_config; ${typeof fields['name'] === 'string' ? fields['name'] : ''}`, { expected: 'typed_config', code: 'IST0133' });
  }
}

/** Old names of Envoy's filters → today's. Source: Envoy's table of renamed extensions. */
const RENAMED: Readonly<Record<string, string>> = {
  ...renamed('http', 'buffer cors csrf fault grpc_http1_bridge grpc_json_transcoder grpc_web gzip health_check ip_tagging lua router squash'),
  ...renamed('network', 'client_ssl_auth ext_authz http_connection_manager mongo_proxy ratelimit redis_proxy tcp_proxy'),
  'envoy.http_dynamo_filter': 'envoy.filters.http.dynamo',
  'envoy.rate_limit': 'envoy.filters.http.ratelimit',
  ...Object.fromEntries(['http_inspector', 'original_dst', 'original_src', 'proxy_protocol', 'tls_inspector'].map((name) => [`envoy.listener.${name}`, `envoy.filters.listener.${name}`])),
};

function renamed(kind: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [`envoy.${name}`, `envoy.filters.${kind}.${name}`]));
}
