import { kubeSelector } from './gateway-api-fields.ts';
import { any, bool, int, list, map, object, oneOf, orNull, string, strings } from './schema.ts';
import type { Schema } from './schema.ts';

/** Secret, ServiceAccount, Lease and Kubernetes' access control: the fields besides apiVersion, kind and metadata. */
export const secretFields: Readonly<Record<string, Schema>> = {
  type: string('Kind of secret, such as kubernetes.io/tls.'),
  data: map('Entries, key to base64.', string('Base64 of this entry.', { base64: true })),
  stringData: map('Entries, key to text; stored as data.', string('Text of this entry.')),
  immutable: bool('Refuse changes to the data.'),
};

const localReference = object('A Secret of this namespace.', { name: string('Name.') });
export const serviceAccountFields: Readonly<Record<string, Schema>> = {
  secrets: list('Secrets it may use.', any('One reference.')),
  imagePullSecrets: list('Secrets for fetching images.', localReference),
  automountServiceAccountToken: bool('Kept, without effect here.'),
};

export const leaseSpec = object('Who holds a lock, and until when.', {
  holderIdentity: string('Holder.'),
  leaseDurationSeconds: int('How long a holder may be silent.', { min: 1, max: 2 ** 31 - 1 }),
  acquireTime: orNull(string('When it was taken.')),
  renewTime: orNull(string('When it was last renewed.')),
  leaseTransitions: int('How often the holder changed.'),
  strategy: string('How a holder is chosen.'),
  preferredHolder: string('Who should hold it next.'),
});

const policyRule = object(
  'One permission; every part must fit, of each list one value.',
  {
    verbs: strings('What may be done: get, list, watch, create, update, patch, delete, or `*`.', 'A verb.'),
    apiGroups: strings('API groups; "" is core.', 'A group or `*`.'),
    resources: strings('Resources in the plural; `pods/status` is a part.', 'A resource or `*`.'),
    resourceNames: strings('Names of single objects; absent: all.', 'A name.'),
    nonResourceURLs: strings('Paths that are no objects, in cluster roles.', 'A path, may end in `*`.'),
  },
  { required: ['verbs'] },
);
const rules = orNull(list('Permissions; they add up.', policyRule));
export const roleFields: Readonly<Record<string, Schema>> = { rules };
export const clusterRoleFields: Readonly<Record<string, Schema>> = {
  rules,
  aggregationRule: object('Take the permissions of other cluster roles.', { clusterRoleSelectors: list('Which ones, by labels.', kubeSelector('One selector.')) }),
};

const subject = object(
  'One user, group or service account.',
  {
    kind: oneOf('What it is.', { User: 'A user, by name.', Group: 'A group of users.', ServiceAccount: 'A service account of a namespace.' }),
    apiGroup: string('rbac.authorization.k8s.io for users and groups, empty for service accounts.'),
    name: string('Name.'),
    namespace: string('Namespace of a service account.'),
  },
  { required: ['kind', 'name'] },
);
/** A binding without a role would say nothing. */
export const bindingFields: Readonly<Record<string, Schema>> = {
  subjects: orNull(list('Who gets the role.', subject)),
  roleRef: object('The role.', { apiGroup: string('rbac.authorization.k8s.io.'), kind: oneOf('Kind of role.', { Role: 'Of this namespace.', ClusterRole: 'Of the cluster.' }), name: string('Name.') }, { required: ['apiGroup', 'kind', 'name'] }),
};
