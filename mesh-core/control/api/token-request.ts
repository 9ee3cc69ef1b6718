import type { ApiAnswer, ApiCall, ApiServices } from './api-call.ts';
import { apiError, badRequest } from './api-error.ts';
import { decodeBody } from './decode-body.ts';
import { isJsonObject } from './merge-patch.ts';
import { isDnsLabel } from './object-metadata.ts';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';

/** Of the mesh's certificate authority: such a token lets a workload join. */
const JOIN_AUDIENCE = 'istio-ca';
/** Of this API: such a token lets a program call it. What is issued when no audience is named, as in Kubernetes. */
export const API_AUDIENCE = 'https://kubernetes.default.svc.cluster.local';
const AUDIENCES: readonly string[] = [JOIN_AUDIENCE, API_AUDIENCE];
/** Kubernetes' shortest life of a token. */
const SHORTEST_SECONDS = 600;

/**
 * POST of a TokenRequest: a token by which a workload of this service account joins the mesh, or a program calls this API. Service accounts are not objects here:
 * any well-formed name in a namespace that exists has one. @throws KubeError 400, 404 (namespace) or 422 (name, audience).
 */
export async function requestToken(services: ApiServices, call: ApiCall, where: { readonly namespace: string; readonly serviceAccount: string }): Promise<ApiAnswer> {
  const { namespace, serviceAccount } = where;
  const bytes = await call.readBody();
  const body = bytes.length === 0 ? {} : decodeBody(bytes, call.contentType, ['application/json', 'application/yaml']);
  if (!isJsonObject(body)) throw badRequest('the request body is not a TokenRequest');
  const spec = isJsonObject(body['spec']) ? body['spec'] : {};
  const asked: readonly unknown[] = Array.isArray(spec['audiences']) ? spec['audiences'] : [];
  const audiences = asked.length === 0 ? [API_AUDIENCE] : asked;
  const unknown = audiences.find((audience) => typeof audience !== 'string' || !AUDIENCES.includes(audience));
  if (unknown !== undefined) throw apiError(422, 'Invalid', `TokenRequest.authentication.k8s.io "${serviceAccount}" is invalid: spec.audiences: Unsupported value: ${JSON.stringify(unknown)}: supported values: ${AUDIENCES.map((audience) => JSON.stringify(audience)).join(', ')}`);
  const seconds = spec['expirationSeconds'];
  if (seconds !== undefined && seconds !== null && !(typeof seconds === 'number' && seconds >= SHORTEST_SECONDS)) throw apiError(422, 'Invalid', `TokenRequest.authentication.k8s.io "${serviceAccount}" is invalid: spec.expirationSeconds: Invalid value: ${JSON.stringify(seconds)}: may not specify a duration less than 10 minutes`);
  if (!isDnsLabel(serviceAccount)) throw apiError(422, 'Invalid', `serviceaccounts "${serviceAccount}" is invalid: metadata.name: at most 63 lower-case letters, digits and - expected`);
  const namespaceKind = kindByApiVersion('v1', 'Namespace');
  if (namespaceKind === undefined || services.store.get(namespaceKind, namespace) === undefined) throw apiError(404, 'NotFound', `namespaces "${namespace}" not found`, { name: namespace, kind: 'namespaces' });
  const token = await services.issueToken({ namespace, serviceAccount, audiences: audiences.filter((audience) => typeof audience === 'string'), expirationSeconds: typeof seconds === 'number' ? seconds : undefined });
  const expirationTimestamp = expiryOf(token);
  return {
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: serviceAccount, namespace, creationTimestamp: new Date(services.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z') },
      spec: { ...spec, audiences },
      status: { token, ...(expirationTimestamp === undefined ? {} : { expirationTimestamp }) },
    },
  };
}

/** The `exp` claim of a JWT as RFC 3339; undefined when it is none (the answer then goes without). */
function expiryOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const exp = isJsonObject(claims) ? claims['exp'] : undefined;
    return typeof exp === 'number' ? new Date(exp * 1000).toISOString().replace(/\.\d+Z$/, 'Z') : undefined;
  } catch {
    return undefined;
  }
}
