import type { ServerResponse } from 'node:http';
import type { ApiAnswer, ApiCall, ApiServices } from './api-call.ts';
import { answerReview } from '../access/access-reviews.ts';
import { badRequest, methodNotAllowed, pathNotFound } from './api-error.ts';
import type { ApiRoute } from './api-path.ts';
import { aggregatedDiscovery, coreVersions, groupDocument, groupList, hasStatus, resourceList } from './discovery.ts';
import { openapiIndex, openapiV2, openapiV3 } from './openapi/openapi-documents.ts';
import { encodeOpenapiV2, OPENAPI_V2_PROTOBUF, OPENAPI_V2_PROTOBUF_ANSWER } from './openapi/openapi-v2-protobuf.ts';
import { decodeBody } from './decode-body.ts';
import { isJsonObject } from './merge-patch.ts';
import { getObject, listObjects } from './read-objects.ts';
import { sendBytes } from './respond.ts';
import { isView } from './served-kinds.ts';
import { requestToken } from './token-request.ts';
import { isWatch, watchObjects } from './watch-objects.ts';
import { createObject, deleteCollection, deleteObject, patchObject, updateObject } from './write-objects.ts';

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
      return { answer: await requestToken(services, call, route) };
    case 'review':
      if (call.method !== 'POST') throw methodNotAllowed();
      return { answer: await answerReviewCall(services, call, route) };
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

/** The answer to a question about access: what was sent, with its status. @throws KubeError 400 when it is not such a question. */
async function answerReviewCall(services: ApiServices, call: ApiCall, { review, namespace }: Route<'review'>): Promise<ApiAnswer> {
  const body = decodeBody(await call.readBody(), call.contentType, ['application/json', 'application/yaml']);
  if (!isJsonObject(body)) throw badRequest(`the request body is not a ${review.kind}`);
  const answer = answerReview(review.kind, { ...body, apiVersion: `${review.group}/${review.version}`, kind: review.kind }, { user: call.user, rules: () => services.access.rules(), decide: (who, what) => services.access.decide(who, what), namespace });
  if (!answer.ok) throw badRequest(answer.message);
  return { code: 201, body: answer.body };
}

function discovery(call: ApiCall, plain: () => object, core?: boolean): CallResult {
  if (call.method !== 'GET') throw methodNotAllowed();
  const aggregated = core !== undefined && call.accept.form === 'discovery';
  return { answer: { code: 200, body: aggregated ? aggregatedDiscovery(core, call.accept.discovery ?? 'v2') : plain() } };
}
