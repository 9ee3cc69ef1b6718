import type { EnvoySecret } from '../envoy/secret.ts';
import type { Secret } from '../resources/core.ts';
import { ROOTS_SUFFIX } from './secret-name.ts';
import type { SecretReference } from './secret-name.ts';

export type SecretResult = { readonly ok: true; readonly secret: EnvoySecret } | { readonly ok: false; readonly reason: string };
type Data = Readonly<Record<string, string>>;

/**
 * The SDS resource `sdsName` from the Secret it refers to. A key pair is `cert` and `key`, or `tls.crt` and `tls.key`; roots are
 * `cacert` or `ca.crt`, in the Secret `NAME-cacert` or, without one, in `NAME` itself. Source: istiod
 * pilot/pkg/credentials/kube/secrets.go.
 */
export function secretResource(sdsName: string, { namespace, name }: SecretReference, find: (namespace: string, name: string) => Secret | undefined): SecretResult {
  if (!name.endsWith(ROOTS_SUFFIX)) {
    const secret = find(namespace, name);
    return secret === undefined ? missing(namespace, name) : keyPairOf(sdsName, secret.data ?? {});
  }
  const plainName = name.slice(0, -ROOTS_SUFFIX.length);
  const secret = find(namespace, name) ?? find(namespace, plainName);
  return secret === undefined ? missing(namespace, plainName) : rootsOf(sdsName, secret.data ?? {});
}

function keyPairOf(name: string, data: Data): SecretResult {
  if (data['cert'] && data['key']) return { ok: true, secret: { name, tlsCertificate: { certificateChain: { inlineBytes: data['cert'] }, privateKey: { inlineBytes: data['key'] } } } };
  if (data['tls.crt'] && data['tls.key']) {
    const staple = data['tls.ocsp-staple'];
    return { ok: true, secret: { name, tlsCertificate: { certificateChain: { inlineBytes: data['tls.crt'] }, privateKey: { inlineBytes: data['tls.key'] }, ...(staple ? { ocspStaple: { inlineBytes: staple } } : {}) } } };
  }
  return { ok: false, reason: `the secret has neither cert and key nor tls.crt and tls.key (it has: ${Object.keys(data).sort().join(', ') || 'nothing'})` };
}

function rootsOf(name: string, data: Data): SecretResult {
  for (const [roots, revoked] of [['cacert', 'crl'], ['ca.crt', 'ca.crl']] as const) {
    const trustedCa = data[roots];
    const crl = data[revoked];
    if (trustedCa) return { ok: true, secret: { name, validationContext: { trustedCa: { inlineBytes: trustedCa }, ...(crl ? { crl: { inlineBytes: crl } } : {}) } } };
  }
  return { ok: false, reason: `the secret has neither cacert nor ca.crt (it has: ${Object.keys(data).sort().join(', ') || 'nothing'})` };
}

function missing(namespace: string, name: string): SecretResult {
  return { ok: false, reason: `there is no secret ${namespace}/${name}` };
}
