import { namespaceOf } from '../resources/kube-object.ts';
import { policiesFor } from '../translate/policy-attachment.ts';
import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import { translateRateLimits } from '../translate/rate-limits.ts';
import { matchesHeader } from './match-value.ts';
import { headerValue } from './request-head.ts';
import type { RequestHead } from './request-head.ts';
import type { PolicyTarget } from './workload-authorization.ts';

/** One limit of a RateLimitPolicy, as it meets a request. */
export interface SimulatedRateLimit {
  readonly policy: { readonly namespace: string; readonly name: string };
  /** Its name, or its place in the policy. */
  readonly limit: string;
  readonly requests: number;
  readonly per: string;
  /** Does the request count against it? */
  readonly applies: boolean;
  /** Only counted and logged. */
  readonly dryRun: boolean;
}

/** The limits of a workload; whether tokens are left is not known before the request is sent. */
export function simulateRateLimits({ rateLimitPolicies, mesh }: Pick<MeshSnapshot, 'rateLimitPolicies' | 'mesh'>, workload: PolicyTarget, request: RequestHead): SimulatedRateLimit[] {
  return policiesFor(rateLimitPolicies, workload, mesh.rootNamespace).flatMap((policy) => {
    const { limits = [], dryRun = false } = policy.spec ?? {};
    return limits.map((limit, index) => {
      const [description] = translateRateLimits([{ ...policy, spec: { ...policy.spec, limits: [limit] } }]).descriptions;
      const headers = description?.actions[0]?.headerValueMatch?.headers ?? [];
      const applies = headers.every((matcher) => matchesHeader(matcher, headerValue(request, matcher.name)));
      return { policy: { namespace: namespaceOf(policy), name: policy.metadata.name }, limit: limit.name ?? String(index), requests: limit.requests, per: limit.per, applies, dryRun };
    });
  });
}
