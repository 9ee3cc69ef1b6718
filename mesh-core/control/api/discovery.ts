import { KINDS, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';

const VERBS: readonly string[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS: readonly string[] = ['get', 'patch', 'update'];

/** The Accept parameters that ask for aggregated discovery. */
export const AGGREGATED_DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** `/api`: the versions of the core group. */
export function coreVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** `/apis`: all named groups. */
export function groupList(): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map((group) => groupDocument(group)) };
}

/** `/apis/<group>`. */
export function groupDocument(group: string): object {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { kind: 'APIGroup', apiVersion: 'v1', name: group, versions, preferredVersion: versions[0] };
}

/** `/api/v1` and `/apis/<group>/<version>`: the resources with their verbs. */
export function resourceList(group: string, version: string): object {
  const resources = kindsOf(group, version).flatMap((kind) => [
    { name: kind.plural, singularName: kind.singular, namespaced: kind.namespaced, kind: kind.kind, verbs: VERBS, shortNames: kind.shortNames, categories: categoriesOf(kind) },
    ...(hasStatus(kind) ? [{ name: `${kind.plural}/status`, singularName: '', namespaced: kind.namespaced, kind: kind.kind, verbs: STATUS_VERBS }] : []),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group === '' ? version : `${group}/${version}`, resources };
}

/** Aggregated discovery of the core group (`/api`) or of all others (`/apis`): one answer instead of one per group version. */
export function aggregatedDiscovery(core: boolean): object {
  const items = (core ? [''] : groups()).map((group) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(group).map((version) => ({ version, freshness: 'Current', resources: kindsOf(group, version).map((kind) => aggregatedResource(kind, version)) })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

/** Has the kind a `/status` subresource? */
export function hasStatus(kind: KindInfo): boolean {
  return kind.kind !== 'ConfigMap' && kind.kind !== 'Event';
}

function aggregatedResource(kind: KindInfo, version: string): object {
  const responseKind = { group: kind.group, version, kind: kind.kind };
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: VERBS,
    shortNames: kind.shortNames,
    categories: categoriesOf(kind),
    ...(hasStatus(kind) ? { subresources: [{ subresource: 'status', responseKind, verbs: STATUS_VERBS }] } : {}),
  };
}

function categoriesOf(kind: KindInfo): readonly string[] {
  if (kind.kind === 'Service') return ['all'];
  return kind.group.endsWith('.istio.io') ? ['istio-io', kind.group.replaceAll('.', '-')] : [];
}

function groups(): readonly string[] {
  return [...new Set(KINDS.map((kind) => kind.group))].filter((group) => group !== '');
}

function versionsOf(group: string): readonly string[] {
  return [...new Set(KINDS.filter((kind) => kind.group === group).flatMap((kind) => kind.versions))];
}

function kindsOf(group: string, version: string): readonly KindInfo[] {
  return KINDS.filter((kind) => kind.group === group && kind.versions.includes(version));
}
