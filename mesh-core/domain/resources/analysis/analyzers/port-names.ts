import type { Service } from '../../core.ts';
import { parseProtocol } from '../../rules/protocol-name.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** Made by Istio for gateways, so nobody could name their ports otherwise. */
const MANAGED = ['istio.io-gateway-controller', 'istio.io-mesh-controller', 'istio.io-eastwest-controller'];
/** Ports that are TCP whatever their name says: mail, DNS, databases. */
const WELL_KNOWN = new Set([25, 53, 3306, 27_017]);

/** IST0118: ports whose name does not tell the protocol; IST0150 for an ExternalName service. Source: service/portname.go. */
export const portNames: Analyzer = {
  name: 'service.PortNameAnalyzer',
  kinds: ['Service'],
  analyze(input, report) {
    for (const object of input.subjects<Service>('Service')) {
      const { labels = {} } = object.metadata;
      if (labels['istio'] !== undefined || labels['release'] === 'istio' || MANAGED.includes(labels['gateway.istio.io/managed'] ?? '')) continue;
      const external = object.spec?.type === 'ExternalName';
      for (const [index, port] of (object.spec?.ports ?? []).entries()) {
        const { name = '', targetPort = 0 } = port;
        if (tellsProtocol(port) && !(name === 'tcp' && external)) continue;
        const body = external ? messages.externalNameServiceTypeInvalidPortName() : messages.portNameIsNotUnderNamingConvention(name, port.port, String(targetPort));
        report(object, body, { path: `spec.ports[${index}].name`, apart: true });
      }
    }
  },
};

const APP_PROTOCOLS = ['kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss'];

function tellsProtocol({ port, name = '', protocol, appProtocol }: NonNullable<NonNullable<Service['spec']>['ports']>[number]): boolean {
  if (protocol === 'UDP') return true;
  const word = appProtocol ?? name;
  if (APP_PROTOCOLS.includes(word) || word.toLowerCase().startsWith('grpc-web')) return true;
  return parseProtocol(word.split('-')[0] ?? '') !== undefined || WELL_KNOWN.has(port);
}
