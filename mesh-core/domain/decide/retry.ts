import { parseDuration } from '../resources/go-duration.ts';
import type { RetryPolicy } from '../envoy/resources.ts';

/** How one try ended. `connect-failure` and `refused-stream` are resets that happened before the app saw anything. */
export type TryOutcome =
  | { readonly kind: 'response'; readonly status: number; readonly grpcStatus?: number; readonly rateLimited?: boolean; readonly overloaded?: boolean }
  | { readonly kind: 'reset'; readonly cause: ResetCause };
/** `reset` is also what an expired per-try timeout counts as; `overflow` = refused by a circuit breaker, never retried. */
export type ResetCause = 'connect-failure' | 'refused-stream' | 'reset-before-request' | 'reset' | 'overflow';

export type RetryDecision =
  | { readonly kind: 'retry'; readonly condition: string }
  | { readonly kind: 'stop'; readonly reason: 'not-retriable' | 'no-policy' | 'limit-reached' };

const DEFAULT_BASE_INTERVAL_MS = 25;
const DEFAULT_NUM_RETRIES = 1;
const GRPC_CONDITIONS: Readonly<Record<string, number>> = { cancelled: 1, 'deadline-exceeded': 4, 'resource-exhausted': 8, internal: 13, unavailable: 14 };
const conditionLists = new Map<string, readonly string[]>();

/**
 * Should a request be tried again? `attempt` is the number of the try that just ended, from 1. `limit-reached` means
 * the outcome was retriable but the tries are used up (response flag URX).
 * Source: Envoy's documentation of x-envoy-retry-on, x-envoy-retry-grpc-on and RetryPolicy.
 */
export function shouldRetry(policy: RetryPolicy | undefined, attempt: number, outcome: TryOutcome): RetryDecision {
  if (policy === undefined) return { kind: 'stop', reason: 'no-policy' };
  const condition = conditionsOf(policy.retryOn ?? '').find((name) => isRetriable(name, policy, outcome));
  if (condition === undefined) return { kind: 'stop', reason: 'not-retriable' };
  return attempt > (policy.numRetries ?? DEFAULT_NUM_RETRIES) ? { kind: 'stop', reason: 'limit-reached' } : { kind: 'retry', condition };
}

/**
 * Milliseconds to wait before retry number `retry` (from 1): exponential with full jitter, drawn with `random` in
 * [0, 1). The base is 25 ms and the ceiling ten times the base unless the policy says otherwise.
 */
export function retryBackoffMs(policy: RetryPolicy, retry: number, random: number): number {
  const base = positive(policy.retryBackOff?.baseInterval) ?? DEFAULT_BASE_INTERVAL_MS;
  const ceiling = Math.max(base, positive(policy.retryBackOff?.maxInterval) ?? base * 10);
  return Math.floor(random * Math.min(ceiling, base * 2 ** Math.min(retry - 1, 30)));
}

function isRetriable(condition: string, policy: RetryPolicy, outcome: TryOutcome): boolean {
  if (outcome.kind === 'reset') return isRetriableReset(condition, outcome.cause);
  const { status } = outcome;
  // Answers of other proxies: more requests would not help them.
  if (outcome.overloaded === true) return false;
  if (outcome.rateLimited === true) return condition === 'envoy-ratelimited';
  switch (condition) {
    case '5xx':
      return status >= 500 && status <= 599;
    case 'gateway-error':
      return status === 502 || status === 503 || status === 504;
    case 'retriable-4xx':
      return status === 409;
    case 'retriable-status-codes':
      return policy.retriableStatusCodes?.includes(status) ?? false;
    default:
      return outcome.grpcStatus !== undefined && GRPC_CONDITIONS[condition] === outcome.grpcStatus;
  }
}

function isRetriableReset(condition: string, cause: ResetCause): boolean {
  if (cause === 'overflow') return false;
  if (condition === '5xx' || condition === 'reset' || condition === 'gateway-error') return true;
  if (condition === 'reset-before-request') return cause === 'connect-failure' || cause === 'reset-before-request';
  return condition === cause;
}

function conditionsOf(retryOn: string): readonly string[] {
  let conditions = conditionLists.get(retryOn);
  if (conditions === undefined) {
    conditions = retryOn.split(',').map((part) => part.trim()).filter((part) => part !== '');
    if (conditionLists.size > 1024) conditionLists.clear();
    conditionLists.set(retryOn, conditions);
  }
  return conditions;
}

function positive(duration: string | undefined): number | undefined {
  const milliseconds = duration === undefined ? undefined : parseDuration(duration);
  return milliseconds !== undefined && milliseconds > 0 ? milliseconds : undefined;
}
