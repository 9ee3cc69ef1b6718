import type { ResetCause } from '#mesh-core/domain/decide/retry.ts';
import type { ResponseFlag } from '../telemetry/request-record.ts';
import type { UpstreamFailure } from '../upstream/connection-pool.ts';

/** The proxy's answer in the upstream's place. */
export interface FailureReply {
  readonly status: number;
  readonly body: string;
  readonly details: string;
  readonly flag: ResponseFlag;
}

const FLAGS: Readonly<Record<UpstreamFailure['kind'], ResponseFlag>> = { 'connect-failure': 'UF', reset: 'UC', 'reset-before-request': 'UC', 'remote-reset': 'UR', refused: 'UR', 'protocol-error': 'UPE', invalid: 'DPE' };
const CAUSES: Readonly<Record<UpstreamFailure['kind'], ResetCause | undefined>> = { 'connect-failure': 'connect-failure', 'reset-before-request': 'reset-before-request', refused: 'refused-stream', reset: 'reset', 'remote-reset': 'reset', 'protocol-error': 'reset', invalid: undefined };

/** What a failure is to the retry policy; undefined for a request that cannot be sent at all, which is never tried again. */
export function resetCauseOf(kind: UpstreamFailure['kind']): ResetCause | undefined {
  return CAUSES[kind];
}

/**
 * The answer to a request whose last try failed before an answer came; `retried`: there were tries before it. Status 503, or
 * 502 for an upstream that does not speak HTTP, or 400 for a request that cannot be written down.
 * Source: Envoy's router, Filter::onUpstreamReset.
 */
export function failureReply({ kind, message, transport = '' }: UpstreamFailure, retried: boolean): FailureReply {
  const flag = FLAGS[kind];
  if (kind === 'invalid') return { status: 400, body: message, details: 'http1.invalid_request', flag };
  return resetReply({ reason: message, transport, retried, flag, status: kind === 'protocol-error' ? 502 : 503 });
}

/** The answer to a request that a circuit breaker refused. */
export function overflowReply(retried: boolean): FailureReply {
  return resetReply({ reason: 'overflow', transport: '', retried, flag: 'UO', status: 503 });
}

function resetReply({ reason, transport, retried, flag, status }: { readonly reason: string; readonly transport: string; readonly retried: boolean; readonly flag: ResponseFlag; readonly status: number }): FailureReply {
  const body = `upstream connect error or disconnect/reset before headers. ${retried ? 'retried and the latest ' : ''}reset reason: ${reason}${transport === '' ? '' : `, transport failure reason: ${transport}`}`;
  const details = `upstream_reset_before_response_started{${reason}${transport === '' ? '' : `,${transport}`}}`.replaceAll(/\s/g, '_');
  return { status, body, details, flag };
}
