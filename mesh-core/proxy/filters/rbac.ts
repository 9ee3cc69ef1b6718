import { isIP } from 'node:net';
import { compileRbac } from '#mesh-core/domain/decide/compile-rbac.ts';
import type { CompiledRbac, RbacSubject } from '#mesh-core/domain/decide/compile-rbac.ts';
import type { RbacFilter, RbacRules } from '#mesh-core/domain/envoy/resources.ts';
import { HTTP_RBAC, SHADOW_POLICY_ID, SHADOW_RESULT } from '#mesh-core/domain/envoy/security-filters.ts';
import { localReply } from '../http/exchange.ts';
import type { Exchange, Filter } from '../http/exchange.ts';
import type { CounterSeries } from '../telemetry/prebuilt-metrics.ts';
import type { RbacMetrics } from '../telemetry/rbac-metrics.ts';
import { noteMetadata } from '../telemetry/request-record.ts';

/** What an RBAC filter needs besides its rules. */
export interface RbacDependencies {
  /** The port that policies mean. */
  readonly destinationPort: (exchange: Exchange) => number;
  readonly metrics: RbacMetrics;
  readonly statPrefix: string;
  /** The connection's peer is the client itself; otherwise the last address of x-forwarded-for is. */
  readonly isEdge: boolean;
}
interface Judge {
  readonly action: RbacRules['action'];
  readonly match: CompiledRbac;
  readonly allowed: CounterSeries;
  readonly denied: CounterSeries;
}

/**
 * Refuses what the rules refuse: 403 `RBAC: access denied`, with the deciding rule in the response code details. Shadow rules
 * refuse nothing: what they would have done is counted, and noted for the filters that come after and for the trace. A LOG
 * rule only notes that it matched. Source: Envoy's RBAC filter.
 */
export function createRbacFilter(config: RbacFilter, deps: RbacDependencies): Filter {
  const enforced = config.rules === undefined ? undefined : judgeOf(config.rules, (verdict) => deps.metrics.enforced(deps.statPrefix, verdict));
  const prefix = config.shadowRulesStatPrefix ?? '';
  const action = /^istio_dry_run_(allow|deny)_$/.exec(prefix)?.[1] ?? '';
  const shadow = config.shadowRules === undefined ? undefined : judgeOf(config.shadowRules, (verdict) => deps.metrics.tried(deps.statPrefix, action, verdict));
  const asksClient = JSON.stringify(config).includes('"remoteIp"');
  const subject = emptySubject();
  return (next) => (exchange, respond) => {
    const { downstream } = exchange;
    fillSubject(subject, exchange, deps.destinationPort(exchange), asksClient && !deps.isEdge ? clientAddress(exchange) : downstream.remoteAddress);
    if (shadow !== undefined) tryOut(shadow, prefix, subject, exchange);
    if (enforced === undefined) {
      next(exchange, respond);
      return;
    }
    const matched = enforced.match(subject);
    if (enforced.action === 'LOG') {
      noteMetadata(exchange.record, 'envoy.common', { access_log_hint: matched !== undefined });
      next(exchange, respond);
      return;
    }
    if ((matched !== undefined) === (enforced.action === 'ALLOW')) {
      enforced.allowed.value++;
      next(exchange, respond);
      return;
    }
    enforced.denied.value++;
    localReply(exchange, respond, { status: 403, body: 'RBAC: access denied', details: `rbac_access_denied_matched_policy[${matched ?? 'none'}]` });
  };
}

function judgeOf(rules: RbacRules, counter: (verdict: 'allowed' | 'denied') => CounterSeries): Judge {
  return { action: rules.action, match: compileRbac(rules), allowed: counter('allowed'), denied: counter('denied') };
}

function tryOut(shadow: Judge, prefix: string, subject: RbacSubject, exchange: Exchange): void {
  const matched = shadow.match(subject);
  const allowed = shadow.action === 'LOG' || (matched !== undefined) === (shadow.action === 'ALLOW');
  if (allowed) shadow.allowed.value++;
  else shadow.denied.value++;
  noteMetadata(exchange.record, HTTP_RBAC, { ...(matched === undefined ? {} : { [prefix + SHADOW_POLICY_ID]: matched }), [prefix + SHADOW_RESULT]: allowed ? 'allowed' : 'denied' });
}

type Optional = 'principal' | 'sni' | 'metadata';
type MutableSubject = { -readonly [field in Exclude<keyof RbacSubject, Optional>]: RbacSubject[field] } & { [field in Optional]: RbacSubject[field] | undefined };

/** One object serves all requests of a filter: a request is judged in one go. */
function emptySubject(): RbacSubject {
  return { method: '', path: '', host: '', headers: {}, sourceIp: '', destinationPort: 0 };
}

function fillSubject(subject: RbacSubject, { line, downstream, record }: Exchange, destinationPort: number, remoteIp: string): void {
  // Safe because an undefined field and an absent one mean the same to the compiled rules.
  const filled = subject as unknown as MutableSubject;
  filled.method = line.method;
  filled.path = line.path;
  filled.host = line.authority;
  filled.headers = line.headers;
  filled.sourceIp = downstream.remoteAddress;
  filled.remoteIp = remoteIp;
  filled.destinationIp = downstream.localAddress;
  filled.destinationPort = destinationPort;
  filled.principal = downstream.spiffeId;
  filled.sni = downstream.serverName;
  filled.metadata = record.metadata;
}

/** What the nearest proxy before this one says: the last address of x-forwarded-for, or the peer when that is none. Source: Envoy's getLastAddressFromXFF. */
function clientAddress({ line, downstream }: Exchange): string {
  const forwarded = line.headers['x-forwarded-for'];
  const last = forwarded === undefined ? undefined : [forwarded].flat().join(',').split(',').at(-1)?.trim();
  return last !== undefined && isIP(last) !== 0 ? last : downstream.remoteAddress;
}
