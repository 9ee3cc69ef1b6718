import { SECURITY_TYPE_URLS } from '../envoy/security-filters.ts';
import type { JwtAuthnFilter } from '../envoy/security-filters.ts';
import { TYPE_URLS } from '../envoy/resources.ts';
import type { FilterChain, HttpConnectionManager, RbacFilter } from '../envoy/resources.ts';
import { decorationOf } from '../translate/decorate-listeners.ts';
import { buildInbound } from '../translate/inbound.ts';
import type { ProxyContext } from '../translate/proxy-context.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { decideRoute } from './decide-route.ts';
import type { RequestHead } from './request-head.ts';
import { ruleOutcomes } from './rule-outcomes.ts';
import type { RuleOutcome } from './rule-outcomes.ts';
import { selectFilterChain } from './select-filter-chain.ts';
import { simulateRateLimits } from './simulated-rate-limit.ts';
import type { SimulatedRateLimit } from './simulated-rate-limit.ts';
import { simulateToken } from './simulated-token.ts';
import type { SimulatedToken } from './simulated-token.ts';

/** What a request meets in the sidecar of its destination, in this order. */
export interface SimulatedArrival {
  readonly listener: string;
  /** Absent: no chain takes such a connection, which is closed. */
  readonly filterChain?: string;
  /** The HTTP filters that are asked, in order, by name. */
  readonly filters: readonly string[];
  /** Absent: no RequestAuthentication. */
  readonly token?: SimulatedToken;
  /** Every rule of every AuthorizationPolicy there, whether or not it decides. */
  readonly rules: readonly RuleOutcome[];
  readonly rateLimits: readonly SimulatedRateLimit[];
  /** The way to the app: `default`, `inbound|8080||`. */
  readonly route?: string;
  readonly cluster?: string;
}
/** A request at the destination's proxy. */
export interface ArrivingRequest {
  readonly head: RequestHead;
  readonly facts: AuthorizationRequest;
  readonly isTls: boolean;
  readonly sni: string;
}


/** Follows a request through the sidecar `context` is for; undefined when that has no listener for the port. `facts` then also has the token's claims. */
export function simulateArrival(context: ProxyContext, port: number, { head, facts, isTls, sni }: ArrivingRequest): { readonly arrival: SimulatedArrival; readonly facts: AuthorizationRequest } | undefined {
  const { node, snapshot, isIntercepted } = context;
  const listeners = decorationOf(context).listeners(buildInbound(context).listeners);
  const listener = listeners.find(({ address: { socketAddress } }) => socketAddress.portValue === port) ?? (isIntercepted ? listeners[0] : undefined);
  if (listener === undefined) return undefined;
  const chain = selectFilterChain(listener.filterChains, listener.defaultFilterChain, {
    destinationPort: port,
    destinationIp: node.address,
    serverName: isTls ? sni : '',
    transportProtocol: isTls ? 'tls' : 'raw_buffer',
    applicationProtocols: [isTls ? 'istio-http/1.1' : 'http/1.1'],
    directSourceIp: facts.sourceIp,
    sourceIp: facts.sourceIp,
    sourcePort: 0,
  });
  const rateLimits = simulateRateLimits(snapshot, node, head);
  if (chain === undefined) return { arrival: { listener: listener.name, filters: [], rules: [], rateLimits }, facts };
  const manager = managerOf(chain);
  const httpFilters = manager?.httpFilters ?? [];
  const configs = httpFilters.map(({ typedConfig }) => typedConfig);
  // Safe because the type URLs say what the messages are.
  const jwt = configs.find((config) => config['@type'] === SECURITY_TYPE_URLS.jwtAuthn) as JwtAuthnFilter | undefined;
  const rbac = configs.filter((config) => config['@type'] === TYPE_URLS.rbac) as unknown as RbacFilter[];
  const outcome = jwt === undefined ? undefined : simulateToken(jwt, head);
  const routed = manager?.routeConfig === undefined ? undefined : decideRoute(manager.routeConfig, head, 0);
  const known = outcome?.metadata === undefined ? facts : { ...facts, metadata: outcome.metadata };
  const arrival = {
    listener: listener.name,
    filterChain: chain.name ?? '',
    filters: httpFilters.map(({ name }) => name),
    ...(outcome === undefined ? undefined : { token: outcome.token }),
    rules: ruleOutcomes(rbac, known),
    rateLimits,
    ...(routed?.kind === 'cluster' ? { route: routed.route.name ?? '', cluster: routed.cluster } : undefined),
  };
  return { arrival, facts: known };
}

function managerOf({ filters }: FilterChain): HttpConnectionManager | undefined {
  return filters.map(({ typedConfig }) => typedConfig).find((config) => config['@type'] === TYPE_URLS.hcm) as HttpConnectionManager | undefined;
}
