import type { BackendTrafficPolicy, PolicyAncestorStatus } from '../resources/gateway-api.ts';
import { serviceFqdn } from '../resources/host-name.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { TrafficPolicy } from '../resources/networking.ts';
import { IGNORED, ancestorStatus, isIgnored, mergeAncestors, targetReference } from './backend-policy.ts';
import type { BackendPolicy } from './backend-policy.ts';
import type { ConvertedPolicy } from './backend-tls-policies.ts';
import type { ConditionWish } from './conditions.ts';
import { MESH_CONTROLLER } from './gateway-classes.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { jsonDuration } from './json-duration.ts';
import { REF } from './object-reference.ts';
import { findTarget } from './policy-target.ts';
import type { RouteContext } from './route-context.ts';

/** An XBackendTrafficPolicy: a retry budget for Services. Session persistence is said to be unsupported. Source: istiod's BackendTrafficPolicyCollection. */
export function convertBackendTrafficPolicy(policy: BackendTrafficPolicy, input: GatewayApiInput, context: RouteContext, now: string): ConvertedPolicy {
  const moment = { generation: policy.metadata.generation, now };
  const existing = policy.status?.ancestors ?? [];
  const targets = policy.spec?.targetRefs ?? [];
  if (isIgnored(policy)) {
    const ignored = targets.map((target) => ancestorStatus(targetReference(target), existing, IGNORED, moment, MESH_CONTROLLER));
    return { status: { ...policy.status, ancestors: mergeAncestors(existing, ignored) }, policies: [] };
  }
  const namespace = namespaceOf(policy);
  const unsupported = policy.spec?.sessionPersistence === undefined ? '' : ', but Istio does not support the following fields: sessionPersistence';
  let accepted: ConditionWish = { reason: 'Accepted', message: `Configuration is valid${unsupported}` };
  const retryBudget = retryBudgetOf(policy.spec);
  const policies: BackendPolicy[] = [];
  const ancestors: PolicyAncestorStatus[] = [];
  for (const target of targets) {
    const found = findTarget(target, namespace, context, input);
    const problem = 'problem' in found ? found.problem : found.kind === REF.service ? undefined : `unsupported reference kind: ${target.kind}`;
    if (problem !== undefined) accepted = { ...accepted, error: { reason: 'TargetNotFound', message: `targetRefs invalid: ${problem}` } };
    else policies.push({ source: policy, target: { kind: 'Service', namespace, name: target.name }, host: serviceFqdn(target.name, namespace, context.clusterDomain), loadBalancer: {}, retryBudget });
    const { sectionName: _, ...whole } = target;
    ancestors.push(ancestorStatus(targetReference(whole), existing, { Accepted: accepted }, moment, MESH_CONTROLLER));
  }
  return { status: { ...policy.status, ancestors: mergeAncestors(existing, ancestors) }, policies };
}

/** Gateway API's defaults: 10 seconds, at least 10 retries at a time. */
function retryBudgetOf(spec: BackendTrafficPolicy['spec']): TrafficPolicy['retryBudget'] {
  const constraint = spec?.retryConstraint;
  if (constraint === undefined) return undefined;
  const { percent, interval } = constraint.budget ?? {};
  return {
    ...(percent === undefined ? undefined : { percent }),
    budgetInterval: jsonDuration(interval) ?? '10s',
    minRetryConcurrency: constraint.minRetryRate === undefined ? 10 : (constraint.minRetryRate.count ?? 10),
  };
}
