import type { CircuitBreakerThresholds, ClusterOptions, CommonLbConfig, ListenerFilterPredicate, LocalOriginDetection } from './cluster-options.ts';
import type { RouteRateLimit } from './rate-limit.ts';
import type { AccessLogConfig, HcmTracing } from './telemetry.ts';
import type { FilterChainMatch } from './network-filters.ts';

/**
 * Envoy v3 resources as proto3 JSON (camelCase names, enums as names, Duration as "1.5s", wrappers as plain values,
 * Any as `{ '@type': 'type.googleapis.com/…', … }`). Only the fields this mesh emits or obeys are typed; the wire
 * codec (mesh-core/wire/xds) carries every field of the real protos.
 * Source: envoy api v3 (envoy.config.{listener,route,cluster,endpoint}.v3 and extensions).
 */
export const TYPE_URLS = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoint: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
  hcm: 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  rbac: 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC',
  rbacPerRoute: 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBACPerRoute',
  fault: 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
  cors: 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors',
  /** A route's CORS policy, under `envoy.filters.http.cors` of its typedPerFilterConfig. */
  corsPolicy: 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy',
  router: 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
  downstreamTls: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
  upstreamTls: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
  httpProtocolOptions: 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
  rawBuffer: 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
  uriTemplateMatch: 'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
  /** Istio's agent health report, sent as a DiscoveryRequest: errorDetail absent = healthy. */
  healthInformation: 'type.googleapis.com/istio.v1.HealthInformation',
} as const;

export type ResourceType = 'cluster' | 'endpoint' | 'listener' | 'route' | 'secret';
/** Push order of ADS, istiod's: clusters before what refers to them; secrets, which are asked for by name, last. */
export const PUSH_ORDER: readonly ResourceType[] = ['cluster', 'endpoint', 'listener', 'route', 'secret'];

export interface SocketAddress { readonly address: string; readonly portValue: number }
export interface Address { readonly socketAddress: SocketAddress }
export interface Any { readonly '@type': string; readonly [field: string]: unknown }

export interface StringMatcher {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly contains?: string;
  readonly safeRegex?: { readonly regex: string };
  readonly ignoreCase?: boolean;
}
export interface HeaderMatcher {
  readonly name: string;
  readonly stringMatch?: StringMatcher;
  readonly presentMatch?: boolean;
  readonly invertMatch?: boolean;
  readonly treatMissingHeaderAsEmpty?: boolean;
}
export interface QueryParameterMatcher { readonly name: string; readonly stringMatch?: StringMatcher; readonly presentMatch?: boolean }
export interface RouteMatch {
  /** Exactly one of prefix, path, safeRegex, pathSeparatedPrefix. */
  readonly prefix?: string;
  readonly path?: string;
  readonly safeRegex?: { readonly regex: string };
  readonly pathSeparatedPrefix?: string;
  /** Matches CONNECT only. */
  readonly connectMatcher?: Readonly<Record<string, never>>;
  /** Absent = true. */
  readonly caseSensitive?: boolean;
  readonly headers?: readonly HeaderMatcher[];
  readonly queryParameters?: readonly QueryParameterMatcher[];
  /** Claims of a verified token. */
  readonly dynamicMetadata?: readonly MetadataMatcher[];
}
export interface HeaderValueOption {
  readonly header: { readonly key: string; readonly value: string };
  readonly appendAction?: 'APPEND_IF_EXISTS_OR_ADD' | 'ADD_IF_ABSENT' | 'OVERWRITE_IF_EXISTS_OR_ADD';
}
export interface HeaderMutations {
  readonly requestHeadersToAdd?: readonly HeaderValueOption[];
  readonly requestHeadersToRemove?: readonly string[];
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly responseHeadersToRemove?: readonly string[];
}
export interface WeightedCluster extends HeaderMutations { readonly name: string; readonly weight: number; readonly hostRewriteLiteral?: string }
export interface RetryPolicy {
  /** Comma separated, e.g. "connect-failure,refused-stream,5xx". */
  readonly retryOn?: string;
  readonly numRetries?: number;
  readonly perTryTimeout?: string;
  readonly retriableStatusCodes?: readonly number[];
  readonly retryBackOff?: { readonly baseInterval?: string; readonly maxInterval?: string };
  /** `envoy.retry_host_predicates.previous_hosts`: a retry avoids hosts that were already tried. */
  readonly retryHostPredicate?: readonly { readonly name: string; readonly typedConfig?: Any }[];
  readonly hostSelectionRetryMaxAttempts?: string;
  /** `envoy.retry_priorities.previous_priorities`: a retry goes on to places that were not tried. */
  readonly retryPriority?: { readonly name: string; readonly typedConfig?: Any };
}
export interface FractionalPercent { readonly numerator: number; readonly denominator?: 'HUNDRED' | 'TEN_THOUSAND' | 'MILLION' }
export interface RequestMirrorPolicy {
  readonly cluster: string;
  readonly runtimeFraction?: { readonly defaultValue: FractionalPercent };
  readonly traceSampled?: boolean;
  /** True: the copy keeps its Host. */
  readonly disableShadowHostSuffixAppend?: boolean;
}
/** What a consistent-hash balancer hashes; exactly one of the fields. */
export interface HashPolicy {
  readonly header?: { readonly headerName: string };
  readonly cookie?: { readonly name: string; readonly ttl?: string; readonly path?: string; readonly attributes?: readonly { readonly name: string; readonly value: string }[] };
  readonly connectionProperties?: { readonly sourceIp: boolean };
  readonly queryParameter?: { readonly name: string };
}
export interface RouteAction {
  readonly cluster?: string;
  readonly weightedClusters?: { readonly clusters: readonly WeightedCluster[] };
  /** "0s" = no limit (Istio's default). */
  readonly timeout?: string;
  /** How long a gRPC call may ask for in `grpc-timeout`, "0s" = as long as it likes; absent = it is not asked. */
  readonly maxGrpcTimeout?: string;
  readonly retryPolicy?: RetryPolicy;
  readonly prefixRewrite?: string;
  readonly regexRewrite?: { readonly pattern: { readonly regex: string }; readonly substitution: string };
  readonly hostRewriteLiteral?: string;
  readonly requestMirrorPolicies?: readonly RequestMirrorPolicy[];
  readonly hashPolicy?: readonly HashPolicy[];
  readonly rateLimits?: readonly RouteRateLimit[];
  /** `CONNECT` with connectConfig: the tunnel's bytes go to the cluster as TCP. */
  readonly upgradeConfigs?: readonly { readonly upgradeType: string; readonly connectConfig?: Readonly<Record<string, never>> }[];
  /** Answer when `cluster` does not exist; Istio leaves Envoy's default, 503. */
  readonly clusterNotFoundResponseCode?: 'SERVICE_UNAVAILABLE' | 'NOT_FOUND' | 'INTERNAL_SERVER_ERROR';
}
export interface HttpFault {
  readonly delay?: { readonly fixedDelay: string; readonly percentage: FractionalPercent };
  /** One of `httpStatus` and `grpcStatus`. */
  readonly abort?: { readonly httpStatus?: number; readonly grpcStatus?: number; readonly percentage: FractionalPercent };
}
export interface Route extends HeaderMutations {
  readonly name?: string;
  readonly match: RouteMatch;
  readonly route?: RouteAction;
  readonly redirect?: { readonly pathRedirect?: string; readonly prefixRewrite?: string; readonly hostRedirect?: string; readonly portRedirect?: number; readonly schemeRedirect?: string; readonly responseCode?: 'MOVED_PERMANENTLY' | 'FOUND' | 'SEE_OTHER' | 'TEMPORARY_REDIRECT' | 'PERMANENT_REDIRECT' };
  readonly directResponse?: { readonly status: number; readonly body?: { readonly inlineString?: string; readonly inlineBytes?: string } };
  /** Span name: `host:port/*`. */
  readonly decorator?: { readonly operation: string };
  /** Keyed by filter name; Istio puts a route's fault here under `envoy.filters.http.fault`. */
  readonly typedPerFilterConfig?: Readonly<Record<string, Any>>;
  /** `filterMetadata.istio.config` = the path of the VirtualService that made this route, as istiod writes it. */
  readonly metadata?: { readonly filterMetadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}
export interface VirtualHost { readonly name: string; readonly domains: readonly string[]; readonly routes: readonly Route[]; readonly requireTls?: 'NONE' | 'ALL'; readonly includeRequestAttemptCount?: boolean; readonly rateLimits?: readonly RouteRateLimit[]; readonly typedPerFilterConfig?: Readonly<Record<string, Any>> }
export interface RouteConfiguration { readonly name: string; readonly virtualHosts: readonly VirtualHost[]; readonly validateClusters?: boolean; readonly ignorePortInHostMatching?: boolean }

/** A route's CORS policy (envoy.extensions.filters.http.cors.v3.CorsPolicy). */
export interface CorsPolicy {
  readonly allowOriginStringMatch?: readonly StringMatcher[];
  /** Comma separated. */
  readonly allowMethods?: string;
  readonly allowHeaders?: string;
  readonly exposeHeaders?: string;
  /** Seconds, as text. */
  readonly maxAge?: string;
  readonly allowCredentials?: boolean;
  /** Absent = true: a preflight from another origin goes on to the app. */
  readonly forwardNotMatchingPreflights?: boolean;
}

export interface CidrRange { readonly addressPrefix: string; readonly prefixLen?: number }
/** Dynamic metadata (here: the claims of a JWT) compared with a value. */
export interface MetadataMatcher { readonly filter: string; readonly path: readonly { readonly key: string }[]; readonly value: ValueMatcher; readonly invert?: boolean }
export interface ValueMatcher {
  readonly stringMatch?: StringMatcher;
  readonly listMatch?: { readonly oneOf: ValueMatcher };
  readonly orMatch?: { readonly valueMatchers: readonly ValueMatcher[] };
}

/** envoy.config.rbac.v3, the subset Istio's policies compile to. */
export type Permission =
  | { readonly any: true }
  | { readonly andRules: { readonly rules: readonly Permission[] } }
  | { readonly orRules: { readonly rules: readonly Permission[] } }
  | { readonly notRule: Permission }
  | { readonly header: HeaderMatcher }
  | { readonly urlPath: { readonly path: StringMatcher } }
  | { readonly destinationIp: CidrRange }
  | { readonly requestedServerName: StringMatcher }
  | { readonly metadata: MetadataMatcher }
  | { readonly uriTemplate: { readonly name: string; readonly typedConfig: Any } }
  | { readonly destinationPort: number };
export type Principal =
  | { readonly any: true }
  | { readonly andIds: { readonly ids: readonly Principal[] } }
  | { readonly orIds: { readonly ids: readonly Principal[] } }
  | { readonly notId: Principal }
  | { readonly authenticated: { readonly principalName?: StringMatcher } }
  | { readonly directRemoteIp: CidrRange }
  | { readonly remoteIp: CidrRange }
  | { readonly metadata: MetadataMatcher }
  | { readonly header: HeaderMatcher };
export interface RbacPolicy { readonly permissions: readonly Permission[]; readonly principals: readonly Principal[] }
export interface RbacRules { readonly action: 'ALLOW' | 'DENY' | 'LOG'; readonly policies: Readonly<Record<string, RbacPolicy>> }
export interface RbacFilter { readonly '@type': string; readonly rules?: RbacRules; readonly shadowRules?: RbacRules; readonly shadowRulesStatPrefix?: string }

export interface HttpFilter { readonly name: string; readonly typedConfig: Any }
export interface HttpConnectionManager {
  readonly '@type': string;
  readonly statPrefix: string;
  readonly routeConfig?: RouteConfiguration;
  readonly rds?: { readonly routeConfigName: string; readonly configSource: { readonly ads: Record<string, never>; readonly resourceApiVersion?: 'V3' } };
  readonly httpFilters: readonly HttpFilter[];
  readonly forwardClientCertDetails?: 'SANITIZE' | 'APPEND_FORWARD' | 'SANITIZE_SET';
  readonly setCurrentClientCertDetails?: { readonly subject?: boolean; readonly dns?: boolean; readonly uri?: boolean };
  readonly useRemoteAddress?: boolean;
  /** RFC 3986 dot segments and backslashes are resolved before anything looks at the path. */
  readonly normalizePath?: boolean;
  /** `//` becomes `/`. */
  readonly mergeSlashes?: boolean;
  /** What becomes of `%2F` and `%5C`; absent or the first = they stay. */
  readonly pathWithEscapedSlashesAction?: 'KEEP_UNCHANGED' | 'UNESCAPE_AND_FORWARD';
  readonly upgradeConfigs?: readonly { readonly upgradeType: string }[];
  /** Absent = no spans. */
  readonly tracing?: HcmTracing;
  readonly accessLog?: readonly AccessLogConfig[];
  /** Absent = AUTO: by ALPN, else by the first bytes. */
  readonly codecType?: 'AUTO' | 'HTTP1' | 'HTTP2';
  readonly http2ProtocolOptions?: { readonly maxConcurrentStreams?: number };
  /** Without activity on a request; absent = 5 minutes, `0s` = no limit. */
  readonly streamIdleTimeout?: string;
  /** For the head of a request once it has begun. */
  readonly requestHeadersTimeout?: string;
  readonly commonHttpProtocolOptions?: { readonly idleTimeout?: string; readonly maxRequestsPerConnection?: number; readonly headersWithUnderscoresAction?: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER' };
  /** Keeps the request id that a client outside sends. */
  readonly preserveExternalRequestId?: boolean;
}
export interface DataSource { readonly filename?: string; readonly inlineString?: string; readonly inlineBytes?: string }
export interface SubjectAltNameMatcher { readonly sanType: 'URI' | 'DNS' | 'EMAIL' | 'IP_ADDRESS'; readonly matcher: StringMatcher }
/** How the peer's certificate is judged, beside the roots that come by SDS. */
export interface CertificateValidation {
  readonly trustedCa?: DataSource;
  /** Certificates that are taken back. */
  readonly crl?: DataSource;
  readonly matchTypedSubjectAltNames?: readonly SubjectAltNameMatcher[];
  /** SHA-256 of a certificate in hex, with or without colons. */
  readonly verifyCertificateHash?: readonly string[];
  /** Base64 of the SHA-256 of a public key. */
  readonly verifyCertificateSpki?: readonly string[];
}
export type TlsProtocol = 'TLS_AUTO' | 'TLSv1_0' | 'TLSv1_1' | 'TLSv1_2' | 'TLSv1_3';
export interface TlsContext {
  readonly '@type': string;
  readonly commonTlsContext: {
    readonly tlsParams?: { readonly tlsMinimumProtocolVersion?: TlsProtocol; readonly tlsMaximumProtocolVersion?: TlsProtocol; readonly cipherSuites?: readonly string[] };
    readonly alpnProtocols?: readonly string[];
    /** Certificates in files of the proxy's machine, or in the configuration itself. */
    readonly tlsCertificates?: readonly { readonly certificateChain: DataSource; readonly privateKey: DataSource }[];
    /** SDS name `default` = this workload's own certificate; the proxy holds it from its CSR. */
    readonly tlsCertificateSdsSecretConfigs?: readonly { readonly name: string }[];
    readonly combinedValidationContext?: {
      readonly defaultValidationContext: CertificateValidation;
      readonly validationContextSdsSecretConfig: { readonly name: string };
    };
    readonly validationContext?: CertificateValidation;
    readonly validationContextSdsSecretConfig?: { readonly name: string };
  };
  readonly requireClientCertificate?: boolean;
  readonly sni?: string;
}
export interface TransportSocket { readonly name: string; readonly typedConfig: Any }
/** A filter of a filter chain: it sees the connection's bytes. */
export interface NetworkFilter { readonly name: string; readonly typedConfig: Any }
export interface FilterChain {
  readonly name?: string;
  readonly filterChainMatch?: FilterChainMatch | undefined;
  readonly filters: readonly NetworkFilter[];
  readonly transportSocket?: TransportSocket;
}
export interface Listener {
  readonly name: string;
  readonly address: Address;
  readonly trafficDirection: 'INBOUND' | 'OUTBOUND' | 'UNSPECIFIED';
  readonly filterChains: readonly FilterChain[];
  /** Takes the connections that no filter chain takes. */
  readonly defaultFilterChain?: FilterChain;
  readonly listenerFilters?: readonly { readonly name: string; readonly typedConfig?: Any; readonly filterDisabled?: ListenerFilterPredicate }[];
  /** How long the listener filters wait for a connection's first bytes; absent = 15 s, "0s" = for ever. */
  readonly listenerFiltersTimeout?: string;
  /** After that time: go on with what is known (true) or close the connection. */
  readonly continueOnListenerFiltersTimeout?: boolean;
  /** False = nothing is bound: another listener hands its connections over (interception). */
  readonly bindToPort?: boolean;
  /** Hands captured connections to the listener of their original destination. */
  readonly useOriginalDst?: boolean;
}
export interface OutlierDetection extends LocalOriginDetection {
  readonly consecutive5xx?: number;
  readonly enforcingConsecutive5xx?: number;
  readonly consecutiveGatewayFailure?: number;
  readonly enforcingConsecutiveGatewayFailure?: number;
  readonly enforcingSuccessRate?: number;
  /** Share of failures (0..100) above which a host with enough requests is ejected: what gRPC knows. */
  readonly failurePercentageThreshold?: number;
  readonly enforcingFailurePercentage?: number;
  readonly failurePercentageMinimumHosts?: number;
  readonly failurePercentageRequestVolume?: number;
  readonly interval?: string;
  readonly baseEjectionTime?: string;
  readonly maxEjectionPercent?: number;
}
export interface Cluster extends ClusterOptions {
  readonly name: string;
  /** Absent: `clusterType` says it. */
  readonly type?: 'EDS' | 'STATIC' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'ORIGINAL_DST';
  readonly edsClusterConfig?: { readonly serviceName?: string; readonly edsConfig: { readonly ads: Record<string, never>; readonly resourceApiVersion?: 'V3' } };
  readonly loadAssignment?: ClusterLoadAssignment;
  readonly connectTimeout?: string;
  readonly lbPolicy?: 'ROUND_ROBIN' | 'LEAST_REQUEST' | 'RANDOM' | 'RING_HASH' | 'MAGLEV' | 'CLUSTER_PROVIDED';
  readonly circuitBreakers?: { readonly thresholds: readonly CircuitBreakerThresholds[] };
  readonly outlierDetection?: OutlierDetection;
  readonly commonLbConfig?: CommonLbConfig;
  /** Keyed by extension name; `envoy.extensions.upstreams.http.v3.HttpProtocolOptions` holds idle time and requests per connection. */
  readonly typedExtensionProtocolOptions?: Readonly<Record<string, Any>>;
  readonly transportSocket?: TransportSocket;
  /** Auto mTLS: endpoints whose metadata says tlsMode=istio get the TLS socket, others plaintext. */
  readonly transportSocketMatches?: readonly { readonly name: string; readonly match: Readonly<Record<string, string>>; readonly transportSocket: TransportSocket }[];
  /** `filterMetadata.istio` = {services: [{host, name, namespace}], config?, subset?}: the identity that telemetry reports. */
  readonly metadata?: { readonly filterMetadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}
export interface LbEndpoint {
  readonly endpoint: { readonly address: Address; readonly hostname?: string };
  readonly healthStatus?: 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'UNKNOWN';
  readonly loadBalancingWeight?: number;
  /** `filterMetadata['envoy.transport_socket_match']`.tlsMode = istio; `filterMetadata.istio.workload` = "name;namespace;canonical;revision;cluster". */
  readonly metadata?: { readonly filterMetadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}
export interface ClusterLoadAssignment { readonly clusterName: string; readonly endpoints: readonly { readonly lbEndpoints: readonly LbEndpoint[]; readonly loadBalancingWeight?: number; readonly locality?: { readonly region?: string; readonly zone?: string; readonly subZone?: string }; readonly priority?: number }[] }

/** Everything one proxy is sent. Arrays are sorted by name so that equal configuration is equal bytes. */
export interface ProxyConfiguration {
  readonly cluster: readonly Cluster[];
  readonly endpoint: readonly ClusterLoadAssignment[];
  readonly listener: readonly Listener[];
  readonly route: readonly RouteConfiguration[];
}
