import type { CanaryRollout } from './canary-rollout.ts';
import type { Service } from './core.ts';
import { createIssueList } from './field-issue.ts';
import type { FieldIssue, IssueSink } from './field-issue.ts';
import { KINDS, kindByApiVersion } from './kinds.ts';
import type { KindInfo } from './kinds.ts';
import type { KubeObject } from './kube-object.ts';
import type { DestinationRule, Gateway, ServiceEntry, VirtualService, WorkloadEntry } from './networking.ts';
import type { PrometheusRule } from './prometheus-rule.ts';
import { schemaOf } from './schema/schema-of.ts';
import { validateStructure } from './schema/validate-structure.ts';
import type { AuthorizationPolicy, PeerAuthentication } from './security.ts';
import { validateAuthorizationPolicy } from './validate-authorization-policy.ts';
import { validateCanaryRollout } from './validate-canary-rollout.ts';
import { validateDestinationRule } from './validate-destination-rule.ts';
import { validateGateway } from './validate-gateway.ts';
import { checkMetadata } from './validate-metadata.ts';
import { validatePeerAuthentication } from './validate-peer-authentication.ts';
import { validateRuleGroups } from './validate-prometheus-rule.ts';
import { validateServiceEntry } from './validate-service-entry.ts';
import { validateService } from './validate-service.ts';
import { validateVirtualService } from './validate-virtual-service.ts';
import { checkWorkloadEntry } from './validate-workload-entry.ts';

export interface ValidationContext {
  /** Namespace of an object that does not name one, as in a request path; absent: `default`. */
  readonly namespace?: string;
}
export interface ValidationResult {
  /** Any of these refuses the object. */
  readonly errors: readonly FieldIssue[];
  /** These are shown, and stored objects may have them. */
  readonly warnings: readonly FieldIssue[];
}

/**
 * Validates one object by itself: first its structure (known kind, known fields, types, required fields, names), then
 * the rules of its kind as istiod's admission has them. The second part runs once all fields have the right type, so
 * one pass may not show everything. Never throws, whatever the value; references to other objects are
 * `analyzeReferences`.
 */
export function validateObject(object: unknown, context: ValidationContext = {}): ValidationResult {
  const issues = createIssueList();
  const info = kindOf(object, issues);
  const schema = info === undefined ? undefined : schemaOf(info.id);
  if (info === undefined || schema === undefined) return issues;
  validateStructure(object, schema, '', issues);
  if (issues.errors.every(({ code }) => code === 'unknown-field')) {
    // Safe: the schema has just checked every field that the rules read.
    validateKind(object as KubeObject, info, context, issues);
  }
  return issues;
}

function kindOf(object: unknown, issues: IssueSink): KindInfo | undefined {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    issues.error('', 'not an object', { expected: 'an object with apiVersion, kind and metadata', code: 'type' });
    return undefined;
  }
  const { apiVersion, kind } = object as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || kind === '') {
    issues.error('kind', 'kind is required', { expected: KINDS.map((info) => info.kind).join(', '), code: 'required' });
    return undefined;
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    issues.error('apiVersion', 'apiVersion is required', { expected: expectedVersions(kind), code: 'required' });
    return undefined;
  }
  const info = kindByApiVersion(apiVersion, kind);
  if (info !== undefined) return info;
  const known = KINDS.some((candidate) => candidate.kind === kind);
  if (known) issues.error('apiVersion', `${kind} is not served in ${JSON.stringify(apiVersion)}`, { expected: expectedVersions(kind), code: 'unknown-kind' });
  else issues.error('kind', `unknown kind ${JSON.stringify(kind)}`, { expected: KINDS.map((candidate) => candidate.kind).join(', '), code: 'unknown-kind' });
  return undefined;
}

function expectedVersions(kind: string): string {
  const versions = KINDS.filter((info) => info.kind === kind).flatMap((info) => info.versions.map((version) => (info.group === '' ? version : `${info.group}/${version}`)));
  return versions.length === 0 ? 'group/version of the kind' : versions.join(' or ');
}

/* Each cast below is safe because the schema of that kind has checked the object. */
function validateKind(object: KubeObject, info: KindInfo, context: ValidationContext, issues: IssueSink): void {
  const namespace = object.metadata.namespace ?? context.namespace ?? 'default';
  checkMetadata(object.metadata, info, (object as AuthorizationPolicy).spec?.action ?? 'ALLOW', issues);
  if (object.metadata.name === undefined) return;
  switch (info.id) {
    case 'VirtualService':
      return validateVirtualService((object as VirtualService).spec ?? {}, namespace, issues);
    case 'DestinationRule': {
      const { spec } = object as DestinationRule;
      if (spec === undefined) return issues.error('spec.host', 'host is required', { expected: 'a service name or a host', code: 'required' });
      return validateDestinationRule(spec, namespace, issues);
    }
    case 'Gateway':
      return validateGateway((object as Gateway).spec ?? {}, object.metadata.name, issues);
    case 'ServiceEntry':
      return validateServiceEntry((object as ServiceEntry).spec ?? {}, object.metadata, namespace, issues);
    case 'WorkloadEntry':
      return checkWorkloadEntry((object as WorkloadEntry).spec ?? {}, { hostNameAllowed: true }, 'spec', issues);
    case 'AuthorizationPolicy':
      return validateAuthorizationPolicy((object as AuthorizationPolicy).spec ?? {}, issues);
    case 'PeerAuthentication':
      return validatePeerAuthentication((object as PeerAuthentication).spec ?? {}, issues);
    case 'Service':
      return validateService(object as Service, issues);
    case 'CanaryRollout': {
      const { spec } = object as CanaryRollout;
      return spec === undefined ? undefined : validateCanaryRollout(spec, issues);
    }
    case 'PrometheusRule':
      return validateRuleGroups((object as PrometheusRule).spec?.groups ?? [], 'spec.groups', issues);
    default:
  }
}
