/**
 * The kinds this control plane serves: the one table that the API server, the CLI, the config cache and the
 * editors read. To add a kind, add a row here, its spec type and its schema (see CONTRIBUTING).
 */
export interface KindInfo {
  readonly kind: string;
  /** Unique among all kinds: the kind's name, but `K8sGateway` for Gateway API's Gateway, whose name Istio's has too. */
  readonly id: string;
  /** '' is the core group (`/api/v1`). */
  readonly group: string;
  /** Storage version first; all served versions share one schema, as in Istio. */
  readonly versions: readonly [string, ...string[]];
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** Does a change of this kind change what proxies are sent? */
  readonly affectsMesh: boolean;
  /** Only the Kubernetes API serves it: the console neither watches nor lists it (it holds secrets, or is bookkeeping). */
  readonly apiOnly?: true;
}

const core = { group: '', versions: ['v1'], namespaced: true } as const;
const istioNetworking = { group: 'networking.istio.io', versions: ['v1', 'v1beta1', 'v1alpha3'], namespaced: true, affectsMesh: true } as const;
const istioSecurity = { group: 'security.istio.io', versions: ['v1', 'v1beta1'], namespaced: true, affectsMesh: true } as const;
const istioExtensions = { group: 'extensions.istio.io', versions: ['v1alpha1'], namespaced: true, affectsMesh: false } as const;
const gatewayApi = { group: 'gateway.networking.k8s.io', versions: ['v1', 'v1beta1'], namespaced: true, affectsMesh: true } as const;
const rbac = { group: 'rbac.authorization.k8s.io', versions: ['v1'], affectsMesh: false, shortNames: [], apiOnly: true } as const;

const ROWS: readonly (Omit<KindInfo, 'id'> & { readonly id?: string })[] = [
  { ...core, kind: 'Namespace', plural: 'namespaces', singular: 'namespace', shortNames: ['ns'], namespaced: false, affectsMesh: true },
  { ...core, kind: 'Service', plural: 'services', singular: 'service', shortNames: ['svc'], affectsMesh: true },
  { ...core, kind: 'ConfigMap', plural: 'configmaps', singular: 'configmap', shortNames: ['cm'], affectsMesh: false },
  { ...core, kind: 'Secret', plural: 'secrets', singular: 'secret', shortNames: [], affectsMesh: true, apiOnly: true },
  { ...core, kind: 'ServiceAccount', plural: 'serviceaccounts', singular: 'serviceaccount', shortNames: ['sa'], affectsMesh: false, apiOnly: true },
  { ...core, kind: 'Event', plural: 'events', singular: 'event', shortNames: ['ev'], affectsMesh: false },
  { kind: 'Lease', group: 'coordination.k8s.io', versions: ['v1'], plural: 'leases', singular: 'lease', shortNames: [], namespaced: true, affectsMesh: false, apiOnly: true },
  { ...rbac, kind: 'Role', plural: 'roles', singular: 'role', namespaced: true },
  { ...rbac, kind: 'RoleBinding', plural: 'rolebindings', singular: 'rolebinding', namespaced: true },
  { ...rbac, kind: 'ClusterRole', plural: 'clusterroles', singular: 'clusterrole', namespaced: false },
  { ...rbac, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', singular: 'clusterrolebinding', namespaced: false },
  { ...istioNetworking, kind: 'WorkloadEntry', plural: 'workloadentries', singular: 'workloadentry', shortNames: ['we'] },
  { ...istioNetworking, kind: 'WorkloadGroup', plural: 'workloadgroups', singular: 'workloadgroup', shortNames: ['wg'] },
  { ...istioNetworking, kind: 'VirtualService', plural: 'virtualservices', singular: 'virtualservice', shortNames: ['vs'] },
  { ...istioNetworking, kind: 'DestinationRule', plural: 'destinationrules', singular: 'destinationrule', shortNames: ['dr'] },
  { ...istioNetworking, kind: 'Gateway', plural: 'gateways', singular: 'gateway', shortNames: ['gw'] },
  { ...istioNetworking, kind: 'ServiceEntry', plural: 'serviceentries', singular: 'serviceentry', shortNames: ['se'] },
  { ...istioNetworking, kind: 'Sidecar', plural: 'sidecars', singular: 'sidecar', shortNames: [] },
  { ...istioNetworking, kind: 'EnvoyFilter', versions: ['v1alpha3'], plural: 'envoyfilters', singular: 'envoyfilter', shortNames: [] },
  { ...istioNetworking, kind: 'ProxyConfig', versions: ['v1beta1'], plural: 'proxyconfigs', singular: 'proxyconfig', shortNames: [] },
  { ...istioSecurity, kind: 'AuthorizationPolicy', plural: 'authorizationpolicies', singular: 'authorizationpolicy', shortNames: ['ap'] },
  { ...istioSecurity, kind: 'PeerAuthentication', plural: 'peerauthentications', singular: 'peerauthentication', shortNames: ['pa'] },
  { ...istioSecurity, kind: 'RequestAuthentication', plural: 'requestauthentications', singular: 'requestauthentication', shortNames: ['ra'] },
  { kind: 'Telemetry', group: 'telemetry.istio.io', versions: ['v1', 'v1alpha1'], plural: 'telemetries', singular: 'telemetry', shortNames: [], namespaced: true, affectsMesh: true },
  { ...istioExtensions, kind: 'WasmPlugin', plural: 'wasmplugins', singular: 'wasmplugin', shortNames: [] },
  { ...istioExtensions, kind: 'TrafficExtension', plural: 'trafficextensions', singular: 'trafficextension', shortNames: [] },
  { ...gatewayApi, kind: 'Gateway', id: 'K8sGateway', plural: 'gateways', singular: 'gateway', shortNames: ['gtw'] },
  { ...gatewayApi, kind: 'GatewayClass', plural: 'gatewayclasses', singular: 'gatewayclass', shortNames: ['gc'], namespaced: false },
  { ...gatewayApi, kind: 'HTTPRoute', plural: 'httproutes', singular: 'httproute', shortNames: [] },
  { ...gatewayApi, kind: 'GRPCRoute', versions: ['v1'], plural: 'grpcroutes', singular: 'grpcroute', shortNames: [] },
  { ...gatewayApi, kind: 'TLSRoute', versions: ['v1', 'v1alpha3', 'v1alpha2'], plural: 'tlsroutes', singular: 'tlsroute', shortNames: [] },
  { ...gatewayApi, kind: 'TCPRoute', versions: ['v1', 'v1alpha2'], plural: 'tcproutes', singular: 'tcproute', shortNames: [] },
  { ...gatewayApi, kind: 'ListenerSet', versions: ['v1'], plural: 'listenersets', singular: 'listenerset', shortNames: ['lset'] },
  { ...gatewayApi, kind: 'BackendTLSPolicy', versions: ['v1', 'v1alpha3'], plural: 'backendtlspolicies', singular: 'backendtlspolicy', shortNames: ['btlspolicy'] },
  { ...gatewayApi, kind: 'ReferenceGrant', plural: 'referencegrants', singular: 'referencegrant', shortNames: ['refgrant'] },
  { kind: 'CanaryRollout', group: 'binnacle.dev', versions: ['v1'], plural: 'canaryrollouts', singular: 'canaryrollout', shortNames: ['cr', 'rollout'], namespaced: true, affectsMesh: false },
  { kind: 'RateLimitPolicy', group: 'binnacle.dev', versions: ['v1'], plural: 'ratelimitpolicies', singular: 'ratelimitpolicy', shortNames: ['rlp'], namespaced: true, affectsMesh: true },
  { kind: 'PrometheusRule', group: 'monitoring.coreos.com', versions: ['v1'], plural: 'prometheusrules', singular: 'prometheusrule', shortNames: ['promrule'], namespaced: true, affectsMesh: false },
];

export const KINDS: readonly KindInfo[] = ROWS.map((row) => ({ ...row, id: row.id ?? row.kind }));

/** The kinds that the console watches, lists and edits. */
export const CONSOLE_KINDS: readonly KindInfo[] = KINDS.filter((kind) => kind.apiOnly !== true);

/** Looks a kind up by its name (`VirtualService`) within an `apiVersion` (`networking.istio.io/v1`, or `v1`). */
export function kindByApiVersion(apiVersion: string, kind: string): KindInfo | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  const version = slash === -1 ? apiVersion : apiVersion.slice(slash + 1);
  return KINDS.find((k) => k.kind === kind && k.group === group && k.versions.includes(version));
}

/**
 * Looks a kind up by the words a person types: kind, id, plural, singular or short name, in any case, or `plural.group`
 * as kubectl has it. `gateway` alone is Istio's.
 */
export function kindByWord(word: string): KindInfo | undefined {
  const w = word.toLowerCase();
  return KINDS.find((k) => k.id.toLowerCase() === w || k.plural === w || k.singular === w || k.shortNames.includes(w) || (k.group !== '' && w === `${k.plural}.${k.group}`));
}

/** A kind that the code itself works with, by its id. Throws TypeError for one that the table of kinds lacks: a defect. */
export function servedKind(id: string): KindInfo {
  const kind = KINDS.find((candidate) => candidate.id === id);
  if (kind === undefined) throw new TypeError(`The table of kinds has no ${id}.`);
  return kind;
}

/** The `apiVersion` of a kind's storage version. */
export function apiVersionOf(kind: KindInfo): string {
  return kind.group === '' ? kind.versions[0] : `${kind.group}/${kind.versions[0]}`;
}

/** The REST path of a kind's collection: `/apis/networking.istio.io/v1/namespaces/shop/virtualservices`. */
export function collectionPath(kind: KindInfo, namespace?: string): string {
  const root = kind.group === '' ? `/api/${kind.versions[0]}` : `/apis/${kind.group}/${kind.versions[0]}`;
  return namespace !== undefined && kind.namespaced ? `${root}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}` : `${root}/${kind.plural}`;
}
