import type { Service } from '../../core.ts';
import type { KubeObject } from '../../kube-object.ts';
import { selectsWorkload } from '../../label-selector.ts';
import type { Labels } from '../../label-selector.ts';
import type { RequestAuthentication } from '../../security.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import { fullNameOf } from '../analysis-message.ts';
import type { Report } from '../analysis-message.ts';
import { isInjected } from '../mesh-membership.ts';
import type { PodSpec } from '../mesh-membership.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** A Kubernetes Deployment, as far as analyzers read it. */
export type Deployment = KubeObject<{ readonly template?: { readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels }; readonly spec?: PodSpec } }>;

/** IST0116 and IST0137: Services of one Deployment that contradict each other. Source: deployment/services.go. */
export const deploymentServices: Analyzer = {
  name: 'deployment.MultiServiceAnalyzer',
  kinds: ['Deployment'],
  analyze(input, report) {
    for (const object of input.all<Deployment>('Deployment')) {
      const { metadata, spec = {} } = object.spec?.template ?? {};
      const namespace = object.metadata.namespace ?? '';
      if (object.metadata.labels?.['gateway.istio.io/managed'] === 'istio.io-mesh-controller') continue;
      if (!isInjected({ annotations: metadata?.annotations ?? {}, labels: metadata?.labels ?? {}, namespace, spec }, input)) continue;
      const services = input.all<Service>('Service').filter((service) => (service.metadata.namespace ?? '') === namespace && selectsWorkload(service.spec?.selector, metadata?.labels));
      checkServices(object, services, report);
    }
  },
};

function checkServices(object: Deployment, services: readonly Service[], report: Report): void {
  const ports = services.flatMap((service) => (service.spec?.ports ?? []).map(({ port, targetPort, protocol = 'TCP' }) => ({ service: fullNameOf(service), port, target: String(targetPort ?? 0) === '0' ? String(port) : String(targetPort), protocol })));
  for (const [port, same] of Map.groupBy(ports, (entry) => entry.port)) {
    if (new Set(same.map(({ protocol }) => protocol)).size > 1) report(object, messages.deploymentAssociatedToMultipleServices(object.metadata.name, port, same.map(({ service }) => service).toSorted()));
  }
  for (const [target, same] of Map.groupBy(ports, (entry) => entry.target)) {
    // Of the services with the same port the last one counts, as in Istio.
    const byPort = new Map(same.map(({ port, service }) => [port, service]));
    if (byPort.size > 1) report(object, messages.deploymentConflictingPorts(object.metadata.name, [...byPort.values()].toSorted(), target, [...byPort.keys()].toSorted((a, b) => a - b)));
  }
}

const PROXY_UID = 1337;

/** IST0144: programs that run as the user whose traffic is not captured. Source: deployment/pod.go. */
export const applicationUsers: Analyzer = {
  name: 'applicationUID.Analyzer',
  kinds: ['Pod', 'Deployment'],
  analyze(input, report) {
    const pods = [...input.all('Pod').map((object) => [object, (object.spec ?? {}) as PodSpec] as const), ...input.all<Deployment>('Deployment').map((object) => [object, object.spec?.template?.spec ?? {}] as const)];
    for (const [object, spec] of pods) {
      const { labels = {} } = object.metadata;
      if (labels['istio'] !== undefined || labels['release'] === 'istio') continue;
      const programs = (spec.containers ?? []).filter(({ name }) => name !== 'istio-proxy' && name !== 'istio-operator');
      for (const { securityContext } of [spec, ...programs]) if (securityContext?.runAsUser === PROXY_UID) report(object, messages.invalidApplicationUID());
    }
  },
};

const MOST_NAMES = 5;

/** IST0175: an istiod that may fetch keys from any address. Source: authn/blockedcidrs.go. */
export const keyFetching: Analyzer = {
  name: 'authn.BlockedCIDRsAnalyzer',
  kinds: ['Deployment'],
  analyze(input, report) {
    const names = input.all<RequestAuthentication>('RequestAuthentication').map(fullNameOf);
    const text = names.length <= MOST_NAMES ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')}, and ${names.length - MOST_NAMES} more`;
    for (const object of names.length === 0 ? [] : istiods(input)) {
      const restricted = (object.spec?.template?.spec?.containers ?? []).some(({ env = [] }) => env.some(({ name, value = '' }) => name === 'BLOCKED_CIDRS_IN_JWKS_URIS' && value !== ''));
      if (!restricted) report(object, messages.jwksUriFetchUnrestricted(names.length, text));
    }
  },
};

function istiods(input: AnalysisInput): readonly Deployment[] {
  return input.all<Deployment>('Deployment').filter(({ metadata }) => metadata.labels?.['app'] === 'istiod');
}
