import type { Service, ServicePort } from '../resources/core.ts';
import type { KubeGateway, ListenerSet } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { MANAGED_LABEL } from './converted-gateway.ts';
import { GATEWAY_CONTROLLER, controllerOfClass, isManagedGateway, managedGatewayName } from './gateway-classes.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { listenerSetPort } from './listener-conflicts.ts';

/** On a workload: the Gateway whose proxy it is. */
export const GATEWAY_NAME_LABEL = 'gateway.networking.k8s.io/gateway-name';
const MANAGED_BY = 'istio.io-gateway-controller';

/** A proxy need not be root here: ports below 1024 are bound so much higher (80 → 8080, 443 → 8443). */
const UNPRIVILEGED = 1024;
const SHIFT = 8000;

/**
 * The Service that a Gateway gets from the control plane, in front of the proxies with its GATEWAY_NAME_LABEL; undefined for
 * Gateways that name services of their own and for other controllers' classes. A target port that somebody set in `existing`
 * stays. Source: istiod's deployment controller (extractServicePorts); the proxies themselves are started by hand here.
 */
export function managedGatewayService(gateway: KubeGateway, sets: readonly ListenerSet[], classes: GatewayApiInput['gatewayClasses'], existing: Service | undefined): Service | undefined {
  const spec = gateway.spec ?? {};
  const controller = controllerOfClass(classes, spec.gatewayClassName);
  if (controller?.name !== GATEWAY_CONTROLLER || !isManagedGateway(spec)) return undefined;
  const { infrastructure } = spec;
  const namespace = namespaceOf(gateway);
  const attached = sets.filter((set) => set.spec?.parentRef?.name === gateway.metadata.name && (set.spec.parentRef.namespace ?? namespaceOf(set)) === namespace);
  const listeners = [...(spec.listeners ?? []), ...attached.flatMap((set) => (set.spec?.listeners ?? []).map((listener) => ({ ...listener, port: listenerSetPort(listener) ?? 0 })))];
  const ports = new Map<number, ServicePort>();
  const names = new Set<string>();
  for (const { name, port, protocol } of listeners) {
    if (port === 0 || ports.has(port)) continue;
    const plain = name.toLowerCase().replaceAll('.', '-').slice(0, 63);
    const portName = names.has(plain) ? `${plain.slice(0, 57)}-${port}` : plain;
    names.add(portName);
    const target = existing?.spec?.ports?.find((other) => other.port === port)?.targetPort ?? (port < UNPRIVILEGED ? port + SHIFT : port);
    ports.set(port, { name: portName, port, targetPort: target, protocol: 'TCP', appProtocol: protocol.toLowerCase() });
  }
  const labels = { ...infrastructure?.labels, [GATEWAY_NAME_LABEL]: gateway.metadata.name, 'gateway.networking.k8s.io/gateway-class-name': spec.gatewayClassName ?? '', [MANAGED_LABEL]: MANAGED_BY };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: gateway.metadata.annotations?.['gateway.istio.io/name-override'] || managedGatewayName(gateway, controller.info),
      namespace,
      labels,
      ...(infrastructure?.annotations === undefined ? undefined : { annotations: infrastructure.annotations }),
    },
    spec: { type: 'ClusterIP', selector: { [GATEWAY_NAME_LABEL]: gateway.metadata.name }, ports: [...ports.values()] },
  };
}

/** Was the Service made by `managedGatewayService`? */
export function isManagedService({ metadata }: Service): boolean {
  return metadata.labels?.[MANAGED_LABEL] === MANAGED_BY;
}
