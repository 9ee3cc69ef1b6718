import type { WorkloadIdentity } from '../identity/spiffe-id.ts';
import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import { ROOTS_SUFFIX, sdsNameOf } from './secret-name.ts';
import type { SecretReference } from './secret-name.ts';

/** Who asks for a secret: the identity is the one that was proved, whatever the proxy says of itself. */
export interface SecretRequester {
  readonly identity: WorkloadIdentity;
  /** Gateways only may have what Gateway API refers to. */
  readonly isGateway: boolean;
  /** May its service account list the Secrets of its namespace, by the mesh's access rules? */
  readonly mayReadSecrets: boolean;
}
export type SecretVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * May this proxy be sent this secret? Source: istiod pilot/pkg/xds/sds.go (filterAuthorizedResources):
 * a plain reference only within the proxy's namespace, and, unless it is roots alone, for accounts that may read secrets;
 * Gateway API's where a Gateway of the proxy's namespace refers to it there, or a ReferenceGrant of the secret's namespace allows it.
 */
export function mayReceiveSecret(reference: SecretReference, { identity, isGateway, mayReadSecrets }: SecretRequester, snapshot: MeshSnapshot): SecretVerdict {
  const { scheme, namespace, name } = reference;
  const sameNamespace = namespace === identity.namespace;
  if (scheme === 'kubernetes') {
    if (!sameNamespace) return { ok: false, reason: `a proxy of namespace ${identity.namespace} may not have secrets of ${namespace}` };
    if (name.endsWith(ROOTS_SUFFIX) || mayReadSecrets) return { ok: true };
    return { ok: false, reason: `service account ${identity.namespace}/${identity.serviceAccount} may not list secrets (a Role and RoleBinding of its namespace would allow it)` };
  }
  const plainName = name.endsWith(ROOTS_SUFFIX) ? name.slice(0, -ROOTS_SUFFIX.length) : name;
  if (!isGateway) return { ok: false, reason: 'only gateways may have certificates of Gateway API' };
  if (sameNamespace && isReferredTo(snapshot, namespace, plainName)) return { ok: true };
  if (isGranted(snapshot, identity.namespace, namespace, plainName)) return { ok: true };
  return { ok: false, reason: sameNamespace ? `no Gateway of ${namespace} refers to it` : `no ReferenceGrant of ${namespace} lets Gateways of ${identity.namespace} refer to it` };
}

function isReferredTo({ gateways, kubeGateways }: MeshSnapshot, namespace: string, name: string): boolean {
  const wanted = `kubernetes-gateway://${namespace}/${name}`;
  const byKube = kubeGateways.some((gateway) => gateway.metadata.namespace === namespace && (gateway.spec?.listeners ?? []).some((listener) => (listener.tls?.certificateRefs ?? []).some((ref) => ref.name === name && (ref.namespace ?? namespace) === namespace)));
  return byKube || gateways.some((gateway) => gateway.metadata.namespace === namespace && (gateway.spec?.servers ?? []).some(({ tls }) => [tls?.credentialName, ...(tls?.credentialNames ?? [])].some((credential) => credential !== undefined && sdsNameOf(credential) === wanted)));
}

function isGranted({ referenceGrants }: MeshSnapshot, from: string, namespace: string, name: string): boolean {
  return referenceGrants.some(
    ({ metadata, spec }) =>
      metadata.namespace === namespace &&
      (spec?.from ?? []).some((one) => one.group === 'gateway.networking.k8s.io' && one.kind === 'Gateway' && one.namespace === from) &&
      (spec?.to ?? []).some((one) => one.group === '' && one.kind === 'Secret' && (one.name === undefined || one.name === '' || one.name === name)),
  );
}
