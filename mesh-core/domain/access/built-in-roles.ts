import type { KubeObject } from '../resources/kube-object.ts';
import { KINDS, type KindInfo } from '../resources/kinds.ts';
import type { ClusterRole, PolicyRule, RoleBinding } from './rbac-objects.ts';

const API_VERSION = 'rbac.authorization.k8s.io/v1';
const BOOTSTRAP_LABEL = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
/** Set to `false` on a built-in role, it keeps what somebody changed. */
export const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const RBAC_GROUP = 'rbac.authorization.k8s.io';
/** Kinds whose contents let one act as somebody else: not for everybody who may look. */
const SENSITIVE: ReadonlySet<string> = new Set(['Secret']);

/** The group of everybody who proved who they are. */
export const AUTHENTICATED = 'system:authenticated';
/** The group that may do everything. */
export const MASTERS = 'system:masters';

/**
 * The roles every cluster has: `cluster-admin`, and `admin` ⊇ `edit` ⊇ `view` for what lives in namespaces (view reads no Secrets, edit
 * changes no access control), built by aggregation, so that a role labelled `rbac.authorization.k8s.io/aggregate-to-view: "true"` adds to
 * them; and what everybody needs to look around. Source: Kubernetes "Using RBAC Authorization", default roles.
 */
export function builtInClusterRoles(): readonly ClusterRole[] {
  const namespaced = KINDS.filter((kind) => kind.namespaced && kind.group !== RBAC_GROUP);
  const open = namespaced.filter((kind) => !SENSITIVE.has(kind.kind));
  return [
    role('cluster-admin', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, { nonResourceURLs: ['*'], verbs: ['*'] }]),
    role('system:discovery', [{ nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', '/version', '/version/', '/healthz', '/livez', '/readyz'], verbs: ['get'] }]),
    role('system:basic-user', [
      { apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], verbs: ['create'] },
      { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
    ]),
    aggregated('admin', ['admin'], {}),
    aggregated('edit', ['edit'], { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' }),
    aggregated('view', ['view'], { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' }),
    role('system:aggregate-to-view', [...byGroup(open, READ), ...views(), { apiGroups: [''], resources: ['namespaces'], verbs: READ }, ...byGroup(KINDS.filter((kind) => kind.id === 'GatewayClass'), READ)], aggregateTo('view')),
    role('system:aggregate-to-edit', [...byGroup(namespaced.filter((kind) => SENSITIVE.has(kind.kind)), READ), ...byGroup(namespaced, WRITE), { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }, { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] }], aggregateTo('edit')),
    role('system:aggregate-to-admin', [{ apiGroups: [RBAC_GROUP], resources: ['roles', 'rolebindings'], verbs: [...READ, ...WRITE] }, { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] }], aggregateTo('admin')),
  ];
}

/** The bindings every cluster has. */
export function builtInClusterRoleBindings(): readonly RoleBinding[] {
  return [binding('cluster-admin', MASTERS), binding('system:discovery', AUTHENTICATED), binding('system:basic-user', AUTHENTICATED)];
}

/** A built-in object as it should be, given what is stored: `undefined` = leave it as it is. Adds what is missing, takes nothing away. */
export function reconciled(stored: KubeObject | undefined, wanted: ClusterRole | RoleBinding): KubeObject | undefined {
  if (stored === undefined) return wanted;
  if (stored.metadata.annotations?.[AUTO_UPDATE] === 'false' || !('rules' in wanted)) return undefined;
  const have = new Set((('rules' in stored && Array.isArray(stored.rules) ? stored.rules : []) as readonly PolicyRule[]).map((rule) => JSON.stringify(rule)));
  const missing = (wanted.rules ?? []).filter((rule) => !have.has(JSON.stringify(rule)));
  if (missing.length === 0) return undefined;
  return { ...stored, rules: [...(('rules' in stored && Array.isArray(stored.rules) ? stored.rules : []) as readonly PolicyRule[]), ...missing] } as KubeObject;
}

function role(name: string, rules: readonly PolicyRule[], labels: Readonly<Record<string, string>> = {}): ClusterRole {
  return { apiVersion: API_VERSION, kind: 'ClusterRole', metadata: { name, labels: { ...BOOTSTRAP_LABEL, ...labels }, annotations: { [AUTO_UPDATE]: 'true' } }, rules };
}

function aggregated(name: string, from: readonly string[], labels: Readonly<Record<string, string>>): ClusterRole {
  const clusterRoleSelectors = from.map((level) => ({ matchLabels: aggregateTo(level) }));
  return { apiVersion: API_VERSION, kind: 'ClusterRole', metadata: { name, labels: { ...BOOTSTRAP_LABEL, ...labels }, annotations: { [AUTO_UPDATE]: 'true' } }, aggregationRule: { clusterRoleSelectors } };
}

function aggregateTo(level: string): Record<string, string> {
  return { [`rbac.authorization.k8s.io/aggregate-to-${level}`]: 'true' };
}

function binding(roleName: string, group: string): RoleBinding {
  return { apiVersion: API_VERSION, kind: 'ClusterRoleBinding', metadata: { name: roleName, labels: BOOTSTRAP_LABEL, annotations: { [AUTO_UPDATE]: 'true' } }, roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: roleName }, subjects: [{ apiGroup: RBAC_GROUP, kind: 'Group', name: group }] };
}

/** One rule for each API group. */
function byGroup(kinds: readonly KindInfo[], verbs: readonly string[]): PolicyRule[] {
  return [...Map.groupBy(kinds, ({ group }) => group)].map(([group, members]) => ({ apiGroups: [group], resources: members.flatMap(({ plural }) => (verbs === READ ? [plural, `${plural}/status`] : [plural])), verbs }));
}

/** Read-only views that no kind of the table stands for. */
function views(): PolicyRule[] {
  return [{ apiGroups: [''], resources: ['endpoints'], verbs: READ }, { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ }, { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: READ }];
}
