import type { GatewayListener, KubeGatewaySpec, ListenerStatus } from '../resources/gateway-api.ts';
import type { Labels } from '../resources/label-selector.ts';
import type { GatewayServer } from '../resources/networking.ts';
import { routeNamespaces } from './allowed-namespaces.ts';
import { setConditions } from './conditions.ts';
import type { ConditionWish, ConditionWishes, ConfigError, StatusMoment } from './conditions.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import type { ConflictReason } from './listener-conflicts.ts';
import { protocolProblem, supportedKinds, unexpectedListener } from './listener-kinds.ts';
import { frontendTlsAt, listenerTls } from './listener-tls.ts';
import type { TlsScope } from './listener-tls.ts';

/** The object that has the listener: a Gateway or a ListenerSet. */
export interface ListenerOwner {
  readonly isListenerSet: boolean;
  readonly labels: Labels | undefined;
  readonly controller: string;
  /** TLS settings of the (parent) Gateway. */
  readonly gatewayTls: KubeGatewaySpec['tls'];
  readonly tlsScope: TlsScope;
  readonly namespaces: GatewayApiInput['namespaces'];
  readonly moment: StatusMoment;
}
export interface BuiltListener {
  /** Undefined = there is nothing to serve. */
  readonly server: GatewayServer | undefined;
  readonly status: ListenerStatus;
  /** Without an error that keeps it from being served. */
  readonly valid: boolean;
}

const FINE = 'No errors found';

/** One listener as a server of an Istio Gateway, with its status. `portError`: its protocol needs a port. Source: istiod's buildListener. */
export function buildListener(listener: GatewayListener, existing: ListenerStatus | undefined, owner: ListenerOwner, portError?: string): BuiltListener {
  const errors: Partial<Record<'Accepted' | 'Programmed' | 'ResolvedRefs', ConfigError>> = {};
  const { controller, tlsScope } = owner;
  const { tls, error } = listenerTls(listener.tls, frontendTlsAt(listener.port, owner.gatewayTls), isAutoPassthrough(listener, owner.labels), tlsScope);
  if (error !== undefined) {
    errors.ResolvedRefs = error;
    errors.Programmed = { reason: 'Invalid', message: 'Bad TLS configuration' };
    if (NO_AUTHORITY.has(error.reason)) errors.Accepted = { reason: 'NoValidCACertificate', message: error.message };
  }
  let valid = error === undefined;
  const unsupported = (message: string): void => {
    errors.Accepted = { reason: 'UnsupportedProtocol', message };
  };
  const problem = protocolProblem(controller, listener.protocol);
  for (const message of [portError, problem]) {
    if (message === undefined) continue;
    unsupported(message);
    valid = false;
  }
  const unexpected = unexpectedListener(controller, listener);
  if (unexpected !== undefined) unsupported(unexpected);
  const lacksTls = tls === undefined && (listener.protocol === 'HTTPS' || listener.protocol === 'TLS');
  if (lacksTls && owner.isListenerSet) {
    valid = false;
    unsupported(`protocol is ${listener.protocol} but no TLS section is defined`);
    errors.Programmed = { reason: 'Invalid', message: 'Bad TLS configuration' };
  }
  const hosts = routeNamespaces(listener.allowedRoutes?.namespaces, tlsScope.namespace, owner.namespaces).map((namespace) => `${namespace}/${listener.hostname ?? '*'}`);
  // `~` is no namespace: the port opens, and its SNI is taken, but no route can bind.
  const server = { port: { name: 'default', number: listener.port, protocol: problem === undefined ? listener.protocol : '' }, hosts: hosts.length === 0 ? [`~/${listener.hostname ?? '*'}`] : hosts };
  const wish = (type: keyof typeof errors): ConditionWish => ({ reason: type, message: FINE, error: errors[type] });
  const status = listenerStatus(listener, existing, owner.moment, { Accepted: wish('Accepted'), Programmed: wish('Programmed'), ResolvedRefs: wish('ResolvedRefs'), Conflicted: { reason: 'NoConflicts', message: FINE, status: 'False' } });
  return { server: lacksTls ? undefined : { ...server, ...(tls === undefined ? undefined : { tls }) }, status, valid };
}

const NO_AUTHORITY: ReadonlySet<string> = new Set(['InvalidCACertificateRef', 'InvalidCACertificateKind', 'RefNotPermitted']);

/** The status of a listener that lost to another. Source: istiod's ReportListenerConflict. */
export function conflictedListener(listener: GatewayListener, existing: ListenerStatus | undefined, moment: StatusMoment, reason: ConflictReason): ListenerStatus {
  const message = 'Listener has a conflict with another listener attached to the same Gateway';
  const failed: ConditionWish = { reason, message, error: { reason, message } };
  return listenerStatus(listener, existing, moment, { Accepted: failed, Programmed: failed, Conflicted: { reason, message } });
}

/** How many routes are attached is counted once routes are known. */
function listenerStatus(listener: GatewayListener, existing: ListenerStatus | undefined, moment: StatusMoment, wishes: ConditionWishes): ListenerStatus {
  const { kinds, valid } = supportedKinds(listener);
  const all: ConditionWishes = valid ? wishes : { ...wishes, ResolvedRefs: { reason: 'InvalidRouteKinds', message: 'Invalid route kinds', status: 'False' } };
  return { name: listener.name, attachedRoutes: 0, supportedKinds: kinds, conditions: setConditions(existing?.conditions, all, moment) };
}

/** Does a listener pass mesh traffic of other networks on by SNI? Source: istiod's IsAutoPassthrough. */
function isAutoPassthrough({ tls, port }: GatewayListener, labels: Labels = {}): boolean {
  if (tls === undefined) return false;
  if (tls.options?.['gateway.istio.io/listener-protocol'] === 'auto-passthrough') return true;
  return Object.hasOwn(labels, 'topology.istio.io/network') && String(port) === (labels['networking.istio.io/gatewayPort'] ?? '15443');
}
