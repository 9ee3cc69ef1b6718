import type { KubeGateway, KubeGatewayStatus, ListenerSet, ListenerSetStatus, ListenerStatus } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { setConditions } from './conditions.ts';
import type { ConditionWish, ConfigError } from './conditions.ts';
import { programmedCondition, resolveGatewayAddresses } from './gateway-addresses.ts';
import type { GatewayAddresses } from './gateway-addresses.ts';
import type { ControllerInfo } from './gateway-classes.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';

const INSECURE = 'InsecureFrontendValidationMode';

/** What a Gateway's status is made from. */
export interface GatewayOutcome {
  readonly gateway: KubeGateway;
  readonly info: ControllerInfo;
  readonly services: readonly string[];
  readonly findServices: GatewayApiInput['findServices'];
  readonly now: string;
  /** Of all servers, those of attached ListenerSets too. */
  readonly ports: readonly number[];
  readonly attachedSets: number;
  readonly validListeners: number;
  readonly error: ConfigError | undefined;
  readonly backendError: ConfigError | undefined;
  readonly listeners: readonly ListenerStatus[];
}

/** Source: istiod's reportGatewayStatus. */
export function gatewayStatus(outcome: GatewayOutcome): KubeGatewayStatus {
  const { gateway, services, findServices, ports, attachedSets, backendError, now } = outcome;
  const existing = gateway.status ?? {};
  const addresses = resolveGatewayAddresses(findServices, namespaceOf(gateway), services, ports);
  const reported = reportedAddresses(gateway, outcome.info, addresses);
  const wishes: Record<string, ConditionWish> = {
    Accepted: acceptedCondition(outcome),
    Programmed: programmedCondition(addresses, services),
    ResolvedRefs: { reason: 'ResolvedRefs', message: 'All references resolved', error: backendError },
  };
  let conditions = existing.conditions ?? [];
  const frontend = gateway.spec?.tls?.frontend;
  if (frontend !== undefined) {
    const insecure = [frontend.default, ...(frontend.perPort ?? []).map(({ tls }) => tls)].some((tls) => tls?.validation?.mode === 'AllowInsecureFallback');
    if (insecure) wishes[INSECURE] = { reason: 'ConfigurationChanged', message: 'Gateway is operating in AllowInsecureFallback mode for frontend validation' };
    else conditions = conditions.filter(({ type }) => type !== INSECURE);
  }
  return {
    ...existing,
    ...(attachedSets === 0 ? undefined : { attachedListenerSets: attachedSets }),
    // An address that was reported once stays until another takes its place.
    ...(reported.length === 0 ? undefined : { addresses: reported.map((value) => ({ type: isIpAddress(value) ? 'IPAddress' : 'Hostname', value })) }),
    listeners: pruned(outcome.listeners, gateway.spec?.listeners ?? []),
    conditions: setConditions(conditions, wishes, { generation: gateway.metadata.generation, now }),
  };
}

/** A Gateway stays accepted as long as one of its listeners is valid. */
function acceptedCondition({ gateway, error, validListeners }: GatewayOutcome): ConditionWish {
  const total = gateway.spec?.listeners?.length ?? 0;
  if (error !== undefined || validListeners >= total) return { reason: 'Accepted', message: 'Resource accepted', error };
  if (validListeners > 0) return { reason: 'ListenersNotValid', message: "One or more of the Gateway's listeners are invalid" };
  return { reason: 'Accepted', message: 'Resource accepted', error: { reason: 'ListenersNotValid', message: "None of the Gateway's listeners are valid" } };
}

/** The outside addresses; without any the inside ones, of the type the class or an annotation asks for. */
function reportedAddresses(gateway: KubeGateway, info: ControllerInfo, { external, internal, internalIps, pending }: GatewayAddresses): string[] {
  if (external.length > 0) return [...external];
  const type = gateway.metadata.annotations?.['networking.istio.io/address-type'] ?? info.addressType ?? '';
  const addresses = new Set<string>(type === 'Hostname' ? [] : internalIps);
  if (type !== 'IPAddress') {
    for (const target of internal) {
      const host = target.slice(0, target.lastIndexOf(':'));
      if (!pending.includes(host)) addresses.add(host);
    }
  }
  return [...addresses];
}

/** The status of a Gateway of another cluster: read, accepted, nothing else. Source: istiod's reportUnmanagedGatewayStatus. */
export function remoteGatewayStatus(gateway: KubeGateway, now: string): KubeGatewayStatus {
  const wishes = {
    Accepted: { reason: 'Accepted', message: 'Resource accepted' },
    Programmed: { reason: 'Programmed', message: 'This Gateway is remote; Istio will not program it' },
  };
  const { listeners: _, ...existing } = gateway.status ?? {};
  return { ...existing, addresses: gateway.spec?.addresses ?? [], conditions: setConditions(existing.conditions, wishes, { generation: gateway.metadata.generation, now }) };
}

/** What a ListenerSet's status is made from. */
export interface ListenerSetOutcome {
  readonly set: ListenerSet;
  readonly parentNamespace: string;
  readonly services: readonly string[];
  readonly findServices: GatewayApiInput['findServices'];
  readonly now: string;
  readonly ports: readonly number[];
  readonly hasValidListener: boolean;
  readonly error: ConfigError | undefined;
  readonly listeners: readonly ListenerStatus[];
}

/** Source: istiod's ReportListenerSetStatus. */
export function listenerSetStatus({ set, parentNamespace, services, findServices, now, ports, hasValidListener, error, listeners }: ListenerSetOutcome): ListenerSetStatus {
  const addresses = resolveGatewayAddresses(findServices, parentNamespace, services, ports);
  const noListener: ConfigError | undefined = hasValidListener ? undefined : { reason: 'ListenersNotValid', message: "None of the ListenerSet's listeners are valid" };
  const programmed = programmedCondition(addresses, services);
  const wishes = {
    Accepted: { reason: 'Accepted', message: 'Resource accepted', error: error === undefined ? noListener : { reason: error.reason, message: `Parent not accepted: ${error.message}` } },
    Programmed: noListener === undefined ? programmed : { ...programmed, error: noListener },
  };
  return { ...set.status, listeners: pruned(listeners, set.spec?.listeners ?? []), conditions: setConditions(set.status?.conditions, wishes, { generation: set.metadata.generation, now }) };
}

/** The status of a ListenerSet that its Gateway, or the Gateway's class, does not take. */
export function refusedListenerSetStatus(set: ListenerSet, message: string, now: string): ListenerSetStatus {
  const error: ConfigError = { reason: 'NotAllowed', message };
  const { listeners: _, ...existing } = set.status ?? {};
  const wishes = { Accepted: { reason: 'Accepted', message, error }, Programmed: { reason: 'Programmed', message, error } };
  return { ...existing, conditions: setConditions(existing.conditions, wishes, { generation: set.metadata.generation, now }) };
}

/** Without listeners that are no longer there, each once. */
function pruned(statuses: readonly ListenerStatus[], listeners: readonly { readonly name: string }[]): ListenerStatus[] {
  const open = new Set(listeners.map(({ name }) => name));
  return statuses.filter(({ name }) => open.delete(name));
}

function isIpAddress(value: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(value) || value.includes(':');
}
