import { TYPE_URLS } from '../envoy/resources.ts';
import type { RbacFilter } from '../envoy/resources.ts';
import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import { CUSTOM_STAT_PREFIX, namedServices } from '../translate/external-authorization.ts';
import { policiesFor } from '../translate/policy-attachment.ts';
import { httpAuthorization, parseRuleName } from '../translate/translate-authorization.ts';
import type { AuthorizationFact, AuthorizationRequest } from './authorization-request.ts';
import { judge, openFacts } from './authorize.ts';

/** A workload as policies select it. */
export interface PolicyTarget {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}
/** A rule of an AuthorizationPolicy; `rule` counts from 0. */
export interface PolicyRuleRef {
  readonly namespace: string;
  readonly name: string;
  readonly rule: number;
}
/** A verdict that a person can read. */
export interface ExplainedVerdict {
  readonly verdict: 'permit' | 'deny' | 'depends';
  /** The rule that decided, or the first that cannot be decided; absent when none did. */
  readonly policy?: PolicyRuleRef;
  /** The facts that are not known and would decide; empty unless `depends`. */
  readonly dependsOn: readonly AuthorizationFact[];
  /** A sentence without a full stop: "allowed by shop/inventory (rule 1)". */
  readonly reason: string;
}
/** The policies of one workload, ready to judge requests to it. */
export interface WorkloadAuthorization {
  readonly judge: (request: AuthorizationRequest) => ExplainedVerdict;
}

const FACT_NAMES: Readonly<Record<AuthorizationFact, string>> = {
  principal: "the caller's identity",
  method: 'the method',
  path: 'the path',
  host: 'the host',
  headers: 'request headers',
  sourceIp: "the caller's address",
  remoteIp: "the client's address",
  destinationIp: "the destination's address",
  destinationPort: 'the destination port',
  sni: 'the server name',
  metadata: 'the token',
  external: 'the answer of the external authorizer',
};

/** Prepares the policies that apply to a workload, as its proxy would get them. */
export function authorizationOf(snapshot: Pick<MeshSnapshot, 'authorizationPolicies' | 'mesh'> & Partial<Pick<MeshSnapshot, 'services' | 'serviceEntries'>>, workload: PolicyTarget): WorkloadAuthorization {
  const policies = policiesFor(snapshot.authorizationPolicies, workload, snapshot.mesh.rootNamespace);
  const { custom, rules } = httpAuthorization(policies, { ...snapshot.mesh, services: namedServices(snapshot) });
  const rbac = [...custom.filter((filter): filter is RbacFilter => filter['@type'] === TYPE_URLS.rbac), ...rules];
  return { judge: (request) => explain(rbac, request) };
}

/** The facts in words: "the method and the path". */
export function describeFacts(facts: readonly AuthorizationFact[]): string {
  const words = facts.map((fact) => FACT_NAMES[fact]);
  return words.length < 2 ? (words[0] ?? 'facts that are not known') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function explain(filters: readonly RbacFilter[], request: AuthorizationRequest): ExplainedVerdict {
  const verdict = judge(filters, request);
  const asked = verdict.kind === 'permit' ? externalRule(filters, request) : undefined;
  if (asked !== undefined) {
    const policy = refOf(asked);
    return { ...(policy === undefined ? undefined : { policy }), verdict: 'depends', dependsOn: ['external'], reason: `depends on ${FACT_NAMES.external}: ${policy === undefined ? asked : `${policy.namespace}/${policy.name} (rule ${policy.rule + 1})`}` };
  }
  const policy = verdict.policy === undefined ? undefined : refOf(verdict.policy);
  const by = policy === undefined ? '' : `${policy.namespace}/${policy.name} (rule ${policy.rule + 1})`;
  const common = { ...(policy === undefined ? undefined : { policy }), dependsOn: [] };
  if (verdict.kind === 'depends') {
    const dependsOn = openFacts(filters, request);
    return { ...common, verdict: 'depends', dependsOn, reason: `depends on ${describeFacts(dependsOn)}: ${by}` };
  }
  if (verdict.kind === 'permit') return { ...common, verdict: 'permit', reason: policy === undefined ? 'no policy refuses it' : `allowed by ${by}` };
  return { ...common, verdict: 'deny', reason: verdict.reason === 'matched-deny' ? `denied by ${by}` : `no ALLOW rule matches it: ${allowPolicies(filters).join(', ')}` };
}

/** The CUSTOM rule that sends the request, or may send it, to an external authorizer. */
function externalRule(filters: readonly RbacFilter[], request: AuthorizationRequest): string | undefined {
  const noted = filters.flatMap(({ '@type': type, shadowRules, shadowRulesStatPrefix }) => (shadowRules !== undefined && shadowRulesStatPrefix === CUSTOM_STAT_PREFIX ? [{ '@type': type, rules: shadowRules }] : []));
  return judge(noted, request).policy;
}

/** Names of the policies of which one would have to allow it. */
function allowPolicies(filters: readonly RbacFilter[]): string[] {
  const names = filters.flatMap(({ rules }) => (rules?.action === 'ALLOW' ? Object.keys(rules.policies ?? {}) : []));
  const policies = [...new Set(names.map(refOf).flatMap((ref) => (ref === undefined ? [] : `${ref.namespace}/${ref.name}`)))].sort();
  return policies.length > 3 ? [...policies.slice(0, 3), `${policies.length - 3} more`] : policies;
}

function refOf(name: string): PolicyRuleRef | undefined {
  const parsed = parseRuleName(name);
  return parsed === undefined ? undefined : { namespace: parsed.namespace, name: parsed.policy, rule: parsed.index };
}
