import { compileMetadata } from '#mesh-core/domain/decide/compile-rbac.ts';
import type { ExtAuthzFilter } from '#mesh-core/domain/envoy/security-filters.ts';
import { statusCodeOf } from '#mesh-core/domain/translate/http-status-names.ts';
import { localReply } from '../http/exchange.ts';
import type { Dispatch, Exchange, Filter, Respond } from '../http/exchange.ts';
import { bufferStart } from './buffered-body.ts';
import type { CallDependencies } from './call-cluster.ts';
import { grpcAuthorizer } from './ext-authz-grpc.ts';
import { httpAuthorizer } from './ext-authz-http.ts';
import type { AskAuthorizer, ShownBody } from './ext-authz-verdict.ts';

export interface ExtAuthzDependencies extends CallDependencies {
  /** Chooses the route again after the authorizer changed the request's headers. */
  readonly reroute: (exchange: Exchange) => void;
}

/**
 * Asks another service whether a request may pass, if a CUSTOM rule noted that it should be asked. A denial goes to the client as
 * the service words it (flag UAEX); no answer that can be understood is 403 or `statusOnError`, unless the filter fails open.
 * Source: Envoy's ext_authz filter.
 */
export function createExtAuthzFilter(config: ExtAuthzFilter, deps: ExtAuthzDependencies): Filter {
  const isEnabled = config.filterEnabledMetadata === undefined ? () => true : compileMetadata(config.filterEnabledMetadata);
  const authorizer = authorizerOf(config, deps);
  const statusOnError = (config.statusOnError === undefined ? undefined : statusCodeOf(config.statusOnError.code)) ?? 403;
  const { withRequestBody, failureModeAllow = false } = config;

  function ask(body: ShownBody | undefined, next: Dispatch, exchange: Exchange, respond: Respond): void {
    const cancel = authorizer(exchange, body, (verdict) => {
      if (exchange.aborted) return;
      if (verdict.kind === 'error') {
        if (failureModeAllow) next(exchange, respond);
        else localReply(exchange, respond, { status: statusOnError, body: '', details: 'ext_authz_error', flag: 'UAEX' });
        return;
      }
      if (verdict.kind === 'deny') {
        localReply(exchange, respond, { status: verdict.status, body: verdict.body, details: 'ext_authz_denied', flag: 'UAEX', headers: verdict.headers });
        return;
      }
      if (verdict.apply(exchange.line.headers)) deps.reroute(exchange);
      next(exchange, Object.keys(verdict.toClient).length === 0 ? respond : (response) => {
        Object.assign(response.headers, verdict.toClient);
        respond(response);
      });
    });
    exchange.onAbort(cancel);
  }

  return (next) => (exchange, respond) => {
    if (!isEnabled(exchange.record.metadata)) {
      next(exchange, respond);
      return;
    }
    if (withRequestBody === undefined || exchange.body === undefined || exchange.upgrade !== undefined) {
      ask(undefined, next, exchange, respond);
      return;
    }
    const limit = withRequestBody.maxRequestBytes ?? 0;
    bufferStart(exchange.body, limit, ({ bytes, complete, body }) => {
      if (exchange.aborted) return;
      exchange.body = body;
      const isPartial = bytes.length > limit || (!complete && bytes.length >= limit);
      if (isPartial && withRequestBody.allowPartialMessage !== true) localReply(exchange, respond, { status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
      else ask({ bytes: bytes.subarray(0, limit), isPartial }, next, exchange, respond);
    });
  };
}

/** A configuration that names no service is as one whose service never answers. */
function authorizerOf(config: ExtAuthzFilter, deps: CallDependencies): AskAuthorizer {
  if (config.httpService !== undefined) return httpAuthorizer(config, config.httpService, deps);
  if (config.grpcService !== undefined) return grpcAuthorizer(config, config.grpcService, deps);
  return (_exchange, _body, done) => {
    done({ kind: 'error' });
    return () => {};
  };
}
