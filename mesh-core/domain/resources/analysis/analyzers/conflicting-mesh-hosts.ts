import { hostMatches } from '../../host-name.ts';
import type { VirtualService } from '../../networking.ts';
import { fullNameOf } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import { fullHost, visibleIn } from '../service-hosts.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0109: several VirtualServices for one host at sidecars, of which only one counts. Source: virtualservice/conflictingmeshgatewayhosts.go. */
export const conflictingMeshHosts: Analyzer = {
  name: 'virtualservice.ConflictingMeshGatewayHostsAnalyzer',
  kinds: ['VirtualService'],
  analyze(input, report) {
    const claims = input.all<VirtualService>('VirtualService').filter(atSidecars).flatMap(claimsOf);
    const groups = Map.groupBy(claims, ({ scope, host }) => `${scope}/${host}`);
    const reported = new Set<VirtualService>();
    for (const [name, own] of groups) {
      const [first] = own;
      if (first === undefined) continue;
      // What everybody sees is also seen in a namespace, and a wildcard covers more than its own name.
      const everybody = first.scope === '*' ? [] : claims.filter(({ scope, host }) => scope === '*' && hostMatches(first.host, host));
      const rivals = [...own, ...everybody].map(({ object }) => object);
      if (rivals.length < 2) continue;
      const names = rivals.map(fullNameOf).toSorted().join(',');
      for (const object of rivals) {
        if (reported.has(object)) continue;
        reported.add(object);
        report(object, messages.conflictingMeshGatewayVirtualServiceHosts(names, name), { path: 'spec.hosts' });
      }
    }
  },
};

function atSidecars({ spec }: VirtualService): boolean {
  const { gateways = [] } = spec ?? {};
  return gateways.length === 0 || gateways.includes('mesh');
}

function claimsOf(object: VirtualService): { readonly scope: string; readonly host: string; readonly object: VirtualService }[] {
  const namespace = object.metadata.namespace ?? '';
  const { hosts = [], exportTo } = object.spec ?? {};
  return visibleIn(exportTo, namespace).flatMap((scope) => hosts.map((host) => ({ scope, host: fullHost(namespace, host), object })));
}
