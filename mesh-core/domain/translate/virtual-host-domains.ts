import { DEFAULT_CLUSTER_DOMAIN } from '../resources/host-name.ts';
import type { MeshService } from './service-registry.ts';

const SERVICE_SUFFIX = `.svc.${DEFAULT_CLUSTER_DOMAIN}`;

/** The names and addresses of a service; `alternates` are those that DNS completes, which never take the full name of another host. */
export interface ServiceDomains {
  readonly domains: readonly string[];
  readonly alternates: ReadonlySet<string>;
}

/**
 * The hosts by which a proxy of a namespace may call a service, without ports: full name, with a closing dot, the short
 * forms that DNS would complete there (`catalog` only in its own namespace), the same of its aliases, each workload of a
 * headless service (`*.db.shop…`), and its addresses. Source: istiod's generateVirtualHostDomains.
 */
export function serviceDomains(service: MeshService, clientNamespace: string): ServiceDomains {
  const names = [service.hostname, ...service.aliases].map((name) => ({ name, alternates: alternateHosts(name, clientNamespace) }));
  const domains = names.flatMap(({ name, alternates }) => [name, ...alternates]);
  const isHeadless = service.resolution === 'passthrough' && service.source === 'service';
  return {
    domains: [...domains, ...(isHeadless ? domains.map((domain) => `*.${domain}`) : []), ...service.addresses.map(bracketed)],
    alternates: new Set(names.flatMap(({ alternates }) => alternates)),
  };
}

/** The names of a host besides its full one. */
export function alternateHosts(hostname: string, clientNamespace: string): string[] {
  const absolute = `${hostname}.`;
  if (!hostname.endsWith(SERVICE_SUFFIX)) return [absolute];
  const short = hostname.slice(0, -SERVICE_SUFFIX.length);
  const dot = short.indexOf('.');
  if (dot <= 0 || dot === short.length - 1) return [absolute];
  const forms = [`${short}.svc`, short];
  return short.slice(dot + 1) === clientNamespace ? [absolute, short.slice(0, dot), ...forms] : [absolute, ...forms];
}

/** An IPv6 address as a Host header has it. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
