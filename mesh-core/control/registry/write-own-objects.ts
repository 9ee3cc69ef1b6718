import { kindByApiVersion, servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { MESH_CONFIG_NAME, meshConfigText } from '#mesh-core/wire/kubernetes/mesh-config.ts';
import { controlPlaneEntry } from './workload-entry-of.ts';

export interface OwnAddresses {
  readonly trustDomain: string;
  readonly rootNamespace: string;
  readonly xdsPort: number;
  readonly monitoringPort: number;
  /** 0 = not known. */
  readonly otlpPort: number;
  /** 0 = not known: then the gateway's Service is left to others. */
  readonly gatewayPort: number;
}

const MANAGER = { name: 'istiod', operation: 'Update' } as const;

/**
 * Writes what the mesh needs to find the control plane: the ConfigMap `istio`, the control plane's own WorkloadEntry and the ingress
 * gateway's Service. What is there already keeps everything that these addresses do not decide.
 */
export function writeOwnObjects(store: ObjectStore, addresses: OwnAddresses, log: Logger): void {
  const { trustDomain, rootNamespace: namespace, xdsPort, monitoringPort, otlpPort, gatewayPort } = addresses;
  const configMap = store.get(servedKind('ConfigMap'), MESH_CONFIG_NAME, namespace);
  const mesh = meshConfigText(configMap?.data?.['mesh'], { trustDomain, rootNamespace: namespace, discoveryAddress: `127.0.0.1:${xdsPort}`, otlpPort });
  put(store, log, configMap === undefined ? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: MESH_CONFIG_NAME, namespace, labels: { app: 'istiod' } }, data: { mesh } } : { ...configMap, data: { ...configMap.data, mesh } });
  put(store, log, controlPlaneEntry({ xds: xdsPort, monitoring: monitoringPort }, namespace));
  if (gatewayPort !== 0) put(store, log, gatewayService(store, namespace, gatewayPort));
}

/** The Service on port 80 in front of the gateway's real port; other ports that somebody added stay. */
function gatewayService(store: ObjectStore, namespace: string, targetPort: number): KubeObject {
  const name = 'istio-ingressgateway';
  const existing = store.get(servedKind('Service'), name, namespace);
  if (existing === undefined) {
    const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
    return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels }, spec: { selector: { istio: 'ingressgateway' }, ports: [{ name: 'http2', port: 80, targetPort }] } };
  }
  // Safe: only a Service that passed validation is stored under this kind.
  const spec = existing.spec as { readonly ports?: readonly { readonly port: number }[] };
  return { ...existing, spec: { ...spec, ports: (spec.ports ?? []).map((port) => (port.port === 80 ? { ...port, targetPort } : port)) } };
}

function put(store: ObjectStore, log: Logger, object: KubeObject): void {
  const kind = kindByApiVersion(object.apiVersion, object.kind) ?? servedKind(object.kind);
  const { name, namespace } = object.metadata;
  const outcome = store.get(kind, name, namespace) === undefined ? store.create(kind, object, { manager: MANAGER }) : store.update(kind, object, { manager: MANAGER });
  if (!outcome.ok) log.error({ kind: object.kind, name, reason: outcome.reason }, 'an object of the control plane could not be written');
}
