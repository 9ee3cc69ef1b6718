import type { StringMatcher } from '../envoy/resources.ts';
import { HTTP_RBAC, NETWORK_RBAC, SECURITY_TYPE_URLS, SHADOW_POLICY_ID } from '../envoy/security-filters.ts';
import type { ExtAuthzFilter, GrpcServiceRef, ListStringMatcher, NetworkExtAuthzFilter } from '../envoy/security-filters.ts';
import { serviceFqdn } from '../resources/host-name.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { outboundClusterName } from './cluster-name.ts';
import { STATUS_CODE_NAMES } from './http-status-names.ts';
import type { ExtAuthzHttpProvider, ExtAuthzService, ExtensionProvider } from './mesh-providers.ts';
import type { MeshSnapshot } from './mesh-snapshot.ts';
import { protoDuration } from './proto-duration.ts';

/** A service as providers name it. */
export interface NamedService {
  readonly hostname: string;
  readonly namespace: string;
}
/** The filters that ask one provider; `tcp` is absent for a provider that only speaks HTTP. */
export interface ExternalAuthorizer {
  readonly http: ExtAuthzFilter;
  readonly tcp?: NetworkExtAuthzFilter;
}
/** Why a provider cannot be asked, for its owner to read. */
export interface UnusableProvider {
  readonly problem: string;
}

/** Under this name RBAC notes which CUSTOM rule matched, with the effect's key after it. */
export const CUSTOM_STAT_PREFIX = 'istio_ext_authz_';
/** With what the names of CUSTOM rules begin. */
export const CUSTOM_RULE_PREFIX = 'istio-ext-authz';
const DEFAULT_TIMEOUT = '600s';

/**
 * The filters that ask a provider of MeshConfig, or why there are none: it is not there, named twice, or one of its fields is
 * wrong (then everything that would ask it is denied). Source: istiod pilot/pkg/security/authz/builder/extauthz.go.
 */
export function externalAuthorizer(name: string, providers: readonly ExtensionProvider[], services: readonly NamedService[]): ExternalAuthorizer | UnusableProvider {
  const named = providers.filter((provider) => provider.name === name && (provider.envoyExtAuthzHttp ?? provider.envoyExtAuthzGrpc) !== undefined);
  const provider = named.at(-1);
  if (name === '' || provider === undefined) return { problem: `MeshConfig has no external authorizer "${name}" among its extensionProviders` };
  const service: ExtAuthzService = provider.envoyExtAuthzHttp ?? provider.envoyExtAuthzGrpc ?? {};
  const destination = lookUpService(service, services);
  const problems = [
    ...(named.length > 1 ? [`the name ${name} is used twice`] : []),
    ...nameProblems(name),
    ...('problem' in destination ? [destination.problem] : []),
    ...statusProblems(service.statusOnError),
    ...(provider.envoyExtAuthzHttp === undefined ? [] : httpProblems(provider.envoyExtAuthzHttp)),
  ];
  if (problems.length > 0 || 'problem' in destination) return { problem: `provider ${name}: ${problems.join('; ')}` };
  return provider.envoyExtAuthzHttp === undefined ? grpcAuthorizer(name, service, destination) : { http: httpAuthorizer(name, provider.envoyExtAuthzHttp, destination) };
}

/** The services of a snapshot by name, for those who have no registry at hand. */
export function namedServices({ services = [], serviceEntries = [] }: Partial<Pick<MeshSnapshot, 'services' | 'serviceEntries'>>): NamedService[] {
  return [
    ...services.map((service) => ({ hostname: serviceFqdn(service.metadata.name, namespaceOf(service)), namespace: namespaceOf(service) })),
    ...serviceEntries.flatMap((entry) => (entry.spec?.hosts ?? []).map((hostname) => ({ hostname: hostname.toLowerCase(), namespace: namespaceOf(entry) }))),
  ];
}

interface Destination {
  readonly hostname: string;
  readonly cluster: string;
}

/** `[namespace/]host` among the services of the mesh; a bare host must be of one namespace only. Source: istiod's LookupCluster. */
function lookUpService({ service = '', port = 0 }: ExtAuthzService, services: readonly NamedService[]): Destination | UnusableProvider {
  if (!(port >= 1 && port <= 65_535)) return { problem: `port must be from 1 to 65535, not ${port}` };
  if (service === '') return { problem: 'service must not be empty' };
  const [first = '', second] = service.split('/');
  const claims = services.filter(({ hostname, namespace }) => (second === undefined ? hostname === first : hostname === second && namespace === first));
  const namespaces = new Set(claims.map(({ namespace }) => namespace));
  const [found] = claims;
  if (found === undefined) return { problem: `there is no service ${service}` };
  if (namespaces.size > 1) return { problem: `service ${service} is in the namespaces ${[...namespaces].join(', ')}: write NAMESPACE/${service}` };
  return { hostname: found.hostname, cluster: outboundClusterName(port, '', found.hostname) };
}

function nameProblems(name: string): string[] {
  return name.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) ? [] : ['its name must be up to 63 lower-case letters, digits and hyphens, with no hyphen at an end'];
}

function statusProblems(status: string | undefined): string[] {
  if (status === undefined || status === '') return [];
  return /^[+-]?\d+$/.test(status) && STATUS_CODE_NAMES[Number(status)] !== undefined ? [] : [`statusOnError ${status} is not an HTTP status`];
}

function httpProblems(config: ExtAuthzHttpProvider): string[] {
  const lists = { includeRequestHeadersInCheck: config.includeRequestHeadersInCheck, includeHeadersInCheck: config.includeHeadersInCheck, headersToDownstreamOnDeny: config.headersToDownstreamOnDeny, headersToDownstreamOnAllow: config.headersToDownstreamOnAllow, headersToUpstreamOnAllow: config.headersToUpstreamOnAllow };
  const stars = Object.entries(lists).flatMap(([field, values]) => (values?.includes('*') === true ? [`${field}: * alone is not supported, only as a prefix or suffix`] : []));
  const prefix = config.pathPrefix ?? '';
  return prefix === '' || prefix.startsWith('/') ? stars : [`pathPrefix must begin with a slash, unlike ${prefix}`, ...stars];
}

function httpAuthorizer(provider: string, config: ExtAuthzHttpProvider, { hostname, cluster }: Destination): ExtAuthzFilter {
  const headersToAdd = Object.entries(config.includeAdditionalHeadersInCheck ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value }));
  const allowedHeaders = headerMatchers(config.includeRequestHeadersInCheck) ?? headerMatchers(config.includeHeadersInCheck);
  const toUpstream = headerMatchers(config.headersToUpstreamOnAllow);
  const onDeny = headerMatchers(config.headersToDownstreamOnDeny);
  const onAllow = headerMatchers(config.headersToDownstreamOnAllow);
  const answers = { ...(toUpstream && { allowedUpstreamHeaders: toUpstream }), ...(onDeny && { allowedClientHeaders: onDeny }), ...(onAllow && { allowedClientHeadersOnSuccess: onAllow }) };
  return {
    '@type': SECURITY_TYPE_URLS.extAuthz,
    httpService: {
      serverUri: { uri: `http://${hostname}`, cluster, timeout: protoDuration(config.timeout) ?? DEFAULT_TIMEOUT },
      ...(config.pathPrefix === undefined || config.pathPrefix === '' ? undefined : { pathPrefix: config.pathPrefix }),
      ...(headersToAdd.length === 0 ? undefined : { authorizationRequest: { headersToAdd } }),
      ...(Object.keys(answers).length === 0 ? undefined : { authorizationResponse: answers }),
    },
    ...commonFields(provider, config),
    ...(allowedHeaders === undefined ? undefined : { allowedHeaders }),
  };
}

function grpcAuthorizer(provider: string, config: ExtAuthzService, { hostname, cluster }: Destination): ExternalAuthorizer {
  const grpcService: GrpcServiceRef = { envoyGrpc: { clusterName: cluster, authority: hostname }, timeout: protoDuration(config.timeout) ?? DEFAULT_TIMEOUT };
  return {
    http: { '@type': SECURITY_TYPE_URLS.extAuthz, grpcService, ...commonFields(provider, config) },
    tcp: {
      '@type': SECURITY_TYPE_URLS.networkExtAuthz,
      statPrefix: 'tcp.',
      grpcService,
      ...(config.failOpen === true ? { failureModeAllow: true } : undefined),
      transportApiVersion: 'V3',
      filterEnabledMetadata: matchedRuleOf(NETWORK_RBAC, provider),
    },
  };
}

function commonFields(provider: string, config: ExtAuthzService): Omit<ExtAuthzFilter, '@type'> {
  const code = config.statusOnError === undefined || config.statusOnError === '' ? undefined : STATUS_CODE_NAMES[Number(config.statusOnError)];
  const body = config.includeRequestBodyInCheck;
  return {
    transportApiVersion: 'V3',
    ...(config.failOpen === true ? { failureModeAllow: true } : undefined),
    ...(code === undefined ? undefined : { statusOnError: { code } }),
    filterEnabledMetadata: matchedRuleOf(HTTP_RBAC, provider),
    ...(body === undefined ? undefined : { withRequestBody: { ...(body.maxRequestBytes === undefined ? undefined : { maxRequestBytes: body.maxRequestBytes }), ...(body.allowPartialMessage === true ? { allowPartialMessage: true } : undefined), ...(body.packAsBytes === true ? { packAsBytes: true } : undefined) } }),
  };
}

/** Only requests that a CUSTOM rule of this provider matched are asked about. */
function matchedRuleOf(filter: string, provider: string): NonNullable<ExtAuthzFilter['filterEnabledMetadata']> {
  return { filter, path: [{ key: `${CUSTOM_STAT_PREFIX}${SHADOW_POLICY_ID}` }], value: { stringMatch: { prefix: `${CUSTOM_RULE_PREFIX}-${provider}` } } };
}

/** `Name`, `prefix*` or `*suffix`, in any case; undefined for none. */
function headerMatchers(names: readonly string[] | undefined): ListStringMatcher | undefined {
  if (names === undefined || names.length === 0) return undefined;
  return { patterns: names.map((name): StringMatcher => (name.startsWith('*') ? { suffix: name.slice(1), ignoreCase: true } : name.endsWith('*') ? { prefix: name.slice(0, -1), ignoreCase: true } : { exact: name, ignoreCase: true })) };
}
