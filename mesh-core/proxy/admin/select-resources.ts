import { compileRegex } from '#mesh-core/domain/decide/compile-regex.ts';

type Json = Readonly<Record<string, unknown>>;
interface Dump {
  readonly configs: readonly Json[];
}

/** What each list of a configuration dump is a list of. Source: envoy/admin/v3/config_dump_shared.proto. */
const ELEMENTS: Readonly<Record<string, string>> = {
  dynamic_active_clusters: 'ClustersConfigDump.DynamicCluster',
  dynamic_warming_clusters: 'ClustersConfigDump.DynamicCluster',
  dynamic_endpoint_configs: 'EndpointsConfigDump.DynamicEndpointConfig',
  dynamic_listeners: 'ListenersConfigDump.DynamicListener',
  dynamic_route_configs: 'RoutesConfigDump.DynamicRouteConfig',
  dynamic_active_secrets: 'SecretsConfigDump.DynamicSecret',
};
/** Where the resource is within an element, and its name in it. */
const RESOURCES = ['cluster', 'endpoint_config', 'route_config'] as const;

/**
 * The part of a configuration dump that `?resource=dynamic_listeners` and `?name_regex=` (RE2, of the whole name) ask for; a
 * text says what is wrong with the question. Source: Envoy's config_dump_handler.cc.
 */
export function selectResources(dump: Dump, query: URLSearchParams): Dump | string {
  const resource = query.get('resource');
  const pattern = query.get('name_regex');
  const regex = pattern === null ? undefined : compileRegex(pattern);
  if (pattern !== null && regex === undefined) return `invalid name_regex: "${pattern}" is no regular expression of RE2`;
  const accepts = (element: Json): boolean => regex === undefined || regex.matchesWhole(nameOf(element));
  if (resource === null) return regex === undefined ? dump : { configs: dump.configs.map((config) => Object.fromEntries(Object.entries(config).map(([field, value]) => [field, field in ELEMENTS ? elementsOf(value).filter(accepts) : value]))) };
  const type = ELEMENTS[resource];
  if (type === undefined) return `${resource} not found in config dump; there are ${Object.keys(ELEMENTS).join(', ')}`;
  return { configs: dump.configs.flatMap((config) => elementsOf(config[resource])).filter(accepts).map((element) => ({ '@type': `type.googleapis.com/envoy.admin.v3.${type}`, ...element })) };
}

function elementsOf(value: unknown): readonly Json[] {
  // Safe because the dump is this proxy's own, whose lists have objects in them.
  return Array.isArray(value) ? (value as Json[]) : [];
}

function nameOf(element: Json): string {
  for (const field of ['name', ...RESOURCES]) {
    const value = element[field];
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null) continue;
    // Safe because these fields hold an Envoy resource, which is called by one of these names.
    const { name, clusterName } = value as { readonly name?: string; readonly clusterName?: string };
    return name ?? clusterName ?? '';
  }
  return '';
}
