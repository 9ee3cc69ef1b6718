import type { GatewayListener, RouteGroupKind } from '../resources/gateway-api.ts';
import { EAST_WEST_CONTROLLER, MESH_CONTROLLER } from './gateway-classes.ts';

const GROUP = 'gateway.networking.k8s.io';
const PROTOCOLS: ReadonlySet<string> = new Set(['HTTP', 'HTTPS', 'TLS', 'TCP', 'HBONE']);

/** The kinds of routes that a listener takes, and whether every kind it asks for is one of them. Source: istiod's GenerateGatewaySupportedKinds. */
export function supportedKinds({ protocol, tls, allowedRoutes }: GatewayListener): { readonly kinds: readonly RouteGroupKind[]; readonly valid: boolean } {
  const names = protocol === 'HTTP' || protocol === 'HTTPS' ? ['HTTPRoute', 'GRPCRoute'] : protocol === 'TCP' ? ['TCPRoute'] : protocol === 'TLS' ? ['TLSRoute', ...(tls?.mode === 'Terminate' ? ['TCPRoute'] : [])] : [];
  const kinds = names.map((kind): RouteGroupKind => ({ group: GROUP, kind }));
  const asked = allowedRoutes?.kinds ?? [];
  if (asked.length === 0) return { kinds, valid: true };
  const common = kinds.filter(({ kind }) => asked.some((other) => other.kind === kind && (other.group ?? GROUP) === GROUP));
  return { kinds: common, valid: common.length === asked.length };
}

/** Why a listener's protocol cannot be served; undefined = it can. Source: istiod's listenerProtocolToIstio. */
export function protocolProblem(controller: string, protocol: string): string | undefined {
  if (protocol === 'HBONE' && controller !== MESH_CONTROLLER && controller !== EAST_WEST_CONTROLLER) return `protocol "${protocol}" is only supported for waypoint proxies`;
  if (PROTOCOLS.has(protocol)) return undefined;
  const upper = protocol.toUpperCase();
  return PROTOCOLS.has(upper) ? `protocol "${protocol}" is unsupported. hint: "${upper}" (uppercase) may be supported` : `protocol "${protocol}" is unsupported`;
}

/** What a listener of a waypoint or east-west gateway should have been; undefined = it is as expected. */
export function unexpectedListener(controller: string, { port, protocol, tls }: GatewayListener): string | undefined {
  if (controller === MESH_CONTROLLER && (port !== 15_008 || protocol !== 'HBONE')) return 'Expected a single listener on port 15008 with protocol "HBONE"';
  if (controller !== EAST_WEST_CONTROLLER) return undefined;
  const mode = tls === undefined ? undefined : (tls.mode ?? 'Terminate');
  const expected = port === 15_008 ? protocol === 'HBONE' && mode === 'Terminate' : protocol === 'TLS' && mode === 'Passthrough';
  return expected ? undefined : 'East-west gateway listeners must be either port 15008 with protocol "HBONE" and TLS.Mode == Terminate, or TLS with TLS.Mode == Passthrough';
}
