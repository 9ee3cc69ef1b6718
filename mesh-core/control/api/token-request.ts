import type { ApiAnswer, ApiCall, ApiServices } from './api-call.ts';
import { apiError, badRequest } from './api-error.ts';
import { decodeBody } from './decode-body.ts';
import { isJsonObject } from './merge-patch.ts';
import { isDnsLabel } from './object-metadata.ts';
import { audit } from './write-objects.ts';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';

/** The only audience tokens are issued for: the mesh's certificate authority. */
const AUDIENCE = 'istio-ca';
const SERVICE_ACCOUNTS = { plural: 'serviceaccounts', group: '' };

/**
 * POST of a TokenRequest: a token by which a workload of this service account joins the mesh. Service accounts are not objects here:
 * any well-formed name in a namespace that exists has one. @throws KubeError 400, 404 (namespace) or 422 (name, audience).
 */
export async function requestToken(services: ApiServices, call: ApiCall, where: { readonly namespace: string; readonly serviceAccount: string }): Promise<ApiAnswer> {
  const { namespace, serviceAccount } = where;
  const bytes = await call.readBody();
  const body = bytes.length === 0 ? {} : decodeBody(bytes, call.contentType, ['application/json', 'application/yaml']);
  if (!isJsonObject(body)) throw badRequest('the request body is not a TokenRequest');
  const spec = isJsonObject(body['spec']) ? body['spec'] : {};
  const audiences: readonly unknown[] = Array.isArray(spec['audiences']) ? spec['audiences'] : [];
  if (audiences.length > 0 && !audiences.includes(AUDIENCE)) throw apiError(422, 'Invalid', `TokenRequest.authentication.k8s.io "${serviceAccount}" is invalid: spec.audiences: only ${AUDIENCE} is issued here`);
  if (!isDnsLabel(serviceAccount)) throw apiError(422, 'Invalid', `serviceaccounts "${serviceAccount}" is invalid: metadata.name: at most 63 lower-case letters, digits and - expected`);
  const namespaceKind = kindByApiVersion('v1', 'Namespace');
  if (namespaceKind === undefined || services.store.get(namespaceKind, namespace) === undefined) throw apiError(404, 'NotFound', `namespaces "${namespace}" not found`, { name: namespace, kind: 'namespaces' });
  const token = await services.issueToken(namespace, serviceAccount);
  audit(services, call, { kind: SERVICE_ACCOUNTS, namespace }, serviceAccount, { verb: 'create', subresource: 'token' });
  const expirationTimestamp = expiryOf(token);
  return {
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: serviceAccount, namespace, creationTimestamp: new Date(services.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z') },
      spec: { ...spec, audiences: [AUDIENCE] },
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
