/** A host as Kiali takes it apart: a service of the cluster, or (not `complete`) any other name, whole in `service`. */
export interface KialiHost {
  readonly service: string;
  readonly namespace: string;
  readonly complete: boolean;
}

/** What services' names end in: `svc.cluster.local`. */
export const IDENTITY_DOMAIN = 'svc.cluster.local';

/**
 * Reads a host that stands in an object of `namespace`: `name`, `name.namespace` (of a namespace that exists), `name.namespace.svc`, the whole
 * name, or a name outside of the cluster. Source: kiali kubernetes/host.go (GetHost, ParseHost).
 */
export function parseHost(host: string, namespace: string, namespaces: ReadonlySet<string>): KialiHost {
  const parts = host.split('.');
  const [service = '', second = ''] = parts;
  if (parts.length === 1) return { service, namespace, complete: true };
  if (parts.length === 2 && (second === namespace || namespaces.has(second))) return { service, namespace: second, complete: true };
  if ((parts.length === 3 && parts[2] === 'svc') || parts.slice(2).join('.') === IDENTITY_DOMAIN) return { service, namespace: second, complete: true };
  return { service: host, namespace: '', complete: false };
}

/** The whole name of a host. */
export function hostText({ service, namespace, complete }: KialiHost): string {
  return complete ? `${service}.${namespace}.${IDENTITY_DOMAIN}` : service;
}

/** Is a host under a wildcard (`*`, `*.suffix`)? Whole labels only. */
export function withinWildcard(host: string, wildcard: string): boolean {
  return wildcard === '*' || (wildcard.startsWith('*.') && host.endsWith(wildcard.slice(1)));
}

/** Can two hosts of rules mean the same traffic? */
export function hostsOverlap(a: string, b: string): boolean {
  return a === b || withinWildcard(a, b) || withinWildcard(b, a);
}
