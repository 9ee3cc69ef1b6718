import type { BackendValidation } from '../resources/gateway-api.ts';
import { objectKey } from '../resources/kube-object.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { ClientTls } from '../resources/networking.ts';
import type { ConditionWish, ConfigError } from './conditions.ts';
import { readRoot } from './certificates.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { REF, referencedKind } from './object-reference.ts';

/** How a backend's certificate is verified, and what that makes of the conditions of the policy. */
export interface ValidationResult {
  readonly tls: Pick<ClientTls, 'credentialName' | 'subjectAltNames'>;
  readonly accepted: ConditionWish;
  readonly resolved: ConditionWish;
}

const VALID = 'Configuration is valid';
/** Where references to authorities are looked up; only ConfigMaps will do. */
type ReferredLists = Pick<GatewayApiInput, 'configMaps' | 'secrets' | 'services' | 'serviceEntries'>;

/**
 * The authorities and names that a backend's certificate must have. A reference that leads nowhere gives a credential that
 * does not exist either, so that no request is sent unverified. Source: istiod's getBackendTLSCredentialName.
 */
export function backendValidation(validation: BackendValidation, namespace: string, input: ReferredLists): ValidationResult {
  const names = (validation.subjectAltNames ?? []).flatMap(({ type, hostname = '', uri = '' }) => (type === 'Hostname' ? [hostname] : type === 'URI' ? [uri] : []));
  const subjectAltNames = names.length === 0 ? undefined : { subjectAltNames: names };
  const accepted: ConditionWish = { reason: 'Accepted', message: VALID };
  const resolved: ConditionWish = { reason: 'ResolvedRefs', message: VALID };
  const wellKnown = validation.wellKnownCACertificates;
  if (wellKnown !== undefined) {
    const error = wellKnown === 'System' ? undefined : { reason: 'Invalid', message: `Unknown wellKnownCACertificates: ${wellKnown}` };
    return { tls: { ...subjectAltNames }, accepted: { ...accepted, error }, resolved };
  }
  const references = validation.caCertificateRefs ?? [];
  const [reference] = references;
  if (reference === undefined) return { tls: { ...subjectAltNames }, accepted, resolved };
  const noted = references.length === 1 ? accepted : { ...accepted, message: `${VALID}; warning: only the first caCertificateRefs will be used` };
  const problem = authorityProblem({ ...reference, kind: reference.kind ?? '' }, namespace, input);
  if (problem === undefined) return { tls: { credentialName: `configmap://${namespace}/${reference.name}`, ...subjectAltNames }, accepted: noted, resolved };
  return {
    tls: { credentialName: 'invalid://', ...subjectAltNames },
    accepted: { ...noted, error: { reason: 'NoValidCACertificate', message: `Certificate reference invalid: ${problem.cause}` } },
    resolved: { ...resolved, error: problem.error },
  };
}

function authorityProblem(reference: { readonly group?: string; readonly kind: string; readonly name: string }, namespace: string, input: ReferredLists): { readonly cause: string; readonly error: ConfigError } | undefined {
  const kind = referencedKind(reference, '/');
  const because = (reason: string, prefix: string, cause: string): { readonly cause: string; readonly error: ConfigError } => ({ cause, error: { reason, message: `${prefix}: ${cause}` } });
  const lists: Readonly<Record<string, readonly KubeObject[] | undefined>> = { [REF.configMap]: input.configMaps, [REF.secret]: input.secrets, [REF.service]: input.services, [REF.serviceEntry]: input.serviceEntries };
  if (!Object.hasOwn(lists, kind)) return because('InvalidKind', 'Certificate reference not supported', `unsupported kind ${reference.kind}`);
  const list = lists[kind];
  const key = `${namespace}/${reference.name}`;
  const object = list?.find(({ metadata }) => objectKey(metadata) === key);
  if (list !== undefined && object === undefined) return because('InvalidCACertificateRef', 'Certificate reference not found', `reference ${key} (of kind ${reference.kind}) not found`);
  if (kind !== REF.configMap) return because('InvalidKind', 'Certificate reference invalid', `unsupported reference kind: ${reference.kind}`);
  if (object === undefined) return undefined;
  const root = readRoot(object.data ?? {});
  return root.ok ? undefined : because('InvalidCACertificateRef', 'Certificate invalid', root.message);
}
