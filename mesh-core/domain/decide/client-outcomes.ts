import type { RequestSimulation, SimulatedOutcome } from './simulate-request.ts';
import type { SimulatedDestination, SimulatedWorkload } from './simulated-destination.ts';

/** What a share of the requests comes to, as the client sees it and the access log of its proxy words it. */
export interface ClientOutcome {
  /** Of all requests, 0..1. */
  readonly share: number;
  /** `app`: the workload's program answers. `outside`: somebody outside the mesh does. `proxy`: a proxy answers in their place. `closed`: no HTTP answer at all. */
  readonly by: 'app' | 'outside' | 'proxy' | 'closed';
  /** Of the proxy's answer; absent for the others. */
  readonly status?: number;
  /** The response flag, `UH`; absent = none. */
  readonly flag?: string;
  /** The body or where to, in the proxy's words; absent = empty. */
  readonly body?: string;
  /** Who decided: the caller's proxy (or the gateway), or the destination's. */
  readonly at: 'caller' | 'destination';
  /** Where the request got to: `shop/catalog-v1`, or the host. Absent: it did not leave the caller's proxy. */
  readonly reached?: string;
  /** Why, as a sentence without a full stop. */
  readonly because: string;
  /** What else may come of this share, depending on what is not known before the request is sent. */
  readonly unless: readonly PossibleOutcome[];
}
export interface PossibleOutcome {
  readonly status: number;
  readonly flag?: string;
  /** `the app takes longer than 2 s` */
  readonly when: string;
}

const ACCESS_DENIED = { status: 403, body: 'RBAC: access denied' } as const;
const BROKEN_CONNECTION = 'upstream connect error or disconnect/reset before headers';

/** The results of one request with their shares, in the order of the decisions: policies of the gateway, fault, route, then each destination. Shares sum to 1. */
export function clientOutcomes(simulation: RequestSimulation): ClientOutcome[] {
  const { outcome, atGateway, fault, routeConfiguration } = simulation;
  if (outcome.kind === 'forwarded' && routeConfiguration === '') return outcome.destinations.flatMap((destination) => destinationOutcomes(destination, [])).map(withoutProxy);
  if (outcome.kind === 'not-routed' && outcome.reason === 'no-listener') return [{ share: 1, by: 'closed', at: 'caller', because: 'nothing listens on this port', unless: [] }];
  if (atGateway?.verdict === 'deny') return [{ share: 1, by: 'proxy', ...ACCESS_DENIED, at: 'caller', because: atGateway.reason, unless: [] }];
  const undecided: readonly PossibleOutcome[] = atGateway?.verdict === 'depends' ? [{ status: 403, when: atGateway.reason }] : [];
  const abort = fault?.abort;
  const aborted: ClientOutcome[] = abort === undefined || abort.share === 0 ? [] : [{ share: abort.share, by: 'proxy', status: abort.status, flag: 'FI', body: 'fault filter abort', at: 'caller', because: 'the route injects this answer', unless: [] }];
  const left = 1 - (abort?.share ?? 0);
  const rest = left <= 0 ? [] : routedOutcomes(outcome).map((routed) => ({ ...routed, share: routed.share * left }));
  return [...aborted, ...rest].map((each) => ({ ...each, unless: [...undecided, ...each.unless] }));
}

/** A caller without a proxy is told nothing by it: its connection fails. */
function withoutProxy(outcome: ClientOutcome): ClientOutcome {
  if (outcome.at === 'destination') return outcome;
  const { status: _status, flag: _flag, body: _body, ...rest } = outcome;
  return { ...rest, by: 'closed' };
}

function routedOutcomes(outcome: SimulatedOutcome): ClientOutcome[] {
  const here = { share: 1, by: 'proxy', at: 'caller', unless: [] } as const;
  switch (outcome.kind) {
    case 'not-routed':
      return [{ ...here, status: 404, flag: 'NR', because: outcome.reason === 'no-route' ? 'no route of the host takes the request' : 'no virtual host has this host' }];
    case 'redirected':
      return [{ ...here, status: outcome.status, body: outcome.location, because: `the route redirects to ${outcome.location}` }];
    case 'answered':
      return [{ ...here, status: outcome.status, ...(outcome.body === '' ? undefined : { body: outcome.body }), because: 'the route answers by itself' }];
    case 'forwarded': {
      const slow: readonly PossibleOutcome[] = outcome.timeoutMs === 0 ? [] : [{ status: 504, flag: 'UT', when: `the answer takes longer than ${outcome.timeoutMs} ms` }];
      return outcome.destinations.flatMap((destination) => (destination.share === 0 ? [] : destinationOutcomes(destination, slow)));
    }
  }
}

function destinationOutcomes({ share, host, subset, external, problem, workloads }: SimulatedDestination, slow: readonly PossibleOutcome[]): ClientOutcome[] {
  const name = subset === '' ? host : `${host} (${subset})`;
  if (problem === 'no-such-cluster') return [{ share, by: 'proxy', status: 503, flag: 'NC', at: 'caller', because: `there is no ${subset === '' ? `service ${host}` : `subset ${subset} of ${host}`}`, unless: [] }];
  if (problem === 'no-healthy-endpoints') return [{ share, by: 'proxy', status: 503, flag: 'UH', body: 'no healthy upstream', at: 'caller', because: `${name} has no endpoint`, unless: [] }];
  if (external || workloads.length === 0) return [{ share, by: 'outside', at: 'destination', reached: host, because: `${host} answers`, unless: slow }];
  return workloads.flatMap((workload) => (workload.share === 0 ? [] : [workloadOutcome(workload, slow)]));
}

function workloadOutcome(workload: SimulatedWorkload, slow: readonly PossibleOutcome[]): ClientOutcome {
  const { share, namespace, workload: name, connection, refused, arrival, authorization } = workload;
  const there = { share, reached: `${namespace}/${name}`, unless: [] as readonly PossibleOutcome[] };
  // A handshake that fails is a connection that was never made; plain text is cut off after it was.
  if (refused !== undefined) return { ...there, by: 'proxy', status: 503, flag: connection === 'plaintext' ? 'UC' : 'UF', body: BROKEN_CONNECTION, at: 'caller', because: refused };
  if (arrival !== undefined && arrival.filterChain === undefined) return { ...there, by: 'proxy', status: 503, flag: 'UC', body: BROKEN_CONNECTION, at: 'caller', because: 'no filter chain of its sidecar takes such a connection' };
  const atDestination = { ...there, by: 'proxy', at: 'destination' } as const;
  if (arrival?.token?.token === 'unknown-issuer') return { ...atDestination, status: 401, body: 'Jwt issuer is not configured', because: `tokens of ${arrival.token.issuer === undefined || arrival.token.issuer === '' ? 'no issuer' : arrival.token.issuer} are not taken` };
  if (arrival?.token?.token === 'unreadable') return { ...atDestination, status: 401, body: 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections', because: 'the token cannot be read' };
  if (authorization.verdict === 'deny') return { ...atDestination, ...ACCESS_DENIED, because: authorization.reason };
  const unsigned: readonly PossibleOutcome[] = arrival?.token?.token === 'accepted-if-signed' ? [{ status: 401, when: "the token's signature or times are not good" }] : [];
  const undecided: readonly PossibleOutcome[] = authorization.verdict === 'depends' ? [{ status: 403, when: authorization.reason }] : [];
  const limited = (arrival?.rateLimits ?? []).filter(({ applies, dryRun }) => applies && !dryRun).map(({ requests, per, policy }) => ({ status: 429, flag: 'RL', when: `more than ${requests} in ${per} come (${policy.namespace}/${policy.name})` }));
  return { ...there, by: 'app', at: 'destination', because: authorization.reason, unless: [...unsigned, ...undecided, ...limited, ...slow] };
}
