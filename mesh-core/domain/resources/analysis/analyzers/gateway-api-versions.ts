import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

const VERSION = 'gateway.networking.k8s.io/bundle-version';
/** Definition → the oldest version of Gateway API whose form of it Istio reads. */
const MINIMUM: Readonly<Record<string, string>> = {
  'grpcroutes.gateway.networking.k8s.io': '1.1.0',
  'backendtlspolicies.gateway.networking.k8s.io': '1.4.0',
  'tlsroutes.gateway.networking.k8s.io': '1.5.0',
  'tcproutes.gateway.networking.k8s.io': '1.6.0',
};

/** IST0176: Gateway API definitions that are too old. Source: k8sgateway/crdversion.go. */
export const gatewayApiVersions: Analyzer = {
  name: 'k8sgateway.CRDVersionAnalyzer',
  kinds: ['CustomResourceDefinition'],
  analyze(input, report) {
    for (const object of input.all('CustomResourceDefinition')) {
      const minimum = Object.hasOwn(MINIMUM, object.metadata.name) ? MINIMUM[object.metadata.name] : undefined;
      // A version before release counts as the release.
      const installed = /^v?((\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/.exec(object.metadata.annotations?.[VERSION] ?? '');
      if (minimum === undefined || installed === null) continue;
      if (isOlder(installed.slice(2, 5).map((part) => Number(part ?? 0)), minimum.split('.').map(Number))) report(object, messages.gatewayAPICRDVersionBelowMinimum(object.metadata.name, installed[1] ?? '', minimum));
    }
  },
};

function isOlder(version: readonly number[], minimum: readonly number[]): boolean {
  const index = minimum.findIndex((part, position) => part !== (version[position] ?? 0));
  return index !== -1 && (version[index] ?? 0) < (minimum[index] ?? 0);
}
