import type { ComparedResource } from '#server/proxies/schemas.ts';
import { describeCluster, describeEndpoints } from './describe-cluster.ts';
import { describeListener } from './describe-listener.ts';
import { describeVirtualHosts } from './describe-routes.ts';
import { at } from './json-at.ts';

/** A resource in a few words, for a row of a table. */
export function summarizeResource({ type, held, offered }: Pick<ComparedResource, 'type' | 'held' | 'offered'>): string {
  const resource = held ?? offered ?? {};
  switch (type) {
    case 'listener': {
      const { address, direction, chains } = describeListener(resource);
      return [address, ...(direction === 'both' ? [] : [direction]), count(chains.length, 'chain')].join(' · ');
    }
    case 'route': {
      const hosts = describeVirtualHosts(resource);
      return `${count(hosts.length, 'host')} · ${count(hosts.reduce((sum, { routes }) => sum + routes.length, 0), 'route')}`;
    }
    case 'cluster': {
      const { discovery, balancer, tls, guards } = describeCluster(resource);
      return [discovery, balancer, tls.some((one) => one.tls.mode === 'mutual TLS') ? 'mutual TLS' : (tls[0]?.tls.mode ?? 'plaintext'), ...(guards.length === 0 ? [] : ['guarded'])].join(' · ');
    }
    case 'endpoint': {
      const endpoints = describeEndpoints(resource);
      // Envoy sends traffic to what it knows nothing bad of.
      const good = endpoints.filter(({ health }) => health === 'HEALTHY' || health === 'UNKNOWN').length;
      return endpoints.length === 0 ? 'none' : good === endpoints.length ? count(good, 'endpoint') : `${good} of ${count(endpoints.length, 'endpoint')} healthy`;
    }
    case 'secret':
      return at(resource, 'tlsCertificate') !== undefined ? 'certificate' : at(resource, 'validationContext') !== undefined ? 'roots' : 'other';
  }
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
