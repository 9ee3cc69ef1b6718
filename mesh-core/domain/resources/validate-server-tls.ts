import { isKnownCipherSuite } from './cipher-suites.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { ServerTls } from './networking.ts';

const MESH_OWNED = ['serverCertificate', 'privateKey', 'caCertificates', 'tlsCertificates', 'credentialName', 'credentialNames'] as const;
const MESH_OWNED_NAMES = {
  serverCertificate: 'server certificate',
  privateKey: 'private key',
  caCertificates: 'CA bundle',
  tlsCertificates: 'tlsCertificates',
  credentialName: 'credentialName',
  credentialNames: 'credentialNames',
} as const;

/** istiod's rules for the TLS of a Gateway server: which certificates each mode needs, and which it must not have. */
export function checkServerTls(tls: ServerTls | undefined, path: string, issues: IssueSink): void {
  if (tls === undefined) return;
  checkCiphers(tls, path, issues);
  const mode = tls.mode ?? 'PASSTHROUGH';
  if (mode === 'ISTIO_MUTUAL') {
    for (const field of MESH_OWNED.filter((name) => isSet(tls[name]))) issues.error(joinPath(path, field), `ISTIO_MUTUAL TLS cannot have associated ${MESH_OWNED_NAMES[field]}`, { expected: 'leave it out: it uses the certificates of the mesh' });
    return;
  }
  if ((mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') && [...MESH_OWNED, 'caCrl' as const].some((name) => isSet(tls[name]))) {
    issues.warn(path, `${mode} mode does not use certificates, they will be ignored`, { expected: 'no certificates, or another mode', code: 'IST0133' });
  }
  checkCertificateSource(tls, path, issues);
  const terminates = mode === 'SIMPLE' || mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL';
  if (terminates && (isSet(tls.credentialName) || isSet(tls.credentialNames))) return;
  if (terminates) checkCertificateFiles(tls, mode, path, issues);
  if (isSet(tls.caCrl) && isSet(tls.credentialName)) issues.error(`${path}.caCrl`, 'CRL is not supported with credentialName. CRL has to be specified in the credential', { expected: 'leave it out' });
  if (isSet(tls.caCrl) && mode === 'SIMPLE') issues.error(`${path}.caCrl`, 'CRL is not supported with SIMPLE TLS', { expected: 'mode MUTUAL, or no caCrl' });
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === 'string' && value !== '';
}

function checkCertificateSource(tls: ServerTls, path: string, issues: IssueSink): void {
  const sources = [isSet(tls.serverCertificate) && isSet(tls.privateKey), isSet(tls.credentialName), isSet(tls.credentialNames), isSet(tls.tlsCertificates)];
  if (sources.filter(Boolean).length > 1) issues.error(path, 'only one of credential_name, credential_names, server_certificate/private_key, tls_certificates should be specified', { expected: 'one of credentialName, credentialNames, serverCertificate with privateKey, tlsCertificates' });
}

function checkCertificateFiles(tls: ServerTls, mode: string, path: string, issues: IssueSink): void {
  const family = mode === 'SIMPLE' ? 'SIMPLE TLS' : 'MUTUAL TLS';
  if (mode !== 'SIMPLE' && !isSet(tls.caCertificates)) issues.error(`${path}.caCertificates`, `${family} requires a client CA bundle`, { expected: 'a file, or credentialName' });
  if ((tls.tlsCertificates?.length ?? 0) > 2) issues.warn(`${path}.tlsCertificates`, `${family} can support up to 2 server certificates`, { expected: 'one or two', code: 'IST0133' });
  const fromList = isSet(tls.tlsCertificates);
  const certificates = fromList ? (tls.tlsCertificates ?? []) : [tls];
  for (const [index, certificate] of certificates.entries()) {
    const place = fromList ? joinPath(`${path}.tlsCertificates`, index) : path;
    for (const [field, name] of [['serverCertificate', 'server certificate'], ['privateKey', 'private key']] as const) {
      if (!isSet(certificate[field])) issues.error(joinPath(place, field), `${family} requires a ${name}`, { expected: 'a file, or credentialName' });
    }
  }
}

function checkCiphers(tls: ServerTls, path: string, issues: IssueSink): void {
  const place = `${path}.cipherSuites`;
  if ((tls.minProtocolVersion === 'TLSV1_0' || tls.minProtocolVersion === 'TLSV1_1') && !isSet(tls.cipherSuites)) {
    issues.warn(place, 'TLS version below TLSV1_2 require setting compatible ciphers as by default they no longer include compatible ciphers.', { expected: 'compatible cipher suites', code: 'IST0133' });
  }
  const seen = new Set<string>();
  for (const [index, suite] of (tls.cipherSuites ?? []).entries()) {
    if (!isKnownCipherSuite(suite)) issues.warn(joinPath(place, index), `ignoring invalid cipher suites: [${suite}]`, { expected: 'an OpenSSL cipher name', code: 'IST0133' });
    else if (seen.has(suite)) issues.warn(joinPath(place, index), `ignoring duplicate cipher suites: [${suite}]`, { expected: 'every suite once', code: 'IST0133' });
    seen.add(suite);
  }
}
