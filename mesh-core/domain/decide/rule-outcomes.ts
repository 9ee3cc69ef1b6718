import type { RbacFilter, RbacRules } from '../envoy/resources.ts';
import { CUSTOM_STAT_PREFIX } from '../translate/external-authorization.ts';
import { parseRuleName } from '../translate/translate-authorization.ts';
import type { AuthorizationFact, AuthorizationRequest } from './authorization-request.ts';
import { matchesPolicy } from './match-rbac.ts';
import type { PolicyRuleRef } from './workload-authorization.ts';

/** What one rule of an AuthorizationPolicy says of a request, whether or not it decides. */
export interface RuleOutcome {
  readonly policy: PolicyRuleRef;
  readonly action: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM';
  readonly applies: 'yes' | 'no' | 'depends';
  /** `no`: the facts of which each alone, were it another, could make the rule apply; empty when several stand in its way. `depends`: the facts not known. */
  readonly because: readonly AuthorizationFact[];
  /** Only counted and logged. */
  readonly dryRun: boolean;
}

const FACTS: readonly AuthorizationFact[] = ['principal', 'method', 'path', 'host', 'headers', 'sourceIp', 'remoteIp', 'destinationIp', 'destinationPort', 'sni', 'metadata'];
const ACTIONS = { ALLOW: 'ALLOW', DENY: 'DENY', LOG: 'AUDIT' } as const;

/** All rules of a proxy's filters in the order they are asked: filter by filter, in a filter by name. */
export function ruleOutcomes(filters: readonly RbacFilter[], request: AuthorizationRequest): RuleOutcome[] {
  return filters.flatMap(({ rules, shadowRules, shadowRulesStatPrefix }) => [
    ...outcomesOf(rules, request, undefined),
    ...outcomesOf(shadowRules, request, shadowRulesStatPrefix === CUSTOM_STAT_PREFIX ? 'custom' : 'dry-run'),
  ]);
}

function outcomesOf(rules: RbacRules | undefined, request: AuthorizationRequest, shadow: 'custom' | 'dry-run' | undefined): RuleOutcome[] {
  if (rules === undefined) return [];
  const action = shadow === 'custom' ? 'CUSTOM' : ACTIONS[rules.action];
  const named = Object.entries(rules.policies ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return named.flatMap(([name, policy]) => {
    const ref = parseRuleName(name);
    if (ref === undefined) return [];
    const truth = matchesPolicy(policy, request);
    const wouldChange = (fact: AuthorizationFact): boolean => truth === false && matchesPolicy(policy, { ...request, unknown: new Set([...(request.unknown ?? []), fact]) }) !== false;
    const because = truth === true ? [] : truth === 'unknown' ? [...(request.unknown ?? [])].filter((fact) => isAsked(fact, (facts) => matchesPolicy(policy, { ...request, unknown: facts }))) : FACTS.filter(wouldChange);
    return [{ policy: { namespace: ref.namespace, name: ref.policy, rule: ref.index }, action, applies: truth === true ? ('yes' as const) : truth === false ? ('no' as const) : ('depends' as const), because, dryRun: shadow === 'dry-run' }];
  });
}

/** Does the answer stay open when this is the only fact that is not known? */
function isAsked(fact: AuthorizationFact, test: (unknown: ReadonlySet<AuthorizationFact>) => boolean | 'unknown'): boolean {
  return test(new Set([fact])) === 'unknown';
}
