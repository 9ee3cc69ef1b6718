import type { Any, FractionalPercent, HeaderMatcher, HeaderValueOption, QueryParameterMatcher } from './resources.ts';

/**
 * Local rate limiting as proto3 JSON; only the fields this mesh emits or obeys.
 * Source: envoy.extensions.filters.http.local_ratelimit.v3, envoy.config.route.v3.RateLimit.
 */
export const LOCAL_RATE_LIMIT = 'envoy.filters.http.local_ratelimit';
export const LOCAL_RATE_LIMIT_URL = 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';
/** A descriptor entry whose value is that of a CEL expression. */
export const EXPRESSION_DESCRIPTOR_URL = 'type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor';

export interface TokenBucket {
  /** Absent = 0, as on the wire: nothing passes. */
  readonly maxTokens?: number;
  /** Absent = 1. */
  readonly tokensPerFill?: number;
  readonly fillInterval: string;
}
export interface DescriptorEntry {
  readonly key: string;
  /** Absent or empty = any, each with a bucket of its own. */
  readonly value?: string;
}
export interface LocalRateLimitDescriptor { readonly entries: readonly DescriptorEntry[]; readonly tokenBucket: TokenBucket }
/** Without a token bucket the filter is off, unless a route configures it. */
export interface LocalRateLimit {
  readonly '@type': string;
  readonly statPrefix?: string;
  readonly status?: { readonly code: string };
  readonly tokenBucket?: TokenBucket;
  /** Absent = 0 %: off. */
  readonly filterEnabled?: { readonly defaultValue?: FractionalPercent };
  /** Absent = 0 %: counted, not refused. */
  readonly filterEnforced?: { readonly defaultValue?: FractionalPercent };
  readonly responseHeadersToAdd?: readonly HeaderValueOption[];
  readonly requestHeadersToAddWhenNotEnforced?: readonly HeaderValueOption[];
  readonly descriptors?: readonly LocalRateLimitDescriptor[];
  readonly enableXRatelimitHeaders?: 'OFF' | 'DRAFT_VERSION_03';
  /** Absent = true: a request that a descriptor covers takes a token of the common bucket as well. */
  readonly alwaysConsumeDefaultTokenBucket?: boolean;
  readonly rateLimitedAsResourceExhausted?: boolean;
}

/** What a request is described by; exactly one of the fields. An action that does not apply takes its whole descriptor away. */
export interface RateLimitAction {
  readonly genericKey?: { readonly descriptorValue: string; readonly descriptorKey?: string };
  readonly requestHeaders?: { readonly headerName: string; readonly descriptorKey: string; readonly skipIfAbsent?: boolean };
  readonly remoteAddress?: Readonly<Record<string, never>>;
  readonly headerValueMatch?: { readonly descriptorValue: string; readonly descriptorKey?: string; readonly expectMatch?: boolean; readonly headers?: readonly HeaderMatcher[] };
  readonly queryParameterValueMatch?: { readonly descriptorValue: string; readonly descriptorKey?: string; readonly expectMatch?: boolean; readonly queryParameters?: readonly QueryParameterMatcher[] };
  readonly sourceCluster?: Readonly<Record<string, never>>;
  readonly destinationCluster?: Readonly<Record<string, never>>;
  readonly extension?: { readonly name: string; readonly typedConfig: Any };
}
/** One descriptor of the requests of a route or virtual host. */
export interface RouteRateLimit { readonly actions: readonly RateLimitAction[] }
