import { parseDuration } from '../resources/go-duration.ts';
import type { Any, FractionalPercent, HttpFault, Route } from '../envoy/resources.ts';

/** What a fault does to one request: wait, then maybe answer in the app's place. */
export interface FaultOutcome {
  /** Milliseconds; 0 = no delay. */
  readonly delayMs: number;
  /** The answer's status; absent = the request goes on. */
  readonly abortStatus?: number;
  /** The gRPC code that a gRPC caller is told; absent = the one that stands for the status. */
  readonly abortGrpcStatus?: number;
}

const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const;
/** The body of an injected answer, as Envoy's fault filter writes it. */
export const FAULT_ABORT_BODY = 'fault filter abort';

/** The fault that a route injects, or undefined. Istio keeps it in the route's typedPerFilterConfig. */
export function faultOfRoute(route: Route): HttpFault | undefined {
  const config: (Any & Partial<HttpFault>) | undefined = route.typedPerFilterConfig?.['envoy.filters.http.fault'];
  return config;
}

/** Draws whether delay and abort hit this request, one random number in [0, 1) each. Source: Envoy's fault filter. */
export function applyFault(fault: HttpFault, random: () => number): FaultOutcome {
  const delayMs = fault.delay !== undefined && isHit(fault.delay.percentage, random()) ? (parseDuration(fault.delay.fixedDelay) ?? 0) : 0;
  const aborted = fault.abort !== undefined && isHit(fault.abort.percentage, random());
  return aborted && fault.abort !== undefined ? { delayMs, ...abortOf(fault.abort) } : { delayMs };
}

/** gRPC's codes as HTTP statuses, in the order of their numbers. Source: Envoy's grpcToHttpStatus. */
const HTTP_OF_GRPC: readonly number[] = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

/** The HTTP status that stands for a gRPC code. */
export function httpStatusOfGrpc(grpcStatus: number): number {
  return HTTP_OF_GRPC[grpcStatus] ?? 500;
}

/** The status of an injected answer; a gRPC code stands for one too. */
export function abortOf({ httpStatus, grpcStatus }: NonNullable<HttpFault['abort']>): { readonly abortStatus: number; readonly abortGrpcStatus?: number } {
  if (grpcStatus === undefined) return { abortStatus: httpStatus ?? 200 };
  return { abortStatus: httpStatusOfGrpc(grpcStatus), abortGrpcStatus: grpcStatus };
}

/** Does a random number in [0, 1) fall into the fraction? */
export function isHit(fraction: FractionalPercent | undefined, random: number): boolean {
  return random < shareOf(fraction);
}

/** A fraction as a number 0..1. An absent fraction is 0; an absent denominator is 100. */
export function shareOf(fraction: FractionalPercent | undefined): number {
  return (fraction?.numerator ?? 0) / DENOMINATORS[fraction?.denominator ?? 'HUNDRED'];
}
