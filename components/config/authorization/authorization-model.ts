import type { AuthorizationPolicy, AuthorizationPolicySpec, AuthorizationRule, Source } from '#mesh-core/domain/resources/security.ts';

/**
 * Who a rule is about: everybody, everybody with a certificate of the mesh, those without one, or those listed
 * (any of them: service identities `cluster.local/ns/shop/sa/cart`, namespaces, or both).
 */
export interface Callers {
  readonly kind: 'anyone' | 'authenticated' | 'unauthenticated' | 'listed';
  readonly principals: readonly string[];
  readonly namespaces: readonly string[];
}
export interface FormRule {
  readonly kind: 'rule';
  readonly id: string;
  /** Place in `spec.rules`; `null` for a new one. */
  readonly origin: number | null;
  readonly callers: Callers;
  /** Empty: all. */
  readonly methods: readonly string[];
  readonly paths: readonly string[];
}
/** A rule this form has no words for: kept as it is. */
export interface ForeignRule {
  readonly kind: 'foreign';
  readonly id: string;
  readonly origin: number;
  readonly fields: readonly string[];
}
export interface AuthorizationForm {
  readonly name: string;
  readonly namespace: string;
  readonly action: 'ALLOW' | 'DENY';
  /** Labels of the workloads; `null`: every workload of the namespace. */
  readonly selector: Readonly<Record<string, string>> | null;
  readonly rules: readonly (FormRule | ForeignRule)[];
}
export type ReadAuthorization = { readonly kind: 'editable'; readonly form: AuthorizationForm } | { readonly kind: 'too-complex'; readonly reason: string };

export const ANYONE: Callers = { kind: 'anyone', principals: [], namespaces: [] };

/** Reads a policy into the form, or says why it is not for this form. Never throws. */
export function readAuthorization(policy: AuthorizationPolicy): ReadAuthorization {
  const { action = 'ALLOW', selector, rules = [], targetRef, targetRefs, provider } = policy.spec ?? {};
  if (action !== 'ALLOW' && action !== 'DENY') return { kind: 'too-complex', reason: `Its action is ${action}; this form knows ALLOW and DENY.` };
  if (targetRef !== undefined || targetRefs !== undefined || provider !== undefined) return { kind: 'too-complex', reason: 'It names what it applies to by targetRefs, not by labels.' };
  const labels = selector?.matchLabels ?? {};
  return {
    kind: 'editable',
    form: { name: policy.metadata.name, namespace: policy.metadata.namespace ?? 'default', action, selector: Object.keys(labels).length === 0 ? null : labels, rules: rules.map(readRule) },
  };
}

/** What a new policy begins with: the app that is called, and the identity that calls it. */
export interface AuthorizationStart {
  readonly app?: string | undefined;
  /** As policies name it: `cluster.local/ns/shop/sa/cart`. */
  readonly principal?: string | undefined;
}

/** A form to start from: one caller may use one workload, where it is known which. */
export function newAuthorization(namespace: string, { app, principal }: AuthorizationStart = {}): AuthorizationForm {
  const callers: Callers = { kind: 'listed', principals: principal === undefined ? [] : [principal], namespaces: [] };
  return { name: '', namespace, action: 'ALLOW', selector: app === undefined ? null : { app }, rules: [{ kind: 'rule', id: 'new-0', origin: null, callers, methods: [], paths: [] }] };
}

/** The policy that says what the form says. A rule that reads as it did keeps its own text; so does every other field. */
export function writeAuthorization(current: AuthorizationPolicy | undefined, form: AuthorizationForm): AuthorizationPolicy {
  const { selector: _s, rules: existing = [], action: oldAction, ...otherFields }: AuthorizationPolicySpec = current?.spec ?? {};
  const rules = form.rules.map((rule): AuthorizationRule => {
    const before = rule.origin === null ? undefined : existing[rule.origin];
    if (rule.kind === 'foreign') return before ?? {};
    return before !== undefined && same(meaning(readRule(before, 0)), meaning(rule)) ? before : writeRule(rule);
  });
  // An absent action is ALLOW; it stays absent.
  const action = oldAction === undefined && current !== undefined && form.action === 'ALLOW' ? {} : { action: form.action };
  const spec: AuthorizationPolicySpec = { ...(form.selector === null ? {} : { selector: { matchLabels: form.selector } }), ...action, ...otherFields, ...(rules.length === 0 ? {} : { rules }) };
  if (current !== undefined) return { ...current, spec };
  return { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name: form.name, namespace: form.namespace }, spec };
}

export interface FormProblem {
  readonly field: 'name' | 'callers' | 'paths' | 'selector';
  readonly rule?: string;
  readonly message: string;
}

/** What keeps the form from being written, in words. */
export function authorizationProblems(form: AuthorizationForm): readonly FormProblem[] {
  const problems: FormProblem[] = [];
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(form.name)) problems.push({ field: 'name', message: form.name === '' ? 'Name the policy.' : 'A name is of small letters, digits and dashes.' });
  for (const rule of form.rules) {
    if (rule.kind === 'foreign') continue;
    const { callers } = rule;
    if (callers.kind === 'listed' && callers.principals.length + callers.namespaces.length === 0) problems.push({ field: 'callers', rule: rule.id, message: 'List at least one caller, or choose another kind.' });
    const bad = rule.paths.find((path) => !/^[/*]/.test(path));
    if (bad !== undefined) problems.push({ field: 'paths', rule: rule.id, message: `${bad} is no path: it starts with / or *.` });
  }
  return problems;
}

function meaning(rule: FormRule | ForeignRule): unknown {
  return rule.kind === 'foreign' ? rule : [rule.callers, rule.methods, rule.paths];
}

function readRule(rule: AuthorizationRule, origin: number): FormRule | ForeignRule {
  const foreign = (fields: readonly string[]): ForeignRule => ({ kind: 'foreign', id: `rule-${origin}`, origin, fields });
  const { from, to = [], when = [] } = rule;
  const callers = readCallers(from);
  const { methods = [], paths = [], ...others } = to[0]?.operation ?? {};
  const fields = [...(when.length > 0 ? ['when'] : []), ...(callers === undefined ? ['from'] : []), ...(to.length > 1 ? ['several operations'] : []), ...Object.entries(others).filter(([, value]) => Array.isArray(value) && value.length > 0).map(([key]) => key)];
  return callers === undefined || fields.length > 0 ? foreign(fields) : { kind: 'rule', id: `rule-${origin}`, origin, callers, methods, paths };
}

/** `from` entries are alternatives, fields of one entry must all hold: only what the form can say is read. */
function readCallers(from: AuthorizationRule['from']): Callers | undefined {
  const sources = (from ?? []).map(({ source = {} }) => presentFields(source));
  const [only, ...more] = sources;
  if (only === undefined || (more.length === 0 && Object.keys(only).length === 0)) return ANYONE;
  if (more.length === 0 && isAll(only, 'principals')) return { ...ANYONE, kind: 'authenticated' };
  if (more.length === 0 && isAll(only, 'notPrincipals')) return { ...ANYONE, kind: 'unauthenticated' };
  const known = sources.every((source) => Object.keys(source).length === 1 && ('principals' in source || 'namespaces' in source));
  if (!known) return undefined;
  return { kind: 'listed', principals: sources.flatMap(({ principals = [] }) => principals), namespaces: sources.flatMap(({ namespaces = [] }) => namespaces) };
}

function presentFields(source: Source): Source {
  return Object.fromEntries(Object.entries(source).filter(([, value]) => Array.isArray(value) && value.length > 0));
}

function isAll(source: Source, field: 'principals' | 'notPrincipals'): boolean {
  return Object.keys(source).length === 1 && same(source[field], ['*']);
}

function writeRule({ callers, methods, paths }: FormRule): AuthorizationRule {
  const operation = { ...(methods.length === 0 ? {} : { methods }), ...(paths.length === 0 ? {} : { paths }) };
  const from = writeCallers(callers);
  return { ...(from === undefined ? {} : { from }), ...(Object.keys(operation).length === 0 ? {} : { to: [{ operation }] }) };
}

function writeCallers({ kind, principals, namespaces }: Callers): AuthorizationRule['from'] {
  switch (kind) {
    case 'anyone':
      return undefined;
    case 'authenticated':
      return [{ source: { principals: ['*'] } }];
    case 'unauthenticated':
      return [{ source: { notPrincipals: ['*'] } }];
    case 'listed':
      return [...(principals.length === 0 ? [] : [{ source: { principals } }]), ...(namespaces.length === 0 ? [] : [{ source: { namespaces } }])];
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
