import { parseDuration } from '../resources/go-duration.ts';
import type { RetryPolicy } from '../envoy/resources.ts';
import type { ClusterOutcome } from './decide-route.ts';
import type { MutableHeaders } from './header-mutations.ts';

/** How long a request may take and what is tried again, after what its route and its own headers say. Times are milliseconds, 0 = no limit. */
export interface RequestLimits {
  readonly timeoutMs: number;
  readonly perTryMs: number;
  readonly retryPolicy: RetryPolicy | undefined;
}

const RETRY_HEADERS = ['x-envoy-retry-on', 'x-envoy-retry-grpc-on', 'x-envoy-max-retries', 'x-envoy-retriable-status-codes'] as const;
const TIMEOUT = 'x-envoy-upstream-rq-timeout-ms';
const PER_TRY_TIMEOUT = 'x-envoy-upstream-rq-per-try-timeout-ms';
const EXPECTED = 'x-envoy-expected-rq-timeout-ms';
/** Units of the grpc-timeout header, in milliseconds. */
const GRPC_UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/**
 * Reads the limits of a request, and takes the headers out that said them; what the upstream may count on is put in, as
 * `x-envoy-expected-rq-timeout-ms`. A gRPC call brings its own deadline where the route allows it. Strangers cannot say any of it: an edge listener
 * has removed their `x-envoy-` headers before. Changes `headers` in place. Source: Envoy's router: FilterUtility::finalTimeout, RetryStateImpl.
 */
export function takeRequestLimits({ action, timeoutMs: routeTimeoutMs, retryPolicy }: ClusterOutcome, isGrpc: boolean, headers: MutableHeaders): RequestLimits {
  const grpcMs = isGrpc && action.maxGrpcTimeout !== undefined ? grpcTimeoutMs(headers, parseDuration(action.maxGrpcTimeout) ?? 0) : undefined;
  const timeoutMs = take(headers, TIMEOUT) ?? grpcMs ?? routeTimeoutMs;
  const perTryGiven = take(headers, PER_TRY_TIMEOUT) ?? (retryPolicy?.perTryTimeout === undefined ? 0 : (parseDuration(retryPolicy.perTryTimeout) ?? 0));
  // A try that may take longer than all tries has no limit of its own.
  const perTryMs = timeoutMs > 0 && perTryGiven >= timeoutMs ? 0 : perTryGiven;
  const expectedMs = perTryMs > 0 ? perTryMs : timeoutMs;
  if (expectedMs > 0) headers[EXPECTED] = String(expectedMs);
  return { timeoutMs, perTryMs, retryPolicy: RETRY_HEADERS.some((name) => headers[name] !== undefined) ? withHeaders(retryPolicy, headers) : retryPolicy };
}

function withHeaders(policy: RetryPolicy | undefined, headers: MutableHeaders): RetryPolicy | undefined {
  const [retryOn, grpcOn, max, codes] = RETRY_HEADERS.map((name) => {
    const value = headers[name];
    headers[name] = undefined;
    return typeof value === 'string' ? value : '';
  });
  const conditions = [policy?.retryOn, retryOn, grpcOn].filter(Boolean).join(',');
  if (conditions === '') return policy;
  const retriableStatusCodes = [...(policy?.retriableStatusCodes ?? []), ...listOf(codes).map(Number).filter(Number.isInteger)];
  return { ...policy, retryOn: conditions, retriableStatusCodes, ...(max !== undefined && /^\d+$/.test(max) ? { numRetries: Number(max) } : undefined) };
}

/** A header of milliseconds, which is removed; undefined for none that is a number. */
function take(headers: MutableHeaders, name: string): number | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  headers[name] = undefined;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** The deadline that a call brings, cut to `maxMs` (0 = as it is); without one, `maxMs`. */
function grpcTimeoutMs(headers: MutableHeaders, maxMs: number): number {
  const value = headers['grpc-timeout'];
  const [, digits, unit = ''] = (typeof value === 'string' ? /^(\d{1,8})([HMSmun])$/.exec(value) : null) ?? [];
  if (digits === undefined) return maxMs;
  const asked = Math.max(1, Math.ceil(Number(digits) * (GRPC_UNITS[unit] ?? 1)));
  return maxMs > 0 && asked > maxMs ? maxMs : asked;
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
}
