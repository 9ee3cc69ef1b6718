import { matchRoute } from '#mesh-core/domain/decide/match-route.ts';
import type { RouteMatch } from '#mesh-core/domain/envoy/resources.ts';
import { JWT_AUTHN } from '#mesh-core/domain/envoy/security-filters.ts';
import type { JwtAuthnFilter, JwtProvider } from '#mesh-core/domain/envoy/security-filters.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { localReply } from '../http/exchange.ts';
import type { Exchange, Filter, RequestLine } from '../http/exchange.ts';
import { noteMetadata } from '../telemetry/request-record.ts';
import { JWT_STATUS } from './jwt-status.ts';
import type { JwtStatus } from './jwt-status.ts';
import { tokenLocations } from './jwt-locations.ts';
import { createVerifier, prepareProviders } from './jwt-verifier.ts';
import type { KeySource, Verifier } from './jwt-verifier.ts';

export interface JwtDependencies {
  readonly clock: Clock;
  readonly keysOf: (provider: JwtProvider) => KeySource;
  /** Chooses the route again, with the claims. */
  readonly reroute: (exchange: Exchange) => void;
}

const MAX_REALM_LENGTH = 256;

/**
 * Verifies the tokens of requests and notes their claims for the filters that follow. A bad token is refused with 401 and the
 * reason (403 when it is meant for others); preflights, which cannot carry one, pass. Source: Envoy's jwt_authn filter.
 */
export function createJwtFilter(config: JwtAuthnFilter, deps: JwtDependencies): Filter {
  const providers = prepareProviders(config.providers, deps.keysOf);
  const rules = config.rules.map(({ match, requires }) => ({ takes: match.prefix === '/' ? () => true : takesMatched(match), verify: createVerifier(requires, providers) }));
  const { sanitize } = tokenLocations(Object.values(config.providers));
  const reroutes = Object.values(config.providers).some(({ clearRouteCache }) => clearRouteCache === true);
  return (next) => (exchange, respond) => {
    const { line } = exchange;
    // What this filter sets, nobody else may have set: also when no token comes, or none is looked for.
    sanitize(line);
    const verify = config.bypassCorsPreflight === true && isPreflight(line) ? undefined : verifierFor(rules, line);
    if (verify === undefined) {
      next(exchange, respond);
      return;
    }
    const payloads: Record<string, unknown> = {};
    const { path } = line;
    const realm = realmOf(line);
    verify({ line, nowSeconds: Math.floor(deps.clock.now() / 1000), payloads }, (status) => {
      if (exchange.aborted) return;
      if (status !== 'ok') {
        refuse(status, realm);
        return;
      }
      const hasClaims = Object.keys(payloads).length > 0;
      if (hasClaims) noteMetadata(exchange.record, JWT_AUTHN, payloads);
      // A token that stood in the query is gone from the path by now.
      if ((hasClaims && reroutes) || line.path !== path) deps.reroute(exchange);
      next(exchange, respond);
    });

    function refuse(status: Exclude<JwtStatus, 'ok'>, where: string): void {
      const body = JWT_STATUS[status];
      const challenge = `Bearer realm="${where}"${status === 'missed' ? '' : ', error="invalid_token"'}`;
      localReply(exchange, respond, { status: status === 'audienceNotAllowed' ? 403 : 401, body, details: `jwt_authn_access_denied{${body.replaceAll(' ', '_')}}`, headers: { 'www-authenticate': challenge } });
    }
  };
}

function verifierFor(rules: readonly { readonly takes: (line: RequestLine) => boolean; readonly verify: Verifier }[], line: RequestLine): Verifier | undefined {
  for (const { takes, verify } of rules) if (takes(line)) return verify;
  return undefined;
}

function takesMatched(match: RouteMatch): (line: RequestLine) => boolean {
  const host = { name: '', domains: [], routes: [{ match }] };
  return (line) => matchRoute(host, line).kind === 'match';
}

/** `http://host/path`, no longer than 256 characters. */
function realmOf({ scheme, authority, path }: RequestLine): string {
  const uri = `${scheme}://${authority}${path}`.replaceAll(/["\\\r\n]/g, '');
  return uri.length > MAX_REALM_LENGTH ? uri.slice(0, MAX_REALM_LENGTH) : uri;
}

function isPreflight({ method, headers }: RequestLine): boolean {
  return method === 'OPTIONS' && headers['origin'] !== undefined && headers['access-control-request-method'] !== undefined;
}
