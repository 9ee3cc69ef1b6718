import { collectionPath, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { takesStrategicMerge } from '../builtin-kinds.ts';
import { hasStatus } from '../discovery.ts';
import { isView } from '../served-kinds.ts';
import { definitionName } from './definitions.ts';

/** A query parameter, before it takes the form of an OpenAPI version. */
export interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}
/** One operation, before it takes the form of an OpenAPI version. */
export interface ApiOperation {
  readonly path: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Kubernetes' word for what it does: list, get, post, put, patch, delete, deletecollection. */
  readonly action: string;
  readonly id: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly pathParameters: readonly string[];
  readonly query: readonly QueryParameter[];
  /** Definition of the answer, and of the body for what has one. */
  readonly answer: string;
  readonly body?: { readonly types: readonly string[]; readonly definition?: string };
}

const DRY_RUN: QueryParameter = { name: 'dryRun', type: 'string', description: '`All` answers as if and stores nothing.' };
const MANAGER: QueryParameter = { name: 'fieldManager', type: 'string', description: 'Who writes; needed for a server-side apply.' };
const VALIDATION: QueryParameter = { name: 'fieldValidation', type: 'string', description: 'Unknown fields are refused (Strict), dropped with a warning (Warn, the default) or dropped (Ignore).' };
const FORCE: QueryParameter = { name: 'force', type: 'boolean', description: 'Take fields from other managers in a server-side apply.' };
const WRITE: readonly QueryParameter[] = [DRY_RUN, MANAGER, VALIDATION];
const LIST: readonly QueryParameter[] = [
  { name: 'allowWatchBookmarks', type: 'boolean', description: 'Send bookmarks on a watch.' },
  { name: 'continue', type: 'string', description: 'Token of the page before.' },
  { name: 'fieldSelector', type: 'string', description: 'Fields the objects must have.' },
  { name: 'labelSelector', type: 'string', description: 'Labels the objects must have.' },
  { name: 'limit', type: 'integer', description: 'Most objects of one page.' },
  { name: 'resourceVersion', type: 'string', description: 'Version to list or watch from.' },
  { name: 'resourceVersionMatch', type: 'string', description: 'How resourceVersion is meant: Exact or NotOlderThan.' },
  { name: 'sendInitialEvents', type: 'boolean', description: 'Begin a watch with what exists.' },
  { name: 'timeoutSeconds', type: 'integer', description: 'Longest time of a watch.' },
  { name: 'watch', type: 'boolean', description: 'Stream changes instead of listing.' },
];
const DELETE: readonly QueryParameter[] = [DRY_RUN, { name: 'gracePeriodSeconds', type: 'integer', description: 'Taken, without effect here.' }, { name: 'propagationPolicy', type: 'string', description: 'Taken, without effect here.' }];
const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
const STATUS = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

/** Every operation on a kind in one of its versions. */
export function operationsOf(kind: KindInfo, version: string): readonly ApiOperation[] {
  const served = { ...kind, versions: [version] } as const;
  const all = collectionPath(served);
  const inNamespace = kind.namespaced ? all.replace(/[^/]+$/, `namespaces/{namespace}/${kind.plural}`) : all;
  const one = `${inNamespace}/{name}`;
  const name = definitionName(kind, version);
  const base = { group: kind.group, version, kind: kind.kind };
  const space = kind.namespaced ? ['namespace'] : [];
  const label = `${kind.group.split('.').map(capital).join('')}${capital(version)}${kind.namespaced ? 'Namespaced' : ''}${kind.kind}`;
  const list: ApiOperation = { ...base, path: inNamespace, method: 'get', action: 'list', id: `list${label}`, pathParameters: space, query: LIST, answer: `${name}List` };
  const get: ApiOperation = { ...base, path: one, method: 'get', action: 'get', id: `read${label}`, pathParameters: [...space, 'name'], query: [], answer: name };
  const everywhere: readonly ApiOperation[] = kind.namespaced ? [{ ...list, path: all, id: `list${label.replace('Namespaced', '')}ForAllNamespaces`, pathParameters: [] }] : [];
  if (isView(kind)) return [...everywhere, list, get];
  const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', ...(takesStrategicMerge(kind) ? ['application/strategic-merge-patch+json'] : []), 'application/apply-patch+yaml'];
  const writes = (path: string, suffix: string): readonly ApiOperation[] => [
    { ...get, path, method: 'put', action: 'put', id: `replace${label}${suffix}`, query: WRITE, body: { types: ['application/json', 'application/yaml'], definition: name } },
    { ...get, path, method: 'patch', action: 'patch', id: `patch${label}${suffix}`, query: [...WRITE, FORCE], body: { types: patchTypes } },
  ];
  const deletion = { types: ['application/json', 'application/yaml'], definition: DELETE_OPTIONS };
  return [
    ...everywhere,
    list,
    { ...list, method: 'post', action: 'post', id: `create${label}`, query: WRITE, answer: name, body: { types: ['application/json', 'application/yaml'], definition: name } },
    { ...list, method: 'delete', action: 'deletecollection', id: `deleteCollection${label}`, query: [...LIST, ...DELETE], answer: STATUS, body: deletion },
    get,
    ...writes(one, ''),
    { ...get, method: 'delete', action: 'delete', id: `delete${label}`, query: DELETE, answer: STATUS, body: deletion },
    ...(hasStatus(kind) ? [{ ...get, path: `${one}/status`, id: `read${label}Status` }, ...writes(`${one}/status`, 'Status')] : []),
  ];
}

function capital(word: string): string {
  return word === '' ? 'Core' : `${(word[0] ?? '').toUpperCase()}${word.slice(1)}`;
}
