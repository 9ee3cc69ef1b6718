import type { RetryPolicy } from '../envoy/resources.ts';
import type { HTTPRetry } from '../resources/networking.ts';
import { protoDuration } from './proto-duration.ts';

const DEFAULT_RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const PREVIOUS_PRIORITIES = { name: 'envoy.retry_priorities.previous_priorities', typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig', updateFrequency: 2 } };
const PREVIOUS_HOSTS = { name: 'envoy.retry_host_predicates.previous_hosts', typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate' } };

/** What Istio retries when a route says nothing: twice, only what never reached the app, on another host. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = outbound(2, DEFAULT_RETRY_ON, false);

/** Towards the local app: only what it cannot have seen. */
export const INBOUND_RETRY_POLICY: RetryPolicy = { retryOn: 'reset-before-request', numRetries: 2 };

/**
 * A VirtualService's retries; absent = the default, no attempts = no retries (undefined). Numbers in `retryOn` are status
 * codes. Source: istiod's retry.ConvertPolicy.
 */
export function translateRetries(retries: HTTPRetry | undefined, consistentHash: boolean): RetryPolicy | undefined {
  if (retries === undefined) return consistentHash ? outbound(2, DEFAULT_RETRY_ON, true) : DEFAULT_RETRY_POLICY;
  const attempts = retries.attempts ?? 0;
  if (attempts <= 0) return undefined;
  const parts = (retries.retryOn ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  const codes = parts.filter(isStatusCode).map(Number);
  const conditions = parts.filter((part) => !isStatusCode(part));
  if (codes.length > 0 && !conditions.includes('retriable-status-codes')) conditions.push('retriable-status-codes');
  const perTryTimeout = protoDuration(retries.perTryTimeout);
  const baseInterval = protoDuration(retries.backoff);
  const withHosts: HTTPRetry & { readonly retryIgnorePreviousHosts?: boolean | null } = retries;
  return {
    ...outbound(attempts, parts.length === 0 ? DEFAULT_RETRY_ON : conditions.join(','), withHosts.retryIgnorePreviousHosts === false || (consistentHash && withHosts.retryIgnorePreviousHosts !== true)),
    ...(codes.length === 0 ? undefined : { retriableStatusCodes: codes }),
    ...(perTryTimeout === undefined ? undefined : { perTryTimeout }),
    ...(baseInterval === undefined ? undefined : { retryBackOff: { baseInterval } }),
    ...(retries.retryRemoteLocalities === true ? { retryPriority: PREVIOUS_PRIORITIES } : undefined),
  };
}

function outbound(numRetries: number, retryOn: string, sameHostAllowed: boolean): RetryPolicy {
  return { retryOn, numRetries, hostSelectionRetryMaxAttempts: '5', ...(sameHostAllowed ? undefined : { retryHostPredicate: [PREVIOUS_HOSTS] }) };
}

function isStatusCode(text: string): boolean {
  return /^[1-5]\d\d$/.test(text);
}
