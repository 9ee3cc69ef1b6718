import { authorize } from '#mesh-core/domain/decide/authorize.ts';
import type { AuthorizationRequest } from '#mesh-core/domain/decide/authorization-request.ts';
import type { RbacFilter } from '#mesh-core/domain/envoy/resources.ts';
import { localReply } from '../http/exchange.ts';
import type { Exchange, Filter } from '../http/exchange.ts';

/**
 * Refuses what the policies refuse: 403 `RBAC: access denied`, with the deciding rule in the response code details.
 * Consecutive RBAC filters are judged together; their order is kept.
 */
export function createRbacFilter(rules: readonly RbacFilter[], destinationPort: (exchange: Exchange) => number): Filter {
  return (next) => (exchange, respond) => {
    const decision = authorize(rules, authorizationRequest(exchange, destinationPort(exchange)));
    if (decision.kind === 'permit') {
      next(exchange, respond);
      return;
    }
    localReply(exchange, respond, { status: 403, body: 'RBAC: access denied', details: `rbac_access_denied_matched_policy[${decision.policy ?? 'none'}]` });
  };
}

function authorizationRequest(exchange: Exchange, destinationPort: number): AuthorizationRequest {
  const { line, downstream } = exchange;
  return {
    method: line.method,
    path: line.path,
    host: line.authority,
    headers: line.headers,
    sourceIp: downstream.remoteAddress,
    remoteIp: downstream.remoteAddress,
    destinationIp: downstream.localAddress,
    destinationPort,
    ...(downstream.spiffeId === undefined ? {} : { principal: downstream.spiffeId }),
    ...(downstream.serverName === '' ? {} : { sni: downstream.serverName }),
  };
}
