import type { GatewayListener, KubeGateway, KubeGatewayStatus, ListenerSet, ListenerSetStatus, ListenerStatus } from '../resources/gateway-api.ts';
import { namespaceOf, objectKey } from '../resources/kube-object.ts';
import type { GatewayServer } from '../resources/networking.ts';
import { acceptsListenerSets } from './allowed-namespaces.ts';
import { buildListener, conflictedListener } from './build-listener.ts';
import type { ListenerOwner } from './build-listener.ts';
import type { ConfigError, StatusMoment } from './conditions.ts';
import { convertListener } from './converted-gateway.ts';
import type { ServedBy } from './converted-gateway.ts';
import { EAST_WEST_CONTROLLER, MESH_CONTROLLER, controllerOfClass, gatewayServiceAccount, gatewayServiceNames } from './gateway-classes.ts';
import type { ControllerInfo } from './gateway-classes.ts';
import { gatewayStatus, listenerSetStatus, refusedListenerSetStatus, remoteGatewayStatus } from './gateway-status.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { findListenerConflicts, listenerSetPort } from './listener-conflicts.ts';
import type { ListenerConflicts } from './listener-conflicts.ts';
import { clientCertificateError } from './listener-tls.ts';
import { REF, referencedKind } from './object-reference.ts';
import type { GrantLookup } from './reference-grants.ts';
import type { ConvertedListener } from './route-parent.ts';

export interface ConvertedGateways {
  /** Of Gateways and of the ListenerSets attached to them. */
  readonly listeners: readonly ConvertedListener[];
  /** Attached routes are still to be counted. Objects of other controllers are absent. */
  readonly gatewayStatuses: ReadonlyMap<KubeGateway, KubeGatewayStatus>;
  readonly listenerSetStatuses: ReadonlyMap<ListenerSet, ListenerSetStatus>;
}

/** Who handles a Gateway, and what stands in front of it. */
interface Handling {
  readonly controller: string;
  readonly info: ControllerInfo;
  readonly services: readonly string[];
  readonly addressError: ConfigError | undefined;
  readonly conflicts: ListenerConflicts;
}

/** Gateways and ListenerSets as Istio Gateways, one per listener. Source: istiod's GatewayCollection and ListenerSetCollection. */
export function convertGateways(input: GatewayApiInput, isGranted: GrantLookup, now: string): ConvertedGateways {
  const gatewaysByKey = new Map(input.gateways.map((gateway) => [objectKey(gateway.metadata), gateway]));
  const setsOf = Map.groupBy(input.listenerSets, (set) => parentKeyOf(set));
  const handlings = new Map<KubeGateway, Handling>();
  for (const gateway of input.gateways) {
    const handling = handlingOf(gateway, setsOf.get(objectKey(gateway.metadata)) ?? [], input);
    if (handling !== undefined) handlings.set(gateway, handling);
  }

  const listeners: ConvertedListener[] = [];
  const listenerSetStatuses = new Map<ListenerSet, ListenerSetStatus>();
  const attached = new Map<KubeGateway, { readonly set: ListenerSet; readonly servers: readonly GatewayServer[] }[]>();
  for (const set of input.listenerSets) {
    const gateway = referencedKind(set.spec?.parentRef ?? {}, REF.gateway) === REF.gateway ? gatewaysByKey.get(parentKeyOf(set)) : undefined;
    const handling = gateway === undefined ? undefined : handlings.get(gateway);
    // Without a parent that is ours, the set may be somebody else's.
    if (gateway === undefined || handling === undefined) continue;
    const converted = convertListenerSet(set, gateway, handling, input, { isGranted, now });
    listenerSetStatuses.set(set, converted.status);
    listeners.push(...converted.listeners.filter(({ valid }) => valid));
    const servers = converted.listeners.filter(({ valid }) => valid).flatMap(({ gateway: made }) => made.spec?.servers ?? []);
    if (servers.length > 0) attached.set(gateway, [...(attached.get(gateway) ?? []), { set, servers }]);
  }

  const gatewayStatuses = new Map<KubeGateway, KubeGatewayStatus>();
  for (const [gateway, handling] of handlings) {
    if (handling.info.isRemote) {
      gatewayStatuses.set(gateway, remoteGatewayStatus(gateway, now));
      continue;
    }
    const converted = convertGateway(gateway, handling, attached.get(gateway) ?? [], input, { isGranted, now });
    gatewayStatuses.set(gateway, converted.status);
    listeners.push(...converted.listeners);
  }
  return { listeners, gatewayStatuses, listenerSetStatuses };
}

interface Lookups {
  readonly isGranted: GrantLookup;
  readonly now: string;
}

function parentKeyOf(set: ListenerSet): string {
  return `${set.spec?.parentRef?.namespace ?? namespaceOf(set)}/${set.spec?.parentRef?.name ?? ''}`;
}

function handlingOf(gateway: KubeGateway, sets: readonly ListenerSet[], input: GatewayApiInput): Handling | undefined {
  const found = controllerOfClass(input.gatewayClasses, gateway.spec?.gatewayClassName);
  if (found === undefined) return undefined;
  const { names, error } = gatewayServiceNames(gateway, found.info, input.clusterDomain);
  const eligible = sets.filter((set) => acceptsListenerSets(gateway, namespaceOf(set), input.namespaces));
  return { controller: found.name, info: found.info, services: names, addressError: error, conflicts: found.info.takesListenerSets ? findListenerConflicts(gateway, eligible) : new Map() };
}

function convertGateway(gateway: KubeGateway, handling: Handling, attached: readonly { readonly set: ListenerSet; readonly servers: readonly GatewayServer[] }[], input: GatewayApiInput, { isGranted, now }: Lookups): { readonly status: KubeGatewayStatus; readonly listeners: readonly ConvertedListener[] } {
  const { info, services, addressError } = handling;
  const moment: StatusMoment = { generation: gateway.metadata.generation, now };
  const owner = ownerOf(gateway, REF.gateway, gateway, handling, input, isGranted, moment);
  const backendError = clientCertificateError(gateway, owner.tlsScope);
  const common = { gateway, info, services, findServices: input.findServices, now, backendError };
  if (services.length === 0 && addressError !== undefined) return { status: gatewayStatus({ ...common, ports: [], attachedSets: 0, validListeners: 0, error: addressError, listeners: gateway.status?.listeners ?? [] }), listeners: [] };
  const converted = convertListeners('Gateway', gateway, gateway.spec?.listeners ?? [], gateway.status?.listeners ?? [], owner, handling, { services, serviceAccount: gatewayServiceAccount(gateway, info) });
  const servers = [...converted.servers, ...attached.flatMap((set) => set.servers)];
  const status = gatewayStatus({
    ...common,
    ports: servers.map(({ port }) => port.number),
    attachedSets: attached.length,
    validListeners: converted.valid,
    error: addressError ?? parametersError(gateway, input),
    listeners: converted.statuses,
  });
  return { status, listeners: converted.listeners };
}

function convertListenerSet(set: ListenerSet, gateway: KubeGateway, handling: Handling, input: GatewayApiInput, { isGranted, now }: Lookups): { readonly status: ListenerSetStatus; readonly listeners: readonly ConvertedListener[] } {
  const { info, services, addressError } = handling;
  const refused = (message: string): { readonly status: ListenerSetStatus; readonly listeners: readonly ConvertedListener[] } => ({ status: refusedListenerSetStatus(set, message, now), listeners: [] });
  if (!info.takesListenerSets) return refused(`The "${gateway.spec?.gatewayClassName ?? ''}" GatewayClass does not support ListenerSet`);
  if (!acceptsListenerSets(gateway, namespaceOf(set), input.namespaces)) return refused("The parent Gateway does not allow this reference; check the 'spec.allowedRoutes'");
  const moment: StatusMoment = { generation: set.metadata.generation, now };
  const common = { set, parentNamespace: namespaceOf(gateway), services, findServices: input.findServices, now, error: addressError };
  if (services.length === 0 && addressError !== undefined) return { status: listenerSetStatus({ ...common, ports: [], hasValidListener: true, listeners: set.status?.listeners ?? [] }), listeners: [] };
  const owner = ownerOf(set, REF.listenerSet, gateway, handling, input, isGranted, moment);
  const entries = (set.spec?.listeners ?? []).map((entry): GatewayListener => ({ ...entry, port: listenerSetPort(entry) ?? 0 }));
  const servedBy = { services, serviceAccount: gatewayServiceAccount(gateway, info), parentNamespace: namespaceOf(gateway) };
  const converted = convertListeners('ListenerSet', set, entries, set.status?.listeners ?? [], owner, handling, servedBy);
  const status = listenerSetStatus({ ...common, ports: converted.servers.map(({ port }) => port.number), hasValidListener: converted.valid > 0, listeners: converted.statuses });
  return { status, listeners: converted.listeners };
}

function ownerOf(object: KubeGateway | ListenerSet, ownerKind: string, gateway: KubeGateway, { controller }: Handling, input: GatewayApiInput, isGranted: GrantLookup, moment: StatusMoment): ListenerOwner {
  return {
    isListenerSet: ownerKind === REF.listenerSet,
    labels: object.metadata.labels,
    controller,
    gatewayTls: gateway.spec?.tls,
    tlsScope: { input, isGranted, ownerKind, namespace: namespaceOf(object) },
    namespaces: input.namespaces,
    moment,
  };
}

interface ConvertedListeners {
  readonly listeners: readonly ConvertedListener[];
  readonly servers: readonly GatewayServer[];
  readonly statuses: readonly ListenerStatus[];
  /** How many listeners are valid. */
  readonly valid: number;
}

function convertListeners(kind: 'Gateway' | 'ListenerSet', object: KubeGateway | ListenerSet, entries: readonly GatewayListener[], existing: readonly ListenerStatus[], owner: ListenerOwner, { controller, conflicts }: Handling, servedBy: ServedBy): ConvertedListeners {
  const lost = conflicts.get(object);
  const listeners: ConvertedListener[] = [];
  const servers: GatewayServer[] = [];
  const statuses = [...existing];
  let valid = 0;
  for (const [index, listener] of entries.entries()) {
    const conflict = lost?.get(listener.name);
    if (conflict !== undefined) {
      statuses[index] = conflictedListener(listener, existing[index], owner.moment, conflict);
      continue;
    }
    const portError = listener.port === 0 && owner.isListenerSet ? `protocol ${listener.protocol} requires a port to be set` : undefined;
    const { server, status, valid: isValid } = buildListener(listener, existing[index], owner, portError);
    statuses[index] = status;
    if (isValid && (server !== undefined || !owner.isListenerSet)) valid += 1;
    if (server === undefined) continue;
    servers.push(server);
    // Waypoints, and the tunnel port of an east-west gateway, are not routed by VirtualServices.
    if (controller === MESH_CONTROLLER || (controller === EAST_WEST_CONTROLLER && listener.port === 15_008)) continue;
    listeners.push(convertListener(kind, object, listener, { server, valid: isValid }, servedBy));
  }
  return { listeners, servers, statuses, valid };
}

/** Checks `spec.infrastructure.parametersRef`. Source: istiod's validateParametersRef. */
function parametersError(gateway: KubeGateway, { configMaps }: GatewayApiInput): ConfigError | undefined {
  const reference = gateway.spec?.infrastructure?.parametersRef;
  if (reference === undefined) return undefined;
  const { group = '', kind = '', name = '' } = reference;
  if (group !== '' || kind !== 'ConfigMap') return { reason: 'InvalidParameters', message: `Unsupported parametersRef group/kind ${group}/${kind}, only ConfigMap is supported` };
  const key = `${namespaceOf(gateway)}/${name}`;
  if (configMaps === undefined || configMaps.some(({ metadata }) => objectKey(metadata) === key)) return undefined;
  return { reason: 'InvalidParameters', message: `parametersRef ConfigMap ${key} does not exist` };
}
