import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import type { TargetRef, WorkloadSelector } from '../security.ts';
import { checkSelectorLabels } from './label-rules.ts';

/** What a policy may be attached to, as group/kind. */
const TARGETS = new Set(['/Service', 'core/Service', 'networking.istio.io/ServiceEntry', 'gateway.networking.k8s.io/Gateway', 'gateway.networking.k8s.io/GatewayClass']);
const TARGET_NAMES = 'Service, ServiceEntry, or Gateway and GatewayClass of gateway.networking.k8s.io';

interface Attached {
  readonly selector?: WorkloadSelector;
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
}

/** What a policy applies to: a selector or targets, not both. Source: istio/istio pkg/config/validation (validateOneOfSelectorType and what follows it). */
export function checkAttachment({ selector, targetRef, targetRefs = [] }: Attached, issues: IssueSink): void {
  if ([selector !== undefined, targetRef !== undefined, targetRefs.length > 0].filter(Boolean).length > 1) {
    issues.error('spec', 'only one of targetRefs or workloadSelector can be set', { expected: 'selector or targetRefs' });
  }
  if (selector !== undefined) checkSelectorLabels(selector.matchLabels, 'spec.selector', issues);
  if (targetRef !== undefined) checkTarget(targetRef, 'spec.targetRef', issues);
  for (const [index, target] of targetRefs.entries()) checkTarget(target, joinPath('spec.targetRefs', index), issues);
}

function checkTarget({ group = '', kind = '', name = '', namespace = '' }: Partial<TargetRef>, path: string, issues: IssueSink): void {
  if (name === '') issues.error(`${path}.name`, 'targetRef name must be set', { expected: 'a name' });
  if (namespace !== '') issues.error(`${path}.namespace`, 'targetRef namespace must not be set; cross namespace referencing is not supported', { expected: 'leave it out' });
  if (!TARGETS.has(`${group}/${kind}`)) issues.error(path, `targetRef must be to one of ${TARGET_NAMES} but was ${group}/${kind}`, { expected: TARGET_NAMES });
}
