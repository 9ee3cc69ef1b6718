import type { ServerResponse } from 'node:http';
import type { ApiAnswer, ApiCall, ApiServices } from './api-call.ts';
import { methodNotAllowed, pathNotFound } from './api-error.ts';
import type { ApiRoute } from './api-path.ts';
import { mayWrite } from './authenticate.ts';
import { aggregatedDiscovery, coreVersions, groupDocument, groupList, hasStatus, resourceList } from './discovery.ts';
import { openapiIndex, openapiV2, openapiV3 } from './openapi/openapi-documents.ts';
import { encodeOpenapiV2, OPENAPI_V2_PROTOBUF, OPENAPI_V2_PROTOBUF_ANSWER } from './openapi/openapi-v2-protobuf.ts';
import { getObject, listObjects } from './read-objects.ts';
import { sendBytes } from './respond.ts';
import { isView } from './served-kinds.ts';
import { requestToken } from './token-request.ts';
import { isWatch, watchObjects } from './watch-objects.ts';
import { createObject, deleteCollection, deleteObject, forbidden, patchObject, updateObject } from './write-objects.ts';

/** What came of a call: an answer to send, or a stream that has begun and the function that ends it. */
export type CallResult = { readonly answer: ApiAnswer } | { readonly endStream: () => void };
type Route<T extends ApiRoute['type']> = Extract<ApiRoute, { type: T }>;

/** Carries an authenticated call to its verb. @throws KubeError for everything that is refused. */
export async function handleCall(services: ApiServices, call: ApiCall, route: ApiRoute, response: ServerResponse): Promise<CallResult> {
  switch (route.type) {
    case 'collection':
      return handleCollection(services, call, route, response);
    case 'object':
      return handleObject(services, call, route, response);
    case 'token-request':
      if (call.method !== 'POST') throw methodNotAllowed();
      if (!mayWrite(call.user.role, false)) throw forbidden(call, 'serviceaccounts/token', route.namespace);
      return { answer: await requestToken(services, call, route) };
    case 'core-versions':
      return discovery(call, coreVersions, true);
    case 'groups':
      return discovery(call, groupList, false);
    case 'group':
      return discovery(call, () => groupDocument(route.group));
    case 'resources':
      return discovery(call, () => resourceList(route.group, route.version));
    case 'openapi-v3-index':
      return discovery(call, openapiIndex);
    case 'openapi-v3':
      return discovery(call, () => openapiV3(route.path) ?? notServed());
    case 'openapi-v2':
      return openapiDocument(call, response);
    case 'version':
    case 'health':
    case 'not-found':
      throw pathNotFound();
  }
}

async function handleCollection(services: ApiServices, call: ApiCall, where: Route<'collection'>, response: ServerResponse): Promise<CallResult> {
  if (call.method === 'GET') {
    if (isWatch(call.query)) return { endStream: watchObjects(services, call, where, response) };
    return { answer: listObjects(services, call, where) };
  }
  if (isView(where.kind)) throw methodNotAllowed();
  // Across all namespaces one can only read.
  if ((call.method !== 'POST' && call.method !== 'DELETE') || (where.kind.namespaced && where.namespace === undefined)) throw methodNotAllowed();
  checkMayWrite(call, where);
  return { answer: call.method === 'POST' ? await createObject(services, call, where) : await deleteCollection(services, call, where) };
}

async function handleObject(services: ApiServices, call: ApiCall, where: Route<'object'>, response: ServerResponse): Promise<CallResult> {
  if (where.status && !hasStatus(where.kind)) throw pathNotFound();
  if (call.method === 'GET') {
    if (!isWatch(call.query)) return { answer: getObject(services, call, where) };
    const query = new URLSearchParams(call.query);
    query.set('fieldSelector', `metadata.name=${where.name}`);
    return { endStream: watchObjects(services, { ...call, query }, where, response) };
  }
  if (isView(where.kind)) throw methodNotAllowed();
  checkMayWrite(call, where);
  switch (call.method) {
    case 'PUT':
      return { answer: await updateObject(services, call, where, where.status) };
    case 'PATCH':
      return { answer: await patchObject(services, call, where, where.status) };
    case 'DELETE':
      if (where.status) throw methodNotAllowed();
      return { answer: await deleteObject(services, call, where) };
    default:
      throw methodNotAllowed();
  }
}

/** kubectl asks for the binary form, and older ones know no other. */
function openapiDocument(call: ApiCall, response: ServerResponse): CallResult {
  if (call.method !== 'GET') throw methodNotAllowed();
  const wanted = (call.acceptHeader ?? '').split(',').map((type) => type.split(';')[0]?.trim());
  if (!wanted.some((type) => type === OPENAPI_V2_PROTOBUF || type === OPENAPI_V2_PROTOBUF_ANSWER)) return { answer: { code: 200, body: openapiV2() } };
  sendBytes(response, encodeOpenapiV2(openapiV2()), OPENAPI_V2_PROTOBUF_ANSWER);
  return { endStream: () => undefined };
}

function notServed(): never {
  throw pathNotFound();
}

function checkMayWrite(call: ApiCall, where: Route<'collection'> | Route<'object'>): void {
  if (!mayWrite(call.user.role, !where.kind.namespaced)) throw forbidden(call, where.kind.plural, where.namespace);
}

function discovery(call: ApiCall, plain: () => object, core?: boolean): CallResult {
  if (call.method !== 'GET') throw methodNotAllowed();
  const aggregated = core !== undefined && call.accept.form === 'discovery';
  return { answer: { code: 200, body: aggregated ? aggregatedDiscovery(core, call.accept.discovery ?? 'v2') : plain() } };
}
