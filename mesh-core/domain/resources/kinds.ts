/**
 * The kinds this control plane serves: the one table that the API server, the CLI, the config cache and the
 * editors read. To add a kind, add a row here, its spec type and its schema (see CONTRIBUTING).
 */
export interface KindInfo {
  readonly kind: string;
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
}

const istioNetworking = { group: 'networking.istio.io', versions: ['v1', 'v1beta1', 'v1alpha3'], namespaced: true, affectsMesh: true } as const;
const istioSecurity = { group: 'security.istio.io', versions: ['v1', 'v1beta1'], namespaced: true, affectsMesh: true } as const;

export const KINDS: readonly KindInfo[] = [
  { kind: 'Namespace', group: '', versions: ['v1'], plural: 'namespaces', singular: 'namespace', shortNames: ['ns'], namespaced: false, affectsMesh: false },
  { kind: 'Service', group: '', versions: ['v1'], plural: 'services', singular: 'service', shortNames: ['svc'], namespaced: true, affectsMesh: true },
  { kind: 'ConfigMap', group: '', versions: ['v1'], plural: 'configmaps', singular: 'configmap', shortNames: ['cm'], namespaced: true, affectsMesh: false },
  { kind: 'Event', group: '', versions: ['v1'], plural: 'events', singular: 'event', shortNames: ['ev'], namespaced: true, affectsMesh: false },
  { ...istioNetworking, kind: 'WorkloadEntry', plural: 'workloadentries', singular: 'workloadentry', shortNames: ['we'] },
  { ...istioNetworking, kind: 'VirtualService', plural: 'virtualservices', singular: 'virtualservice', shortNames: ['vs'] },
  { ...istioNetworking, kind: 'DestinationRule', plural: 'destinationrules', singular: 'destinationrule', shortNames: ['dr'] },
  { ...istioNetworking, kind: 'Gateway', plural: 'gateways', singular: 'gateway', shortNames: ['gw'] },
  { ...istioNetworking, kind: 'ServiceEntry', plural: 'serviceentries', singular: 'serviceentry', shortNames: ['se'] },
  { ...istioSecurity, kind: 'AuthorizationPolicy', plural: 'authorizationpolicies', singular: 'authorizationpolicy', shortNames: ['ap'] },
  { ...istioSecurity, kind: 'PeerAuthentication', plural: 'peerauthentications', singular: 'peerauthentication', shortNames: ['pa'] },
  { kind: 'CanaryRollout', group: 'binnacle.dev', versions: ['v1'], plural: 'canaryrollouts', singular: 'canaryrollout', shortNames: ['cr', 'rollout'], namespaced: true, affectsMesh: false },
  { kind: 'PrometheusRule', group: 'monitoring.coreos.com', versions: ['v1'], plural: 'prometheusrules', singular: 'prometheusrule', shortNames: ['promrule'], namespaced: true, affectsMesh: false },
];

/** Looks a kind up by its name (`VirtualService`) within an `apiVersion` (`networking.istio.io/v1`, or `v1`). */
export function kindByApiVersion(apiVersion: string, kind: string): KindInfo | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  const version = slash === -1 ? apiVersion : apiVersion.slice(slash + 1);
  return KINDS.find((k) => k.kind === kind && k.group === group && k.versions.includes(version));
}

/** Looks a kind up by the words a person types: kind, plural, singular or short name, in any case. */
export function kindByWord(word: string): KindInfo | undefined {
  const w = word.toLowerCase();
  return KINDS.find((k) => k.kind.toLowerCase() === w || k.plural === w || k.singular === w || k.shortNames.includes(w));
}

/** A kind that the code itself works with, by its name. Throws TypeError for one that the table of kinds lacks: a defect. */
export function servedKind(name: string): KindInfo {
  const kind = KINDS.find((candidate) => candidate.kind === name);
  if (kind === undefined) throw new TypeError(`The table of kinds has no ${name}.`);
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
