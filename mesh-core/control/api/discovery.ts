import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { DiscoveryVersion } from './negotiate.ts';
import { isView, kindsOfGroup, servedGroups, versionsOfGroup } from './served-kinds.ts';

const VERBS: readonly string[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const VIEW_VERBS: readonly string[] = ['get', 'list', 'watch'];
const STATUS_VERBS: readonly string[] = ['get', 'patch', 'update'];
/** Of the built-in kinds only these have a `/status` path in Kubernetes. */
const WITHOUT_STATUS: readonly string[] = ['ConfigMap', 'Event', 'Secret', 'ServiceAccount', 'Lease', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'ReferenceGrant', 'Endpoints', 'EndpointSlice'];

/** The media type of aggregated discovery in one of its versions. */
export function aggregatedDiscoveryType(version: DiscoveryVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** `/api`: the versions of the core group. */
export function coreVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** `/apis`: all named groups. */
export function groupList(): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: servedGroups().map((group) => groupEntry(group)) };
}

/** `/apis/<group>`. */
export function groupDocument(group: string): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

/** `/api/v1` and `/apis/<group>/<version>`: the resources with their verbs. */
export function resourceList(group: string, version: string): object {
  const resources = kindsOfGroup(group, version).flatMap((kind) => [
    { name: kind.plural, singularName: kind.singular, namespaced: kind.namespaced, kind: kind.kind, verbs: verbsOf(kind), ...namesOf(kind) },
    ...subresourcesOf(kind).map((sub) => ({ name: `${kind.plural}/${sub.name}`, singularName: '', namespaced: kind.namespaced, ...('group' in sub ? { group: sub.group, version: sub.version } : {}), kind: sub.kind, verbs: sub.verbs })),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group === '' ? version : `${group}/${version}`, resources };
}

/** Aggregated discovery of the core group (`/api`) or of all others (`/apis`): one answer instead of one per group version. */
export function aggregatedDiscovery(core: boolean, form: DiscoveryVersion): object {
  const items = (core ? [''] : servedGroups()).map((group) => ({
    metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
    versions: versionsOfGroup(group).map((version) => ({ version, resources: kindsOfGroup(group, version).map((kind) => aggregatedResource(kind, version)), freshness: 'Current' })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${form}`, metadata: {}, items };
}

/** Has the kind a `/status` subresource? */
export function hasStatus(kind: KindInfo): boolean {
  return !WITHOUT_STATUS.includes(kind.id);
}

/** The groups a kind belongs to for `kubectl get <category>`: `all`, `istio-io`, `networking-istio-io`, `gateway-api`. */
export function categoriesOf(kind: KindInfo): readonly string[] {
  if (kind.id === 'Service') return ['all'];
  if (kind.group.startsWith('gateway.')) return ['gateway-api'];
  return kind.group.endsWith('.istio.io') ? ['istio-io', kind.group.replaceAll('.', '-')] : [];
}

function groupEntry(group: string): object {
  const versions = versionsOfGroup(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function verbsOf(kind: KindInfo): readonly string[] {
  return isView(kind) ? VIEW_VERBS : VERBS;
}

/** Empty lists are left out, as clients' own encoders do. */
function namesOf(kind: KindInfo): object {
  const categories = categoriesOf(kind);
  return { ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }), ...(categories.length === 0 ? {} : { categories }) };
}

function subresourcesOf(kind: KindInfo): readonly ({ readonly name: string; readonly kind: string; readonly verbs: readonly string[] } & ({ readonly group: string; readonly version: string } | object))[] {
  if (kind.id === 'ServiceAccount') return [{ name: 'token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] }];
  return hasStatus(kind) ? [{ name: 'status', kind: kind.kind, verbs: isView(kind) ? ['get'] : STATUS_VERBS }] : [];
}

function aggregatedResource(kind: KindInfo, version: string): object {
  const responseKind = { group: kind.group, version, kind: kind.kind };
  const subresources = subresourcesOf(kind).map((sub) => ({ subresource: sub.name, responseKind: 'group' in sub ? { group: sub.group, version: sub.version, kind: sub.kind } : responseKind, verbs: sub.verbs }));
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: verbsOf(kind),
    ...namesOf(kind),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
