import { TYPE_URLS } from '../envoy/resources.ts';
import type { Any, CorsPolicy, FractionalPercent, HttpFault } from '../envoy/resources.ts';
import { parseDuration } from '../resources/go-duration.ts';
import type { CorsPolicy as CorsSettings, HTTPFaultInjection, HTTPRoute } from '../resources/networking.ts';
import { protoDuration } from './proto-duration.ts';
import { stringMatcher } from './route-match.ts';

/** Fault and CORS of a route, keyed by the filter that obeys them; undefined when it has neither. */
export function routeFilters(http: HTTPRoute): Readonly<Record<string, Any>> | undefined {
  const fault = http.fault === undefined ? undefined : translateFault(http.fault);
  const filters: Record<string, Any> = {
    ...(fault === undefined ? undefined : { 'envoy.filters.http.fault': { '@type': TYPE_URLS.fault, ...fault } }),
    ...(http.corsPolicy === undefined ? undefined : { 'envoy.filters.http.cors': { '@type': TYPE_URLS.corsPolicy, ...translateCors(http.corsPolicy) } }),
  };
  return Object.keys(filters).length === 0 ? undefined : filters;
}

/** A percentage 0..100 as a fraction of a million. */
export function millionths(percent: number): FractionalPercent {
  return { numerator: Math.trunc(percent * 10_000), denominator: 'MILLION' };
}

/** An absent percentage is 0 %: nothing is injected. Source: istiod's TranslateFault. */
function translateFault({ delay, abort }: HTTPFaultInjection): HttpFault | undefined {
  const fixedDelay = protoDuration(delay?.fixedDelay);
  const fault: HttpFault = {
    ...(fixedDelay === undefined ? undefined : { delay: { fixedDelay, percentage: millionths(delay?.percentage?.value ?? 0) } }),
    ...abortOf(abort),
  };
  return fault.delay === undefined && fault.abort === undefined ? undefined : fault;
}

/** gRPC's status codes by name, in the order of their numbers. */
const GRPC_STATUS = ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'];

function abortOf(abort: HTTPFaultInjection['abort']): Pick<HttpFault, 'abort'> | undefined {
  const percentage = millionths(abort?.percentage?.value ?? 0);
  if (abort?.httpStatus !== undefined) return { abort: { httpStatus: abort.httpStatus, percentage } };
  const grpcStatus = GRPC_STATUS.indexOf(abort?.grpcStatus ?? '');
  return grpcStatus === -1 ? undefined : { abort: { grpcStatus, percentage } };
}

/** Source: istiod's TranslateCORSPolicy. */
function translateCors(cors: CorsSettings): CorsPolicy & { readonly filterEnabled: { readonly defaultValue: FractionalPercent } } {
  const origins = cors.allowOrigins?.map(stringMatcher).filter((matcher) => matcher !== undefined) ?? cors.allowOrigin?.map((exact) => ({ exact })) ?? [];
  const maxAgeMs = cors.maxAge === undefined ? undefined : parseDuration(cors.maxAge);
  return {
    forwardNotMatchingPreflights: cors.unmatchedPreflights !== 'IGNORE',
    allowOriginStringMatch: origins,
    filterEnabled: { defaultValue: { numerator: 100, denominator: 'HUNDRED' } },
    ...(cors.allowCredentials === undefined || cors.allowCredentials === null ? undefined : { allowCredentials: cors.allowCredentials }),
    ...joined('allowHeaders', cors.allowHeaders),
    ...joined('allowMethods', cors.allowMethods),
    ...joined('exposeHeaders', cors.exposeHeaders),
    ...(maxAgeMs === undefined ? undefined : { maxAge: String(Math.trunc(maxAgeMs / 1000)) }),
  };
}

function joined(field: 'allowHeaders' | 'allowMethods' | 'exposeHeaders', values: readonly string[] | undefined): Partial<CorsPolicy> {
  return values === undefined || values.length === 0 ? {} : { [field]: values.join(',') };
}
