import type { AuthorizationForm, Callers, FormRule } from './authorization-model.ts';

/**
 * What the policy does, in sentences, with what is only implied: an ALLOW policy refuses all it does not list, a DENY
 * policy permits nothing by itself. Source: Istio, "Authorization Policy", evaluation order.
 */
export function describeAuthorization(form: AuthorizationForm): readonly string[] {
  const whom = describeTarget(form);
  const rules = form.rules.map((rule) => (rule.kind === 'foreign' ? `what a rule with ${rule.fields.join(', ')} says` : describeRule(rule, whom)));
  if (rules.length === 0) return form.action === 'ALLOW' ? [`Allows nobody: every request to ${whom} is refused, unless another ALLOW policy permits it.`] : ['Denies nothing: it has no rules.'];
  if (form.action === 'DENY') return [`Forbids ${joinWords(rules, 'and')}.`, `It is asked before any ALLOW policy. Other requests to ${whom} are not touched by it.`];
  const all = form.rules.some((rule) => rule.kind === 'rule' && rule.callers.kind === 'anyone' && rule.methods.length === 0 && rule.paths.length === 0);
  return [`Allows ${joinWords(rules, 'and')}.`, all ? 'Nothing is left to refuse.' : `Every other request to ${whom} is refused with 403, unless another ALLOW policy permits it.`];
}

/** The workloads the policy is about. */
export function describeTarget({ selector, namespace }: Pick<AuthorizationForm, 'selector' | 'namespace'>): string {
  if (selector === null) return `every workload in ${namespace}`;
  const { app, version, ...others } = selector;
  const rest = Object.entries(others).map(([key, value]) => `${key}=${value}`);
  const name = app === undefined ? 'workloads' : version === undefined ? app : `${app} ${version}`;
  return rest.length === 0 ? name : `${name} with ${rest.join(', ')}`;
}

function describeRule({ callers, methods, paths }: FormRule, whom: string): string {
  const verb = methods.length === 0 ? 'use' : joinWords(methods, 'or');
  const where = paths.length === 0 ? whom : `${joinWords(paths.map(describePath), 'or')} of ${whom}`;
  return `${describeCallers(callers)} to ${verb} ${where}`;
}

function describeCallers({ kind, principals, namespaces }: Callers): string {
  switch (kind) {
    case 'anyone':
      return 'anybody';
    case 'authenticated':
      return 'any workload of the mesh';
    case 'unauthenticated':
      return 'callers without a certificate of the mesh';
    case 'listed':
      return principals.length + namespaces.length === 0 ? 'nobody yet' : joinWords([...principals.map(describePrincipal), ...namespaces.map((namespace) => `everything in namespace ${namespace}`)], 'and');
  }
}

/** `cluster.local/ns/shop/sa/cart` → `shop/cart`; other texts stay. */
export function describePrincipal(principal: string): string {
  const match = /^[^/]*\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(principal);
  return match === null ? principal : `${match[1] ?? ''}/${match[2] ?? ''}`;
}

function describePath(path: string): string {
  if (path === '*') return 'any path';
  if (path.endsWith('*')) return `paths under ${path.slice(0, -1)}`;
  return path.startsWith('*') ? `paths that end in ${path.slice(1)}` : path;
}

function joinWords(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;
}
