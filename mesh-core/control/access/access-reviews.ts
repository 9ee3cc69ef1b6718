import { rulesFor, type AccessDecision } from '#mesh-core/domain/access/evaluate-access.ts';
import type { AccessRequest, AccessRules, Requester } from '#mesh-core/domain/access/rbac-objects.ts';
import type { ApiUser } from './api-user.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The questions about access that one may POST; by API group and plural. */
const REVIEWS = [
  { group: 'authorization.k8s.io', version: 'v1', plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview', namespaced: false },
  { group: 'authorization.k8s.io', version: 'v1', plural: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview', namespaced: false },
  { group: 'authorization.k8s.io', version: 'v1', plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false },
  { group: 'authorization.k8s.io', version: 'v1', plural: 'localsubjectaccessreviews', kind: 'LocalSubjectAccessReview', namespaced: true },
  { group: 'authentication.k8s.io', version: 'v1', plural: 'selfsubjectreviews', kind: 'SelfSubjectReview', namespaced: false },
] as const;
export type Review = (typeof REVIEWS)[number];
export type ReviewKind = Review['kind'];

/** The review of a path; undefined = there is none. */
export function reviewOf(group: string, version: string | undefined, plural: string | undefined): Review | undefined {
  return REVIEWS.find((review) => review.group === group && review.version === version && review.plural === plural);
}

/** What answers the questions. */
export interface ReviewContext {
  readonly user: ApiUser;
  readonly rules: () => AccessRules;
  readonly decide: (requester: Requester, request: AccessRequest) => AccessDecision;
  /** Of the path, for the local form. */
  readonly namespace: string | undefined;
}

/**
 * Answers a review: the object that was sent with its `status` filled in, or the text of what is wrong with it.
 * Source: k8s.io/api authorization/v1 and authentication/v1.
 */
export function answerReview(kind: ReviewKind, object: Fields, context: ReviewContext): { readonly ok: true; readonly body: Fields } | { readonly ok: false; readonly message: string } {
  const spec = fieldsOf(object['spec']);
  const answered = (status: Fields): { readonly ok: true; readonly body: Fields } => ({ ok: true, body: { ...object, metadata: fieldsOf(object['metadata']), status } });
  switch (kind) {
    case 'SelfSubjectReview':
      return answered({ userInfo: userInfo(context.user) });
    case 'SelfSubjectRulesReview': {
      const namespace = textOf(spec['namespace']);
      if (namespace === '') return { ok: false, message: 'no namespace on request' };
      const { applied, unresolved } = rulesFor(context.rules(), context.user, namespace);
      const resourceRules = applied.flatMap(({ rule }) => ((rule.resources ?? []).length === 0 ? [] : [{ verbs: rule.verbs, apiGroups: rule.apiGroups ?? [], resources: rule.resources ?? [], ...(rule.resourceNames === undefined ? {} : { resourceNames: rule.resourceNames }) }]));
      const nonResourceRules = applied.flatMap(({ rule }) => ((rule.nonResourceURLs ?? []).length === 0 ? [] : [{ verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs ?? [] }]));
      return answered({ resourceRules, nonResourceRules, incomplete: unresolved.length > 0, ...(unresolved.length === 0 ? {} : { evaluationError: unresolved.join(', ') }) });
    }
    case 'SelfSubjectAccessReview':
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview': {
      const request = requestOf(spec);
      if (typeof request === 'string') return { ok: false, message: request };
      if (kind === 'LocalSubjectAccessReview' && ('path' in request || request.namespace !== context.namespace)) return { ok: false, message: `spec.resourceAttributes.namespace must match the namespace of the path, ${context.namespace ?? 'none'}` };
      const requester = kind === 'SelfSubjectAccessReview' ? context.user : { name: textOf(spec['user']), groups: Array.isArray(spec['groups']) ? spec['groups'].filter((group) => typeof group === 'string') : [] };
      if (requester.name === '' && requester.groups.length === 0) return { ok: false, message: 'at least one of spec.user and spec.groups must be specified' };
      const { allowed, reason } = context.decide(requester, request);
      return answered({ allowed, ...(reason === '' ? {} : { reason }) });
    }
  }
}

function requestOf(spec: Fields): AccessRequest | string {
  const resource = spec['resourceAttributes'];
  const path = spec['nonResourceAttributes'];
  if ((resource === undefined || resource === null) === (path === undefined || path === null)) return 'exactly one of spec.resourceAttributes and spec.nonResourceAttributes must be specified';
  if (path !== undefined && path !== null) return { verb: textOf(fieldsOf(path)['verb']), path: textOf(fieldsOf(path)['path']) };
  const fields = fieldsOf(resource);
  const optional = (key: 'subresource' | 'namespace' | 'name'): Fields => (textOf(fields[key]) === '' ? {} : { [key]: textOf(fields[key]) });
  return { verb: textOf(fields['verb']), group: textOf(fields['group']), resource: textOf(fields['resource']), ...optional('subresource'), ...optional('namespace'), ...optional('name') };
}

function userInfo({ name, groups, uid, extra }: ApiUser): Fields {
  return { username: name, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
