import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import type { AnalysisFix } from './analysis/analysis-message.ts';
import { analyzeObject } from './analysis/analyze-snapshot.ts';
import type { CanaryRollout } from './canary-rollout.ts';
import type { Service } from './core.ts';
import { createIssueList } from './field-issue.ts';
import type { FieldIssue } from './field-issue.ts';
import type { KubeObject } from './kube-object.ts';
import type { DestinationRule, ServiceEntry, VirtualService } from './networking.ts';
import { analyzeCanaryRollout, analyzeDestinationRule } from './references/destination-rule-references.ts';
import { analyzeAuthorizationPolicy, analyzePeerAuthentication } from './references/policy-references.ts';
import { analyzeService, analyzeServiceEntry } from './references/registry-references.ts';
import { analyzeVirtualService } from './references/virtual-service-references.ts';
import type { AuthorizationPolicy, PeerAuthentication } from './security.ts';

/**
 * Warnings about what an object refers to: hosts, subsets, gateways, workloads and identities that the snapshot does
 * not have, and other objects that claim the same. `object` must have passed `validateObject`; it need not be in the
 * snapshot, and an older version of itself there is ignored. First what Istio's analyzers say (`IST…`), then findings
 * that only Kiali names (`KIA…`). Nothing here refuses an object: what is missing may come later. `now` (milliseconds
 * since 1970) lets certificates in secrets be looked at.
 */
export function analyzeReferences(object: KubeObject, snapshot: MeshSnapshot, now?: number): FieldIssue[] {
  const issues = createIssueList();
  for (const { path, message, code, docs, fix } of analyzeObject(object, snapshot, now)) issues.warn(path, message, { code, docs, ...(fix === undefined ? {} : { fix, ...expectedOf(fix) }) });
  /* Each cast is safe because validateObject has checked the object against the schema of its kind. */
  switch (object.kind) {
    case 'VirtualService':
      analyzeVirtualService(object as VirtualService, snapshot, issues);
      break;
    case 'DestinationRule':
      analyzeDestinationRule(object as DestinationRule, snapshot, issues);
      break;
    case 'Service':
      analyzeService(object as Service, snapshot, issues);
      break;
    case 'ServiceEntry':
      analyzeServiceEntry(object as ServiceEntry, snapshot, issues);
      break;
    case 'AuthorizationPolicy':
      analyzeAuthorizationPolicy(object as AuthorizationPolicy, snapshot, issues);
      break;
    case 'PeerAuthentication':
      analyzePeerAuthentication(object as PeerAuthentication, snapshot, issues);
      break;
    case 'CanaryRollout':
      analyzeCanaryRollout(object as CanaryRollout, snapshot, issues);
      break;
    default:
  }
  return issues.warnings;
}

/** What a fix puts in, where that is one word. */
function expectedOf({ patch }: AnalysisFix): { readonly expected?: string } {
  const value = patch[0]?.value;
  return typeof value === 'string' || typeof value === 'number' ? { expected: String(value) } : {};
}
