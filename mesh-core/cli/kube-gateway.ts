import { GATEWAY_NAME_LABEL } from '#mesh-core/domain/gateway-api/managed-gateway-service.ts';
import { GATEWAY_CONTROLLER, controllerOfClass, gatewayServiceAccount, isManagedGateway } from '#mesh-core/domain/gateway-api/gateway-classes.ts';
import type { GatewayClass, KubeGateway } from '#mesh-core/domain/resources/gateway-api.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ProxyIdentity } from '#mesh-core/proxy/start-proxy.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { whenReachable } from './open-mesh.ts';
import { workloadLabels } from './start-sidecar.ts';
import { UsageError } from './usage-error.ts';

/**
 * Who the proxy of a Gateway API Gateway is: it has the label and the identity by which the control plane knows it as that
 * Gateway's. @throws UsageError when there is no such Gateway, or when it is not for proxies of this mesh.
 */
export async function kubeGatewayIdentity(kube: KubeClient, place: { readonly name: string; readonly namespace: string }, log: Logger): Promise<ProxyIdentity> {
  const { name, namespace } = place;
  const { gateway, classes } = await whenReachable(`looking for the Gateway ${namespace}/${name}`, log, async () => ({
    gateway: await kube.get<KubeGateway>(servedKind('K8sGateway'), name, namespace).catch(notFoundAs(`There is no Gateway "${name}" of gateway.networking.k8s.io in namespace "${namespace}". Apply it first, or say where it is with --namespace.`)),
    classes: (await kube.list<GatewayClass>(servedKind('GatewayClass'))).items,
  }));
  const className = gateway.spec?.gatewayClassName ?? '';
  const controller = controllerOfClass(classes, className);
  if (controller?.name !== GATEWAY_CONTROLLER) throw new UsageError(`The Gateway ${namespace}/${name} is of class "${className}", which this mesh does not serve; use gatewayClassName: istio.`);
  if (!isManagedGateway(gateway.spec ?? {})) throw new UsageError(`The Gateway ${namespace}/${name} names services of its own in spec.addresses: run their gateway with --name, without --gateway.`);
  const workload = gatewayServiceAccount(gateway, controller.info);
  return { type: 'router', namespace, workload, serviceAccount: workload, labels: { ...workloadLabels(workload, 'latest'), [GATEWAY_NAME_LABEL]: name } };
}

function notFoundAs(message: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof KubeError && error.status.reason === 'NotFound') throw new UsageError(message);
    throw error;
  };
}
