/** Where an object of a kind is edited: `core` stands for the empty API group. */
export interface ObjectRef {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

const seg = encodeURIComponent;

/** The only place that builds links within the console. Segments are encoded; the view state is added by `AppLink`. */
export const paths = {
  overview: () => '/',
  graph: () => '/graph',
  services: () => '/services',
  service: (namespace: string, name: string) => `/services/${seg(namespace)}/${seg(name)}`,
  workloads: () => '/workloads',
  workload: (namespace: string, name: string) => `/workloads/${seg(namespace)}/${seg(name)}`,
  dashboard: (board = 'mesh') => `/dashboards/${seg(board)}`,
  /** The PromQL workbench with these queries; empty: as it was left. */
  explore: (queries: readonly string[] = [], view?: 'table' | 'explain') => `/explore${searchOf([...queries.map((query) => ['q', query] as const), ...(view === undefined ? [] : [['view', view] as const])])}`,
  /** The search for traces; with a query of TraceQL: for what it takes. */
  traces: (q?: string) => `/traces${searchOf(q === undefined ? [] : [['q', q]])}`,
  /** Two traces (`a`, `b`) or two sets of them (`qa`, `qb`) against each other. */
  traceCompare: () => '/traces/compare',
  trace: (id: string) => `/traces/${seg(id)}`,
  traceServices: () => '/traces/services',
  traceDependencies: () => '/traces/dependencies',
  traceCriticalPath: () => '/traces/critical-path',
  alerts: () => '/alerts',
  config: () => '/config',
  configProblems: () => '/config/problems',
  configNew: () => '/config/new',
  /** Cluster-scoped objects have the namespace segment `-`. */
  configObject: ({ group, version, plural, namespace, name }: ObjectRef) => `/config/${seg(group === '' ? 'core' : group)}/${seg(version)}/${seg(namespace ?? '-')}/${seg(plural)}/${seg(name)}`,
  trafficSplit: (namespace: string, host: string) => `/config/traffic-split/${seg(namespace)}/${seg(host)}`,
  authorization: (namespace: string, name = 'new') => `/config/authorization/${seg(namespace)}/${seg(name)}`,
  /** One request and the decisions about it; what is given is filled in. */
  tryRequest: (request: Readonly<Partial<Record<'who' | 'host' | 'path' | 'method', string>> & { change?: 'true' }> = {}) => `/try${searchOf(Object.entries(request))}`,
  rollouts: () => '/rollouts',
  rolloutNew: () => '/rollouts/new',
  rollout: (namespace: string, name: string) => `/rollouts/${seg(namespace)}/${seg(name)}`,
  proxies: () => '/proxies',
  /** One proxy by its node id. */
  proxy: (id: string, tab?: 'config' | 'differences') => `/proxies/${seg(id)}${searchOf(tab === undefined ? [] : [['tab', tab]])}`,
  certificates: () => '/certificates',
  targets: () => '/targets',
  history: () => '/history',
  signIn: () => '/signin',
} as const;

function searchOf(pairs: readonly (readonly [string, string])[]): string {
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs.map(([key, value]) => [key, value])).toString()}`;
}

/** Reads the segments of `paths.configObject` back. */
export function objectRefFromSegments(params: { group: string; version: string; ns: string; plural: string; name: string }): ObjectRef {
  const group = decodeURIComponent(params.group);
  const namespace = decodeURIComponent(params.ns);
  return {
    group: group === 'core' ? '' : group,
    version: decodeURIComponent(params.version),
    plural: decodeURIComponent(params.plural),
    name: decodeURIComponent(params.name),
    ...(namespace === '-' ? {} : { namespace }),
  };
}

/** `href` with more search parameters; those already in it win. Empty values are left out. */
export function withParams(href: string, params: Readonly<Record<string, string | number | null | undefined>>): string {
  const [beforeHash = '', hash] = href.split('#', 2);
  const [path = '', search = ''] = beforeHash.split('?', 2);
  const merged = new URLSearchParams(search);
  for (const [key, value] of Object.entries(params)) if (value !== null && value !== undefined && value !== '' && !merged.has(key)) merged.set(key, String(value));
  const text = merged.toString();
  return `${path}${text === '' ? '' : `?${text}`}${hash === undefined ? '' : `#${hash}`}`;
}
