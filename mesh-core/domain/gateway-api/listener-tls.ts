import type { FrontendTls, KubeGateway, KubeGatewaySpec, ListenerTls, ObjectReference } from '../resources/gateway-api.ts';
import { isKnownCipherSuite } from '../resources/cipher-suites.ts';
import { objectKey } from '../resources/kube-object.ts';
import type { ServerTls } from '../resources/networking.ts';
import { joinErrors } from './conditions.ts';
import type { ConfigError } from './conditions.ts';
import { readCertificate, readRoot, readSecretRoot } from './certificates.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { REF, referenceText, referencedKind } from './object-reference.ts';
import type { GrantLookup } from './reference-grants.ts';

const TERMINATE_MODE = 'gateway.istio.io/tls-terminate-mode';
const CIPHER_SUITES = 'gateway.istio.io/tls-cipher-suites';
const CA_SUFFIX = '-cacert';

/** Whose listener it is, and where its references are looked up. */
export interface TlsScope {
  readonly input: Pick<GatewayApiInput, 'secrets' | 'configMaps' | 'certificates'>;
  readonly isGranted: GrantLookup;
  /** `group/kind` of the object that has the listener. */
  readonly ownerKind: string;
  readonly namespace: string;
}
/** The TLS settings as far as they could be made, and what is wrong with them. */
export interface ListenerTlsResult {
  readonly tls: ServerTls | undefined;
  readonly error?: ConfigError | undefined;
}

/** How client certificates are verified at a port: the port's own setting, else the default. */
export function frontendTlsAt(port: number, tls: KubeGatewaySpec['tls']): FrontendTls | undefined {
  const own = tls?.frontend?.perPort?.find((entry) => entry.port === port);
  return own === undefined ? tls?.frontend?.default : (own.tls ?? {});
}

/** The TLS of a listener as an Istio Gateway has it. Source: istiod's buildTLS. */
export function listenerTls(tls: ListenerTls | undefined, frontend: FrontendTls | undefined, isAutoPassthrough: boolean, scope: TlsScope): ListenerTlsResult {
  if (tls === undefined) return { tls: undefined };
  // An Istio Gateway's TLS without mode passes through.
  if ((tls.mode ?? 'Terminate') === 'Passthrough') return { tls: { ...(isAutoPassthrough ? { mode: 'AUTO_PASSTHROUGH' as const } : undefined), ...cipherSuites(tls) } };
  const asked = tls.options?.[TERMINATE_MODE];
  if (asked === 'ISTIO_SIMPLE') return { tls: { mode: 'SIMPLE', credentialName: 'builtin://' } };
  if (asked === 'ISTIO_MUTUAL') return { tls: { mode: 'ISTIO_MUTUAL' } };
  const mode = asked === 'MUTUAL' || asked === 'OPTIONAL_MUTUAL' ? asked : 'SIMPLE';
  const references = tls.certificateRefs ?? [];
  if (references.length > 2) return { tls: { mode }, error: { reason: 'InvalidCertificateRef', message: 'TLS mode can only support up to 2 server certificates' } };
  const read = references.map((reference) => serverCertificate(reference, scope));
  const names = read.map((result) => ('name' in result ? result.name : ''));
  const valid = read.filter((result) => 'name' in result).length;
  if (valid === 0) return { tls: { mode }, error: read.map((result) => ('error' in result ? result.error : undefined)).reduce(joinErrors, undefined) };
  // With one good certificate of two, istiod takes the first name, also where it is the bad one's and so empty.
  const credentials = valid === 1 ? { credentialName: names[0] ?? '' } : { credentialNames: names };
  const clients = clientVerification(tls, frontend, scope);
  if ('error' in clients) return { tls: { mode, ...credentials }, error: clients.error };
  return { tls: { mode, ...credentials, ...clients.fields, ...cipherSuites(tls) } };
}

function cipherSuites({ options }: ListenerTls): Pick<ServerTls, 'cipherSuites'> | undefined {
  const text = options?.[CIPHER_SUITES];
  const suites = text ? [...new Set(text.split(',').map((suite) => suite.trim()))].filter(isKnownCipherSuite) : [];
  return suites.length === 0 ? undefined : { cipherSuites: suites };
}

/** A reference across namespaces is judged before it is looked up, so that its error does not tell whether the target exists. */
function serverCertificate(reference: ObjectReference, scope: TlsScope): { readonly name: string } | { readonly error: ConfigError } {
  const namespace = reference.namespace ?? scope.namespace;
  if (namespace !== scope.namespace && !scope.isGranted({ kind: scope.ownerKind, namespace: scope.namespace }, { kind: REF.secret, namespace, name: reference.name })) {
    return { error: { reason: 'RefNotPermitted', message: `certificateRef ${reference.name}/${namespace} not accessible to a Gateway in namespace "${scope.namespace}" (missing a ReferenceGrant?)` } };
  }
  const problem = secretProblem(reference, namespace, scope.input);
  const text = `invalid certificate reference ${referenceText(reference)}, `;
  return problem === undefined ? { name: `kubernetes-gateway://${namespace}/${reference.name}` } : { error: { reason: 'InvalidCertificateRef', message: `${text}${problem}` } };
}

/** Why a reference is not one to a Secret with a certificate that can serve. */
function secretProblem(reference: ObjectReference, namespace: string, { secrets, certificates }: TlsScope['input']): string | undefined {
  if (referencedKind(reference, REF.secret) !== REF.secret) return 'only secret is allowed';
  if (secrets === undefined) return undefined;
  const key = `${namespace}/${reference.name}`;
  const secret = secrets.find(({ metadata }) => objectKey(metadata) === key);
  if (secret === undefined) return `secret ${key} not found`;
  const info = readCertificate(secret);
  if (!info.ok) return info.message;
  const problem = certificates.keyPairProblem(info.certificate, info.key);
  return problem === undefined ? undefined : `the certificate is malformed: ${problem}`;
}

/** Checks `spec.tls.backend.clientCertificateRef` of a Gateway. Source: istiod's validateBackendClientCertificateRef. */
export function clientCertificateError(gateway: KubeGateway, scope: TlsScope): ConfigError | undefined {
  const reference = gateway.spec?.tls?.backend?.clientCertificateRef;
  if (reference === undefined) return undefined;
  const namespace = reference.namespace ?? scope.namespace;
  const problem = secretProblem(reference, namespace, scope.input);
  if (problem !== undefined) return { reason: 'InvalidClientCertificateRef', message: `invalid clientCertificateRef ${referenceText(reference)}, ${problem}` };
  if (namespace === scope.namespace || scope.isGranted({ kind: scope.ownerKind, namespace: scope.namespace }, { kind: REF.secret, namespace, name: reference.name })) return undefined;
  return { reason: 'RefNotPermitted', message: `clientCertificateRef ${reference.name}/${namespace} not accessible to a Gateway in namespace "${scope.namespace}" (missing a ReferenceGrant?)` };
}

function clientVerification(tls: ListenerTls, frontend: FrontendTls | undefined, scope: TlsScope): { readonly fields: Partial<ServerTls> } | { readonly error: ConfigError } {
  const references = frontend?.validation?.caCertificateRefs ?? [];
  const [reference] = references;
  if (reference === undefined) return { fields: {} };
  if (references.length > 1) return { error: { reason: 'InvalidCACertificateRef', message: 'only one caCertificateRef is supported' } };
  const kind = referencedKind(reference, '/');
  const namespace = reference.namespace ?? scope.namespace;
  // A grant that names its target must name it with the suffix: istiod compares the name of the SDS resource.
  const target = { kind: kind === REF.secret ? REF.secret : REF.configMap, namespace, name: `${reference.name}${CA_SUFFIX}` };
  if (namespace !== scope.namespace && !scope.isGranted({ kind: scope.ownerKind, namespace: scope.namespace }, target)) {
    return { error: { reason: 'RefNotPermitted', message: `caCertificateRef ${namespace}/${reference.name} not accessible to a Gateway in namespace "${scope.namespace}" (missing a ReferenceGrant?)` } };
  }
  const problem = authorityProblem(reference, kind, namespace, scope.input);
  if (problem !== undefined) return { error: { reason: problem.reason, message: `invalid CA certificate reference ${referenceText(reference)}, ${problem.message}` } };
  const insecure = frontend?.validation?.mode === 'AllowInsecureFallback';
  const asked = tls.options?.[TERMINATE_MODE];
  const explicit = asked === 'MUTUAL' || asked === 'OPTIONAL_MUTUAL' ? asked : undefined;
  return {
    fields: {
      mode: explicit ?? (insecure ? 'OPTIONAL_MUTUAL' : 'MUTUAL'),
      insecureSkipVerify: explicit === undefined && insecure,
      caCertCredentialName: `${kind === REF.secret ? 'kubernetes-gateway' : 'configmap'}://${namespace}/${reference.name}${CA_SUFFIX}`,
    },
  };
}

function authorityProblem(reference: ObjectReference, kind: string, namespace: string, { secrets, configMaps, certificates }: TlsScope['input']): ConfigError | undefined {
  if (kind !== REF.configMap && kind !== REF.secret) return { reason: 'InvalidCACertificateKind', message: 'only secret and configmap are allowed' };
  const key = `${namespace}/${reference.name}`;
  const objects = kind === REF.secret ? secrets : configMaps;
  if (objects === undefined) return undefined;
  const object = objects.find(({ metadata }) => objectKey(metadata) === key);
  const bad = (message: string): ConfigError => ({ reason: 'InvalidCACertificateRef', message });
  if (object === undefined) return bad(`${kind === REF.secret ? 'secret' : 'configmap'} ${key} not found`);
  const root = kind === REF.secret ? readSecretRoot(object) : readRoot(object.data ?? {});
  if (!root.ok) return bad(root.message);
  return certificates.hasCertificate(root.bundle) ? undefined : bad('the bundle is malformed');
}
