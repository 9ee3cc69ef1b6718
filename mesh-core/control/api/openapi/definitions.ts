import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { schemaOf } from '#mesh-core/domain/resources/schema/schema-of.ts';
import { any, bool, int, list, map, object, string, strings } from '#mesh-core/domain/resources/schema/schema.ts';
import { LIST_RULES } from '../../structured-merge/list-rules.ts';
import type { ListRules } from '../../structured-merge/merge-shape.ts';
import { isBuiltin } from '../builtin-kinds.ts';
import { jsonSchema, type JsonSchema, type SchemaDialect } from './json-schema.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const OBJECT_META = `${META}.ObjectMeta`;
const LIST_META = `${META}.ListMeta`;

/** Name of a kind's definition: `io.istio.networking.v1.VirtualService`, `io.k8s.api.core.v1.Service`. */
export function definitionName(kind: KindInfo, version: string): string {
  if (isBuiltin(kind)) return `io.k8s.api.${kind.group === '' ? 'core' : (kind.group.split('.')[0] ?? '')}.${version}.${kind.kind}`;
  return `${kind.group.split('.').toReversed().join('.')}.${version}.${kind.kind}`;
}

/** The definitions that all kinds share. */
export function sharedDefinitions(openapi: 2 | 3): Readonly<Record<string, JsonSchema>> {
  const dialect: SchemaDialect = { openapi, rules: METADATA_RULES, patchKeys: true };
  return {
    [OBJECT_META]: jsonSchema(objectMeta, dialect),
    [LIST_META]: jsonSchema(listMeta, dialect),
    [`${META}.DeleteOptions`]: jsonSchema(deleteOptions, dialect),
    [`${META}.Status`]: jsonSchema(status, dialect),
  };
}

/** The definitions of a kind in one of its versions: the object and its list. */
export function kindDefinitions(kind: KindInfo, version: string, openapi: 2 | 3): Readonly<Record<string, JsonSchema>> {
  const name = definitionName(kind, version);
  const gvk = (suffix = ''): readonly object[] => [{ group: kind.group, kind: `${kind.kind}${suffix}`, version }];
  const body = objectSchema(kind, openapi, { $ref: refTo(OBJECT_META, openapi), description: 'Name, namespace, labels and what the API keeps about the object.' });
  return {
    [name]: { ...body, 'x-kubernetes-group-version-kind': gvk() },
    [`${name}List`]: {
      description: `A list of ${kind.kind} objects.`,
      type: 'object',
      required: ['items'],
      properties: { ...TYPE_FIELDS, items: { type: 'array', description: 'The objects.', items: { $ref: refTo(name, openapi) } }, metadata: { $ref: refTo(LIST_META, openapi), description: 'Version of the list and where it goes on.' } },
      'x-kubernetes-group-version-kind': gvk('List'),
    },
  };
}

/** An object of a kind; `metadata` is the schema to use for its metadata. A kind without a schema keeps what it is given. */
export function objectSchema(kind: KindInfo, openapi: 2 | 3, metadata: JsonSchema): JsonSchema {
  const schema = schemaOf(kind.id);
  const dialect: SchemaDialect = { openapi, rules: LIST_RULES[kind.id] ?? {}, patchKeys: isBuiltin(kind) };
  if (schema === undefined) {
    return { description: kind.kind, type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { ...TYPE_FIELDS, metadata } };
  }
  const { properties, ...rest } = jsonSchema(schema, dialect);
  const { apiVersion: _a, kind: _k, metadata: _m, ...own } = properties as Readonly<Record<string, JsonSchema>>;
  const required = (schema.required ?? []).filter((name) => !['apiVersion', 'kind', 'metadata'].includes(name));
  const { required: _r, ...described } = rest;
  return { ...described, ...(required.length === 0 ? {} : { required }), properties: { ...TYPE_FIELDS, metadata, ...own } };
}

function refTo(name: string, openapi: 2 | 3): string {
  return openapi === 2 ? `#/definitions/${name}` : `#/components/schemas/${name}`;
}

const TYPE_FIELDS: Readonly<Record<string, JsonSchema>> = {
  apiVersion: { type: 'string', description: 'Group and version of the kind, such as networking.istio.io/v1.' },
  kind: { type: 'string', description: 'Kind of the object.' },
};

const METADATA_RULES: ListRules = { finalizers: { type: 'set' }, ownerReferences: { type: 'map', keys: ['uid'] } };

const objectMeta = object('What every object has: its name, its labels, and what the API keeps about it.', {
  annotations: map('Notes for programs; they cannot be selected by.', string('Value of this annotation.')),
  creationTimestamp: string('When the object was made, set by the API.'),
  deletionGracePeriodSeconds: int('Time left to finish, set by the API.', {}),
  deletionTimestamp: string('When deletion was asked for, set by the API; the object goes with its last finalizer.'),
  finalizers: strings('Who must act before the object goes.', 'A finalizer.'),
  generateName: string('Prefix from which a unique name is made when there is no name.'),
  generation: int('Count of changes to the spec, set by the API.', {}),
  labels: map('Labels by which objects are selected.', string('Value of this label.')),
  managedFields: list('Who set which field, kept by the API.', object('The fields of one manager.', {
    apiVersion: string('Version the manager wrote in.'),
    fieldsType: string('Always FieldsV1.'),
    fieldsV1: any('The fields, as a tree.'),
    manager: string('Name of the manager.'),
    operation: string('Apply or Update.'),
    subresource: string('Path it wrote to, when not the main one.'),
    time: string('When its fields changed last.'),
  })),
  name: string('Name, unique in its kind and namespace.'),
  namespace: string('Namespace of the object.'),
  ownerReferences: list('Objects this one belongs to.', object('One owner.', {
    apiVersion: string('API version of the owner.'),
    blockOwnerDeletion: bool('Must the owner wait for this object?'),
    controller: bool('Does the owner control this object?'),
    kind: string('Kind of the owner.'),
    name: string('Name of the owner.'),
    uid: string('Unique id of the owner.'),
  }, { required: ['apiVersion', 'kind', 'name', 'uid'] })),
  resourceVersion: string('Version of the stored object, set by the API; send it back to refuse a lost update.'),
  selfLink: string('Old; ignored.'),
  uid: string('Unique id, set by the API.'),
});

const listMeta = object('What a list tells about itself.', {
  continue: string('Token for the next page; empty on the last one.'),
  remainingItemCount: int('How many objects follow, about.', {}),
  resourceVersion: string('Version of the whole list: a watch from it misses nothing.'),
  selfLink: string('Old; ignored.'),
});

const deleteOptions = object('How to delete.', {
  apiVersion: string('v1.'),
  dryRun: strings('`All` answers as if and deletes nothing.', 'All'),
  gracePeriodSeconds: int('Taken, without effect here.', {}),
  kind: string('DeleteOptions.'),
  orphanDependents: bool('Taken, without effect here.'),
  preconditions: object('What must hold for the deletion to be done.', { resourceVersion: string('The version that must be stored.'), uid: string('The unique id it must have.') }),
  propagationPolicy: string('Taken, without effect here.'),
});

const status = object('What came of a request.', {
  apiVersion: string('v1.'),
  code: int('HTTP status.'),
  details: any('The object and the fields at fault.'),
  kind: string('Status.'),
  message: string('What happened, for people.'),
  metadata: any('Empty.'),
  reason: string('One word for why.'),
  status: string('Success or Failure.'),
});
