import { createHash } from 'node:crypto';
import { kindsOfGroup, servedGroups, versionsOfGroup } from '../served-kinds.ts';
import { kindDefinitions, sharedDefinitions } from './definitions.ts';
import { operationsOf, type ApiOperation } from './operations.ts';

const INFO = { title: 'Kubernetes', version: 'v1.32.0+binnacle' };
const PATH_HELP: Readonly<Record<string, string>> = { namespace: 'Namespace of the object.', name: 'Name of the object.' };

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** `/openapi/v3`: where the document of each group and version is, with a hash by which clients keep it. */
export function openapiIndex(): object {
  return { paths: Object.fromEntries(groupVersions().map((gv) => [pathOf(gv), { serverRelativeURL: `/openapi/v3/${pathOf(gv)}?hash=${hashOf(gv)}` }])) };
}

/** `/openapi/v3/<path>`: the operations and schemas of one group and version; undefined when it is not served. */
export function openapiV3(path: string): object | undefined {
  const gv = groupVersions().find((candidate) => pathOf(candidate) === path);
  return gv === undefined ? undefined : cached(`3 ${path}`, () => documentV3(gv));
}

/** `/openapi/v2`: one document of all groups. */
export function openapiV2(): object {
  return cached('2', documentV2);
}

function documentV3(gv: GroupVersion): object {
  const kinds = kindsOfGroup(gv.group, gv.version);
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: byPath(kinds.flatMap((kind) => operationsOf(kind, gv.version)), operationV3, (name) => ({ name, in: 'path', required: true, description: PATH_HELP[name], schema: { type: 'string', uniqueItems: true } })),
    components: { schemas: Object.assign({}, sharedDefinitions(3), ...kinds.map((kind) => kindDefinitions(kind, gv.version, 3))) as object },
  };
}

function documentV2(): object {
  const served = groupVersions().flatMap((gv) => kindsOfGroup(gv.group, gv.version).map((kind) => ({ kind, version: gv.version })));
  return {
    swagger: '2.0',
    info: INFO,
    paths: byPath(served.flatMap(({ kind, version }) => operationsOf(kind, version)), operationV2, (name) => ({ name, in: 'path', required: true, description: PATH_HELP[name], type: 'string', uniqueItems: true })),
    definitions: Object.assign({}, sharedDefinitions(2), ...served.map(({ kind, version }) => kindDefinitions(kind, version, 2))) as object,
  };
}

function operationV3(operation: ApiOperation): object {
  const { body, answer } = operation;
  const bodySchema = body?.definition === undefined ? { type: 'object' } : { $ref: `#/components/schemas/${body.definition}` };
  return {
    ...common(operation),
    parameters: operation.query.map(({ name, type, description }) => ({ name, in: 'query', description, schema: { type, uniqueItems: true } })),
    ...(body === undefined ? {} : { requestBody: { content: Object.fromEntries(body.types.map((type) => [type, { schema: bodySchema }])), required: operation.method !== 'delete' } }),
    responses: { '200': { description: 'OK', content: { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } } } },
  };
}

function operationV2(operation: ApiOperation): object {
  const { body, answer } = operation;
  const bodySchema = body?.definition === undefined ? { type: 'object' } : { $ref: `#/definitions/${body.definition}` };
  return {
    ...common(operation),
    consumes: body?.types ?? ['*/*'],
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    parameters: [
      ...(body === undefined ? [] : [{ name: 'body', in: 'body', required: operation.method !== 'delete', schema: bodySchema }]),
      ...operation.query.map(({ name, type, description }) => ({ name, in: 'query', description, type, uniqueItems: true })),
    ],
    responses: { '200': { description: 'OK', schema: { $ref: `#/definitions/${answer}` } } },
  };
}

function common(operation: ApiOperation): object {
  const { group, version, kind } = operation;
  return {
    operationId: operation.id,
    tags: [`${group === '' ? 'core' : group.replaceAll('.', '_')}_${version}`],
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function byPath(operations: readonly ApiOperation[], form: (operation: ApiOperation) => object, parameter: (name: string) => object): object {
  return Object.fromEntries(
    [...Map.groupBy(operations, (operation) => operation.path)].map(([path, methods]) => {
      const parameters = methods[0]?.pathParameters ?? [];
      return [path, { ...Object.fromEntries(methods.map((operation) => [operation.method, form(operation)])), ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameter) }) }];
    }),
  );
}

function groupVersions(): readonly GroupVersion[] {
  return ['', ...servedGroups()].flatMap((group) => versionsOfGroup(group).map((version) => ({ group, version })));
}

function pathOf({ group, version }: GroupVersion): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function hashOf(gv: GroupVersion): string {
  return createHash('sha256').update(JSON.stringify(openapiV3(pathOf(gv)))).digest('hex').slice(0, 32).toUpperCase();
}

/** The schemas do not change while the program runs, so each document is made once. */
const documents = new Map<string, object>();

function cached(key: string, make: () => object): object {
  const known = documents.get(key) ?? make();
  documents.set(key, known);
  return known;
}
