import type { GatewayClass, KubeGateway, KubeGatewaySpec } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { serviceFqdn } from '../resources/host-name.ts';
import type { ConfigError } from './conditions.ts';

/** Who handles Gateways and routes: written into their status. */
export const GATEWAY_CONTROLLER = 'istio.io/gateway-controller';
export const REMOTE_CONTROLLER = 'istio.io/unmanaged-gateway';
export const MESH_CONTROLLER = 'istio.io/mesh-controller';
export const EAST_WEST_CONTROLLER = 'istio.io/eastwest-controller';

/** What a controller does with the Gateways of its classes. */
export interface ControllerInfo {
  readonly description: string;
  /** Its Gateways are elsewhere: nothing is made from them. */
  readonly isRemote: boolean;
  readonly takesListenerSets: boolean;
  /** Does the name of its services end in `-<class>`? */
  readonly namesClass: boolean;
  /** Which internal addresses a status names; undefined = both. */
  readonly addressType: 'Hostname' | undefined;
}

/** Source: istiod's GetClassInfos. */
export const CONTROLLERS: Readonly<Record<string, ControllerInfo>> = {
  [GATEWAY_CONTROLLER]: { description: 'The default Istio GatewayClass', isRemote: false, takesListenerSets: true, namesClass: true, addressType: 'Hostname' },
  [REMOTE_CONTROLLER]: { description: 'Remote to this cluster. Does not deploy or affect configuration.', isRemote: true, takesListenerSets: false, namesClass: true, addressType: 'Hostname' },
  [MESH_CONTROLLER]: { description: 'The default Istio waypoint GatewayClass', isRemote: false, takesListenerSets: false, namesClass: false, addressType: undefined },
  [EAST_WEST_CONTROLLER]: { description: 'The default GatewayClass for Istio East West Gateways', isRemote: false, takesListenerSets: false, namesClass: false, addressType: undefined },
};

/** Classes that work without an object of their own. */
export const BUILTIN_CLASSES: Readonly<Record<string, string>> = {
  istio: GATEWAY_CONTROLLER,
  'istio-remote': REMOTE_CONTROLLER,
  'istio-waypoint': MESH_CONTROLLER,
  'istio-east-west': EAST_WEST_CONTROLLER,
};

/** The controller of a class, if it is one of ours: by the object of that name, else as built in. */
export function controllerOfClass(classes: readonly GatewayClass[], className: string | undefined): { readonly name: string; readonly info: ControllerInfo } | undefined {
  if (className === undefined) return undefined;
  const declared = classes.find(({ metadata }) => metadata.name === className)?.spec?.controllerName;
  const ours = declared !== undefined && Object.hasOwn(CONTROLLERS, declared) ? declared : undefined;
  const name = ours ?? (Object.hasOwn(BUILTIN_CLASSES, className) ? BUILTIN_CLASSES[className] : undefined);
  const info = name === undefined ? undefined : CONTROLLERS[name];
  return name === undefined || info === undefined ? undefined : { name, info };
}

/**
 * Does the control plane provide the service of a Gateway? It does unless the Gateway names other services by host name
 * (or lists several addresses). Source: istiod's IsManaged.
 */
export function isManagedGateway({ addresses = [] }: KubeGatewaySpec): boolean {
  const [first] = addresses;
  if (first === undefined) return true;
  return addresses.length === 1 && (first.type === undefined || first.type === 'IPAddress');
}

/** The name of the service and of the identity that a managed Gateway gets: `<name>-<class>`. */
export function managedGatewayName(gateway: KubeGateway, info: ControllerInfo): string {
  return info.namesClass ? `${gateway.metadata.name}-${gateway.spec?.gatewayClassName ?? ''}` : gateway.metadata.name;
}

/** The identity that proxies of a Gateway must have; empty where the Gateway's proxies are somebody else's. */
export function gatewayServiceAccount(gateway: KubeGateway, info: ControllerInfo): string {
  if (!isManagedGateway(gateway.spec ?? {})) return '';
  return gateway.metadata.annotations?.['gateway.istio.io/service-account'] || managedGatewayName(gateway, info);
}

/** The host names of the services in front of a Gateway, and what is wrong with its addresses. Source: istiod's extractGatewayServices. */
export function gatewayServiceNames(gateway: KubeGateway, info: ControllerInfo, clusterDomain: string): { readonly names: readonly string[]; readonly error?: ConfigError } {
  const namespace = namespaceOf(gateway);
  const spec = gateway.spec ?? {};
  if (isManagedGateway(spec)) {
    const name = gateway.metadata.annotations?.['gateway.istio.io/name-override'] || managedGatewayName(gateway, info);
    return { names: [serviceFqdn(name, namespace, clusterDomain)] };
  }
  const names: string[] = [];
  const skipped: string[] = [];
  for (const { type, value = '' } of spec.addresses ?? []) {
    if (type !== undefined && type !== 'Hostname') skipped.push(value);
    else names.push(value.includes('.') ? value : serviceFqdn(value, namespace, clusterDomain));
  }
  if (skipped.length > 0) return { names, error: { reason: 'UnsupportedAddress', message: `only Hostname is supported, ignoring [${skipped.join(' ')}]` } };
  if (gateway.metadata.annotations?.['networking.istio.io/service-type'] !== undefined) {
    return { names, error: { reason: 'DeprecatedField', message: 'annotation networking.istio.io/service-type is deprecated, use Spec.Infrastructure.Routeability' } };
  }
  return { names };
}
