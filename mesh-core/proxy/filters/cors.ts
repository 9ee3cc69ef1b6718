import { matchesString } from '#mesh-core/domain/decide/match-value.ts';
import type { CorsPolicy } from '#mesh-core/domain/envoy/resources.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { localReply } from '../http/exchange.ts';
import type { Exchange, Filter } from '../http/exchange.ts';

/**
 * Answers preflights of allowed origins itself and marks the answers to their requests. A preflight of another origin goes
 * on to the app unless the policy says to ignore it. Source: Envoy's CORS filter; Fetch standard, CORS protocol.
 */
export function createCorsFilter(): Filter {
  return (next) => (exchange, respond) => {
    const policy = policyOf(exchange);
    const origin = exchange.line.headers['origin'];
    if (policy === undefined || typeof origin !== 'string') {
      next(exchange, respond);
      return;
    }
    const allowed = (policy.allowOriginStringMatch ?? []).some((matcher) => matchesString(matcher, origin));
    const preflight = exchange.line.method === 'OPTIONS' && exchange.line.headers['access-control-request-method'] !== undefined;
    if (preflight && (allowed || policy.forwardNotMatchingPreflights === false)) {
      localReply(exchange, respond, { status: 200, body: '', details: 'cors_response', headers: allowed ? preflightHeaders(policy, origin) : {} });
      return;
    }
    next(exchange, (response) => {
      if (allowed) Object.assign(response.headers, originHeaders(policy, origin), policy.exposeHeaders ? { 'access-control-expose-headers': policy.exposeHeaders } : {});
      respond(response);
    });
  };
}

function policyOf(exchange: Exchange): CorsPolicy | undefined {
  const { outcome } = exchange;
  if (outcome === undefined || outcome.kind === 'none') return undefined;
  const config: object | undefined = outcome.route?.typedPerFilterConfig?.['envoy.filters.http.cors'];
  return config;
}

function originHeaders(policy: CorsPolicy, origin: string): MutableHeaders {
  return { 'access-control-allow-origin': origin, ...(policy.allowCredentials === true ? { 'access-control-allow-credentials': 'true' } : {}) };
}

function preflightHeaders(policy: CorsPolicy, origin: string): MutableHeaders {
  return {
    ...originHeaders(policy, origin),
    ...(policy.allowMethods ? { 'access-control-allow-methods': policy.allowMethods } : {}),
    ...(policy.allowHeaders ? { 'access-control-allow-headers': policy.allowHeaders } : {}),
    ...(policy.maxAge ? { 'access-control-max-age': policy.maxAge } : {}),
  };
}
