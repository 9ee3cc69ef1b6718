import type { ComparedResource } from '#server/proxies/schemas.ts';
import { at, isObject, textAt, type Json } from './json-at.ts';

export type ConfigType = ComparedResource['type'];
/** One resource of a configuration. */
export interface ConfigRef {
  readonly type: ConfigType;
  readonly name: string;
}

/** `route/http_proxy`: how a resource stands in the URL and in indexes. */
export function refKey({ type, name }: ConfigRef): string {
  return `${type}/${name}`;
}

/**
 * What a resource names of the configuration: a listener its routes and clusters, routes their clusters, a cluster its endpoints, and all
 * their secrets; each once, in order of appearance. Found by the fields that hold names, wherever they stand. Source: Envoy API v3
 * (route_config_name, cluster, weighted_clusters, request_mirror_policies, eds_cluster_config, sds secret configs).
 */
export function referencesOf(type: ConfigType, resource: Json): readonly ConfigRef[] {
  const found = new Map<string, ConfigRef>();
  const add = (to: ConfigType, name: string | undefined): void => {
    if (name !== undefined && name !== '') found.set(refKey({ type: to, name }), { type: to, name });
  };
  if (type === 'cluster') {
    const name = textAt(resource, 'name');
    if (at(resource, 'edsClusterConfig') !== undefined) add('endpoint', textAt(resource, 'edsClusterConfig', 'serviceName') ?? name);
    else if (at(resource, 'loadAssignment') !== undefined) add('endpoint', name);
  }
  if (type === 'endpoint') return [];
  walk(resource, add);
  return [...found.values()];
}

/** For each resource that is named: the resources that name it. Keys are `refKey`s. */
export function namedBy(resources: readonly ComparedResource[]): ReadonlyMap<string, readonly ConfigRef[]> {
  const index = new Map<string, ConfigRef[]>();
  for (const { type, name, held, offered } of resources) {
    for (const to of referencesOf(type, held ?? offered ?? {})) {
      const key = refKey(to);
      const users = index.get(key);
      if (users === undefined) index.set(key, [{ type, name }]);
      else users.push({ type, name });
    }
  }
  return index;
}

function walk(value: unknown, add: (type: ConfigType, name: string | undefined) => void): void {
  if (Array.isArray(value)) for (const one of value) walk(one, add);
  if (!isObject(value)) return;
  for (const [field, inner] of Object.entries(value)) {
    if (field === 'routeConfigName') add('route', textOf(inner));
    else if (field === 'cluster') add('cluster', textOf(inner));
    else if (field === 'weightedClusters') for (const one of listOf(at(inner, 'clusters'))) add('cluster', textAt(one, 'name'));
    else if (field === 'tlsCertificateSdsSecretConfigs') for (const one of listOf(inner)) add('secret', textAt(one, 'name'));
    else if (field === 'validationContextSdsSecretConfig') add('secret', textAt(inner, 'name'));
    // What telemetry tells of a service is no reference.
    if (field !== 'metadata') walk(inner, add);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
