import type { KubeObject } from './kube-object.ts';
import type { StringMatch } from './networking.ts';
import type { WorkloadSelector } from './security.ts';

/**
 * Local rate limiting, our own kind (binnacle.dev/v1), since Istio has none: each proxy counts for itself. Compiles to Envoy's
 * local_ratelimit filter on the inbound side of the selected workloads (or on a gateway's listeners).
 */
export interface RateLimit {
  readonly name?: string;
  /** Which requests count; absent = all. Conditions AND. */
  readonly match?: { readonly path?: StringMatch; readonly method?: string; readonly headers?: Readonly<Record<string, StringMatch>> };
  /** Tokens per `per`. */
  readonly requests: number;
  /** Go duration, at least 50ms. */
  readonly per: string;
  /** Most tokens kept; absent = `requests`. */
  readonly burst?: number;
  /** One bucket for each value of this; absent = one for all. */
  readonly key?: { readonly header?: string; readonly principal?: true; readonly path?: true; readonly remoteAddress?: true };
}
export interface RateLimitPolicySpec {
  readonly selector?: WorkloadSelector;
  readonly limits?: readonly RateLimit[];
  /** 429 and nothing else when absent. `headers`: x-ratelimit-limit, -remaining, -reset. */
  readonly response?: { readonly status?: number; readonly headers?: boolean };
  /** Counts and reports without refusing. */
  readonly dryRun?: boolean;
}
export type RateLimitPolicy = KubeObject<RateLimitPolicySpec>;
