import { parse as parseYaml } from 'yaml';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { Service, ServiceSpec } from '#mesh-core/domain/resources/core.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { whenReachable } from './open-mesh.ts';

/** What a proxy must know of the mesh before it can join. */
export interface MeshAddress {
  /** `127.0.0.1:15012` */
  readonly discoveryAddress: string;
  /** `http://127.0.0.1:4318/v1/traces`; absent = no collector is configured. */
  readonly otlpUrl?: string;
  /** Share of new traces that are sampled, 0..1. */
  readonly samplingRatio: number;
}
type Fields = Readonly<Record<string, unknown>>;

const FIELD_MANAGER = 'mesh-cli';

/** Reads the mesh's own settings (ConfigMap `istio-system/istio`); waits while the control plane is away. */
export async function readMeshAddress(kube: KubeClient, log: Logger): Promise<MeshAddress> {
  const object = await whenReachable('reading ConfigMap istio-system/istio', log, () => kube.get(kindOf('v1', 'ConfigMap'), 'istio', 'istio-system'), isNotFound);
  return parseMeshConfig(object.data?.['mesh'] ?? '');
}

/**
 * The addresses in a MeshConfig (YAML). Sampling is Istio's percentage, and 100 where it is absent.
 * @throws Error when it names no discovery address.
 */
export function parseMeshConfig(yaml: string): MeshAddress {
  const mesh = fields(parseYaml(yaml));
  const defaults = fields(mesh['defaultConfig']);
  const discoveryAddress = defaults['discoveryAddress'];
  if (typeof discoveryAddress !== 'string' || discoveryAddress === '') throw new Error('ConfigMap istio-system/istio names no defaultConfig.discoveryAddress; this is not the configuration of a mesh.');
  const sampling = fields(defaults['tracing'])['sampling'];
  const samplingRatio = typeof sampling === 'number' && sampling >= 0 && sampling <= 100 ? sampling / 100 : 1;
  const otlpUrl = otlpUrlOf(mesh['extensionProviders']);
  return { discoveryAddress, samplingRatio, ...(otlpUrl === undefined ? {} : { otlpUrl }) };
}

/** Makes the namespace if it is not there. */
export async function ensureNamespace(kube: KubeClient, name: string, log: Logger): Promise<void> {
  await createIfAbsent(kube, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, log);
}

/** Makes a workload's Service if it is not there; one that is there stays as it is. */
export async function ensureService(kube: KubeClient, place: { readonly name: string; readonly namespace: string }, spec: ServiceSpec, log: Logger): Promise<void> {
  await createIfAbsent(kube, { apiVersion: 'v1', kind: 'Service', metadata: { ...place, labels: { app: place.name } }, spec }, log);
}

/** Lets a gateway have the Secrets of its namespace, without which the control plane sends it no certificates; as Istio's gateway chart does. */
export async function ensureGatewayRole(kube: KubeClient, { namespace, serviceAccount }: { readonly namespace: string; readonly serviceAccount: string }, log: Logger): Promise<void> {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: `${serviceAccount}-sds`, namespace };
  const role = { apiVersion, kind: 'Role', metadata, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'watch', 'list'] }] };
  const binding = { apiVersion, kind: 'RoleBinding', metadata, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name }, subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }] };
  await createIfAbsent(kube, role, log);
  await createIfAbsent(kube, binding, log);
}

/** Makes the gateway's Service, or points its first port at where this gateway serves it. */
export async function ensureGatewayService(kube: KubeClient, place: { readonly name: string; readonly namespace: string }, port: number, log: Logger): Promise<void> {
  const labels = { app: place.name, istio: 'ingressgateway' };
  await createIfAbsent(kube, { apiVersion: 'v1', kind: 'Service', metadata: { ...place, labels }, spec: { selector: { istio: 'ingressgateway' }, ports: [{ name: 'http2', port: 80, targetPort: port }] } }, log);
  await whenReachable('setting the port of the gateway', log, async () => {
    const stored = await kube.get<Service>(kindOf('v1', 'Service'), place.name, place.namespace);
    const ports = stored.spec?.ports ?? [];
    if (ports.every((p) => p.port !== 80 || p.targetPort === port)) return;
    await kube.update({ ...stored, spec: { ...stored.spec, ports: ports.map((p) => (p.port === 80 ? { ...p, targetPort: port } : p)) } }, { fieldManager: FIELD_MANAGER });
  }, (error) => error.status.reason === 'Conflict');
}

async function createIfAbsent(kube: KubeClient, object: KubeObject, log: Logger): Promise<void> {
  const { kind, metadata } = object;
  const info = kindOf(object.apiVersion, kind);
  await whenReachable(`looking for ${kind} ${metadata.name}`, log, async () => {
    try {
      await kube.get(info, metadata.name, metadata.namespace);
    } catch (error) {
      if (!(error instanceof KubeError) || !isNotFound(error)) throw error;
      await create(kube, object, log);
    }
  });
}

async function create(kube: KubeClient, object: KubeObject, log: Logger): Promise<void> {
  const { kind, metadata } = object;
  try {
    await kube.create(object, { fieldManager: FIELD_MANAGER });
    log.info({ kind, name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) }, 'made, as it did not exist');
  } catch (error) {
    // Another workload of the same service was faster.
    if (!(error instanceof KubeError) || error.status.reason !== 'AlreadyExists') throw error;
  }
}

function otlpUrlOf(providers: unknown): string | undefined {
  for (const provider of Array.isArray(providers) ? (providers as unknown[]) : []) {
    const otlp = fields(fields(provider)['opentelemetry']);
    const { service, port, http } = otlp;
    if (typeof service !== 'string' || typeof port !== 'number') continue;
    // As Istio has it: without an `http` block spans go by gRPC.
    if (http === undefined) return `grpc://${service}:${port}`;
    const path = fields(http)['path'];
    return `http://${service}:${port}${typeof path === 'string' ? path : '/v1/traces'}`;
  }
  return undefined;
}

function kindOf(apiVersion: string, kind: string): KindInfo {
  const info = kindByApiVersion(apiVersion, kind);
  if (info === undefined) throw new TypeError(`The table of kinds has no ${kind}.`);
  return info;
}

function isNotFound(error: KubeError): boolean {
  return error.status.reason === 'NotFound';
}

function fields(value: unknown): Fields {
  // Safe because only objects get here, and every field is looked at before it is used.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
