import { asMessage } from '../../as-message.ts';
import { matchesLabels } from '../../label-selector.ts';
import type { Labels } from '../../label-selector.ts';
import type { Gateway } from '../../networking.ts';
import { selectorText } from '../analysis-input.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import { fullNameOf } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

interface Server {
  readonly gateway: Gateway;
  readonly selector: Labels;
  readonly index: number;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly bind: string;
}

/** IST0145: Gateways that open the same port for the same host on the same workloads; IST0101 for one whose workloads no Gateway opens a port on. Source: gateway/conflictinggateway.go. */
export const conflictingGateways: Analyzer = {
  name: 'gateway.ConflictingGatewayAnalyzer',
  kinds: ['Gateway'],
  analyze(input, report) {
    const servers = input.all<Gateway>('Gateway').flatMap(serversOf);
    for (const gateway of input.subjects<Gateway>('Gateway')) {
      const { selector = {} } = gateway.spec ?? {};
      const opened = servers.some((server) => sameWorkloads(selector, server.selector, input));
      if (!opened && Object.keys(selector).length > 0) report(gateway, messages.referencedResourceNotFound('selector', selectorText(selector)), { path: 'spec.selector' });
    }
    for (const server of servers) {
      const rivals = servers.filter((other) => other.gateway !== server.gateway && clash(server, other) && sameWorkloads(server.selector, other.selector, input));
      if (rivals.length === 0) continue;
      const names = [...new Set(rivals.map(({ gateway }) => fullNameOf(gateway)))].toSorted().join(',');
      report(server.gateway, messages.conflictingGateways(names, selectorText(server.selector), String(server.port), server.hosts.join(',')), { path: `spec.servers[${server.index}]` });
    }
  },
};

function serversOf(gateway: Gateway): Server[] {
  return (gateway.spec?.servers ?? []).map((server, index) => {
    const { port, hosts = [], bind = '' } = asMessage(server);
    return { gateway, selector: gateway.spec?.selector ?? {}, index, port: port?.number ?? 0, hosts, bind };
  });
}

function clash(a: Server, b: Server): boolean {
  return a.port === b.port && a.bind === b.bind && a.hosts.some((host) => b.hosts.includes(host));
}

/** Equal selectors, or one within the other where a workload has both. */
function sameWorkloads(a: Labels, b: Labels, input: AnalysisInput): boolean {
  const [left, right] = [selectorText(a), selectorText(b)];
  if (left === right) return true;
  return (left.includes(right) || right.includes(left)) && input.pods.some(({ labels }) => matchesLabels(a, labels) && matchesLabels(b, labels));
}
