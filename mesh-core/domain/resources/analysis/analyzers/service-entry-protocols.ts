import type { ServiceEntry } from '../../networking.ts';
import { fullNameOf } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import { visibleIn } from '../service-hosts.ts';
import type { Analyzer } from './analyzer.ts';

interface Claim {
  readonly scope: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  readonly object: ServiceEntry;
}

/** IST0177: ServiceEntries that say different protocols for one host and port. Source: serviceentry/conflictingserviceentries.go. */
export const serviceEntryProtocols: Analyzer = {
  name: 'serviceentry.ConflictingServiceEntryProtocolAnalyzer',
  kinds: ['ServiceEntry'],
  analyze(input, report) {
    const groups = Map.groupBy(input.all<ServiceEntry>('ServiceEntry').flatMap(claimsOf), keyOf);
    const reported = new Set<ServiceEntry>();
    for (const own of groups.values()) {
      const [first] = own;
      if (first === undefined) continue;
      const claims = first.scope === '*' ? own : [...own, ...(groups.get(keyOf({ ...first, scope: '*' })) ?? [])];
      const protocols = [...new Set(claims.map(({ protocol }) => protocol))].toSorted();
      if (protocols.length < 2) continue;
      const names = [...new Set(claims.map(({ object }) => fullNameOf(object)))].toSorted().join(', ');
      for (const { object } of claims) {
        if (reported.has(object)) continue;
        reported.add(object);
        report(object, messages.conflictingServiceEntryProtocol(names, first.host, first.port, protocols.join(', ')), { path: 'spec.ports' });
      }
    }
  },
};

function claimsOf(object: ServiceEntry): Claim[] {
  const { hosts = [], ports = [], exportTo } = object.spec ?? {};
  return visibleIn(exportTo, object.metadata.namespace ?? '').flatMap((scope) => hosts.flatMap((host) => ports.map(({ number, protocol = '' }) => ({ scope, host, port: number, protocol: protocol.toUpperCase(), object }))));
}

function keyOf({ scope, host, port }: Claim): string {
  return `${scope} ${host} ${port}`;
}
