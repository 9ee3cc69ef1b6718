import { PICKER_LABELS, inferencePoolService } from '../../domain/gateway-api/inference-pools.ts';
import { FORM_CHECK } from '../../domain/gateway-api/certificates.ts';
import type { GatewayApiInput, GatewayService } from '../../domain/gateway-api/gateway-api-input.ts';
import type { Service } from '../../domain/resources/core.ts';
import type { KubeBackend } from '../../domain/resources/gateway-api.ts';
import type { KubeObject } from '../../domain/resources/kube-object.ts';
import { serviceFqdn } from '../../domain/resources/host-name.ts';

/**
 * The cluster that Istio's Gateway API cases take for granted, as far as cases and answers tell: domain `domain.suffix`;
 * an ingress gateway with an outside address; a namespace for every object, labelled with the first part of its name;
 * and whatever a case refers to, except what its name says is not there.
 */
export function gatewayApiCase(objects: readonly KubeObject[]): GatewayApiInput {
  const references = [...referencesIn(objects)];
  const there = references.filter(({ name, isParent }) => isParent || !ABSENT.test(name));
  const named = (kind: string, build: (reference: Reference) => KubeObject): KubeObject[] => {
    const own = objects.filter((object) => object.kind === kind);
    const made = new Map(there.filter((reference) => reference.kind === kind).map((reference) => [`${reference.namespace}/${reference.name}`, build(reference)]));
    for (const { metadata } of own) made.delete(`${metadata.namespace ?? ''}/${metadata.name}`);
    return [...own, ...made.values()];
  };
  const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const hostnames = [...there.filter(({ kind }) => kind === 'Hostname'), ...externalHosts(objects)];
  // Safe because each list is filtered by its kind.
  const of = <T>(kind: string): readonly T[] => objects.filter((object) => object.kind === kind) as unknown as readonly T[];
  return {
    gatewayClasses: of('GatewayClass'),
    gateways: objects.filter(({ kind, apiVersion }) => kind === 'Gateway' && apiVersion.startsWith('gateway.networking')) as GatewayApiInput['gateways'],
    listenerSets: of('ListenerSet'),
    httpRoutes: of('HTTPRoute'),
    grpcRoutes: of('GRPCRoute'),
    tlsRoutes: of('TLSRoute'),
    tcpRoutes: of('TCPRoute'),
    referenceGrants: of('ReferenceGrant'),
    backendTlsPolicies: of('BackendTLSPolicy'),
    backendTrafficPolicies: of('XBackendTrafficPolicy'),
    backends: of('XBackend'),
    inferencePools: of('InferencePool'),
    serviceEntries: of('ServiceEntry'),
    namespaces: [...namespaces].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'istio.io/test-name-part': name.split('-')[0] ?? '' } } })),
    services: named('Service', ({ name, namespace }): Service => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: {} })) as Service[],
    secrets: named('Secret', ({ name, namespace }) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data: secretData(name) })),
    configMaps: named('ConfigMap', ({ name, namespace }) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: name === 'malformed' ? { 'not-ca.crt': 'hello' } : { 'ca.crt': CERTIFICATE } })),
    findServices: (hostname) => {
      if (hostname === INGRESS) return [INGRESS_SERVICE];
      if (hostname === 'example.com') return [{ ...INGRESS_SERVICE, externalAddresses: [] }];
      const pool = there.find(({ kind, name, namespace }) => kind === 'InferencePool' && hostname === serviceFqdn(inferencePoolService(name), namespace, DOMAIN));
      if (pool !== undefined) return [{ ...INGRESS_SERVICE, namespace: pool.namespace, ports: [54_321], labels: Object.fromEntries(PICKER_LABELS.map((label) => [label, 'there'])) }];
      return hostnames.filter(({ name }) => name === hostname).map(({ namespace }) => ({ ...INGRESS_SERVICE, namespace }));
    },
    certificates: FORM_CHECK,
    clusterDomain: DOMAIN,
  };
}

const DOMAIN = 'domain.suffix';
const INGRESS = serviceFqdn('istio-ingressgateway', 'istio-system', DOMAIN);
const INGRESS_SERVICE: GatewayService = {
  namespace: 'istio-system',
  ports: [80, 443, 34_000, 34_001],
  endpointPorts: new Map([
    [80, [8080]],
    [443, [8443]],
    [34_000, [34_000]],
    [34_001, [34_001]],
  ]),
  addresses: [],
  externalAddresses: ['1.2.3.4'],
  isLoadBalancer: false,
  labels: {},
};
const ABSENT = /non-?exist|not-exist|not-?found|unknown|missing|^parent-cert$/;

/** PEM around the shortest DER: only the form of certificates is looked at here. */
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n';

function secretData(name: string): Record<string, string> {
  return name === 'malformed' ? { 'tls.crt': btoa('hello'), 'tls.key': btoa('world') } : { 'tls.crt': btoa(CERTIFICATE), 'tls.key': btoa(KEY) };
}

interface Reference {
  /** Services that routes name as parents are there whatever they are called. */
  readonly isParent: boolean;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The hosts of XBackends are known to their namespace. */
function externalHosts(objects: readonly KubeObject[]): Pick<Reference, 'name' | 'namespace'>[] {
  return objects.flatMap(({ kind, metadata: { namespace = '' }, spec }) => {
    const name = kind === 'XBackend' ? (spec as KubeBackend['spec'])?.externalHostname?.hostname : undefined;
    return name === undefined || ABSENT.test(name) ? [] : [{ name, namespace }];
  });
}

/** Fields that refer to objects, and the kind they mean when they name none. */
const FIELDS: Readonly<Record<string, string>> = { backendRefs: 'Service', backendRef: 'Service', targetRefs: 'Service', certificateRefs: 'Secret', caCertificateRefs: '', clientCertificateRef: 'Secret', parametersRef: '' };

function* referencesIn(objects: readonly KubeObject[]): Generator<Reference> {
  for (const { spec, metadata } of objects) yield* referencesBelow(spec, metadata.namespace ?? '');
}

function* referencesBelow(value: unknown, namespace: string): Generator<Reference> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, below] of Object.entries(value)) {
    const found: readonly unknown[] = Array.isArray(below) ? below : [below];
    const fallback = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    for (const reference of found) {
      if (typeof reference !== 'object' || reference === null) continue;
      const { kind = fallback ?? '', name = '', namespace: other = namespace } = reference as Partial<Reference>;
      if (fallback !== undefined) yield { kind: kind === 'ServiceImport' ? 'Service' : kind, name, namespace: other, isParent: false };
      if (key === 'parentRefs' && kind === 'Service') yield { kind, name, namespace: other, isParent: true };
      yield* referencesBelow(reference, namespace);
    }
  }
}
