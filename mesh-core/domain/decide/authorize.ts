import type { RbacFilter, RbacPolicy, RbacRules } from '../envoy/resources.ts';
import type { AuthorizationFact, AuthorizationRequest, Truth } from './authorization-request.ts';
import { matchesPolicy } from './match-rbac.ts';

/** `policy` names the rule that decided, as Istio names it: `ns[shop]-policy[name]-rule[0]`. */
export type AuthorizationDecision =
  | { readonly kind: 'permit'; readonly policy?: string }
  | { readonly kind: 'deny'; readonly reason: 'matched-deny' | 'no-allow-matched'; readonly policy?: string };

/** As a decision, but a fact that is not known may leave it open; `policy` is then the first rule that needs the fact. */
export type AuthorizationVerdict = AuthorizationDecision | { readonly kind: 'depends'; readonly policy: string };

interface NamedPolicy {
  readonly name: string;
  readonly policy: RbacPolicy;
}
const PERMIT: AuthorizationDecision = { kind: 'permit' };
const compiled = new WeakMap<RbacRules, readonly NamedPolicy[]>();

/**
 * Decides one request by a proxy's RBAC filters in their order: a DENY filter that matches ends it, an ALLOW filter that
 * does not match ends it, LOG and shadow rules never do. A fact that is not known counts against the request.
 * Source: envoy.config.rbac.v3.RBAC and Istio's order CUSTOM, DENY, ALLOW.
 */
export function authorize(filters: readonly RbacFilter[], request: AuthorizationRequest): AuthorizationDecision {
  const verdict = judge(filters, request);
  return verdict.kind === 'depends' ? { kind: 'deny', reason: 'no-allow-matched', policy: verdict.policy } : verdict;
}

/** As `authorize`, but says "depends" when an unknown fact (`request.unknown`) would decide. */
export function judge(filters: readonly RbacFilter[], request: AuthorizationRequest): AuthorizationVerdict {
  let permittedBy: string | undefined;
  let open: string | undefined;
  for (const { rules } of filters) {
    if (rules === undefined || rules.action === 'LOG') continue;
    const { truth, name } = firstMatch(rules, request);
    if (truth === 'unknown') open ??= name;
    if (rules.action === 'DENY') {
      if (truth === true) return name === undefined ? { kind: 'deny', reason: 'matched-deny' } : { kind: 'deny', reason: 'matched-deny', policy: name };
    } else if (truth === false) return { kind: 'deny', reason: 'no-allow-matched' };
    else if (truth === true) permittedBy = name;
  }
  if (open !== undefined) return { kind: 'depends', policy: open };
  return permittedBy === undefined ? PERMIT : { kind: 'permit', policy: permittedBy };
}

/** The unknown facts that undecided rules ask for, in alphabetical order: what a "depends" depends on. */
export function openFacts(filters: readonly RbacFilter[], request: AuthorizationRequest): AuthorizationFact[] {
  const open = new Set<AuthorizationFact>();
  for (const { rules } of filters) {
    if (rules === undefined || rules.action === 'LOG') continue;
    for (const { policy } of policiesOf(rules)) {
      const asked = new AskedFacts(request.unknown);
      if (matchesPolicy(policy, { ...request, unknown: asked }) === 'unknown') for (const fact of asked.seen) open.add(fact);
    }
  }
  return [...open].sort();
}

/** A set that remembers which of its members were looked for. */
class AskedFacts extends Set<AuthorizationFact> {
  readonly seen = new Set<AuthorizationFact>();

  override has(fact: AuthorizationFact): boolean {
    const isMember = super.has(fact);
    if (isMember) this.seen.add(fact);
    return isMember;
  }
}

function firstMatch(rules: RbacRules, request: AuthorizationRequest): { readonly truth: Truth; readonly name: string | undefined } {
  let open: string | undefined;
  for (const { name, policy } of policiesOf(rules)) {
    const truth = matchesPolicy(policy, request);
    if (truth === true) return { truth, name };
    if (truth === 'unknown') open ??= name;
  }
  return { truth: open === undefined ? false : 'unknown', name: open };
}

/** In the order of their names, as Envoy keeps them. */
function policiesOf(rules: RbacRules): readonly NamedPolicy[] {
  let policies = compiled.get(rules);
  if (policies === undefined) {
    policies = Object.entries(rules.policies ?? {})
      .map(([name, policy]) => ({ name, policy }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    compiled.set(rules, policies);
  }
  return policies;
}
