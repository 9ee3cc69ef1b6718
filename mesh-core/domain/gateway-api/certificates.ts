import type { Secret } from '../resources/core.ts';
import type { CertificateCheck } from './gateway-api-input.ts';

/** What a Secret holds for a server, or why it holds none. */
export type CertificateInfo = { readonly ok: true; readonly certificate: string; readonly key: string } | { readonly ok: false; readonly message: string };
export type RootInfo = { readonly ok: true; readonly bundle: string } | { readonly ok: false; readonly message: string };
type Data = Readonly<Record<string, string>>;

/** Reads `cert` and `key`, else `tls.crt` and `tls.key`, of a Secret. Source: istiod's ExtractCertInfo. */
export function readCertificate(secret: Secret): CertificateInfo {
  const data: Data = Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, decodeBase64(value)]));
  const pairs = [
    ['cert', 'key'],
    ['tls.crt', 'tls.key'],
  ] as const;
  for (const [certificate, key] of pairs) {
    if (data[certificate] && data[key]) return { ok: true, certificate: data[certificate], key: data[key] };
  }
  for (const [certificate, key] of pairs) {
    if (data[certificate] !== undefined && data[key] !== undefined) return { ok: false, message: `found keys "${certificate}" and "${key}", but they were empty` };
  }
  return { ok: false, message: `found secret, but didn't have expected keys (cert and key) or (tls.crt and tls.key); found: ${foundKeys(data)}` };
}

/** Reads the authorities of a Secret (`data` in base64). Source: istiod's ExtractRoot. */
export function readSecretRoot(secret: Secret): RootInfo {
  return readRoot(Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, decodeBase64(value)])));
}

/** Reads the authorities of a ConfigMap: `cacert`, else `ca.crt`. Source: istiod's ExtractRootFromString. */
export function readRoot(data: Data): RootInfo {
  const keys = ['cacert', 'ca.crt'] as const;
  for (const key of keys) if (data[key]) return { ok: true, bundle: data[key] };
  for (const key of keys) if (data[key] !== undefined) return { ok: false, message: `found key "${key}", but it was empty` };
  return { ok: false, message: `found secret, but didn't have expected keys cacert or ca.crt; found: ${foundKeys(data)}` };
}

/**
 * Looks at the form only (PEM blocks of DER), as far as one comes without cryptography; where there is some, the control
 * plane checks that the key belongs to the certificate.
 */
export const FORM_CHECK: CertificateCheck = {
  keyPairProblem: (certificate, key) => {
    if (!/-----BEGIN [A-Z0-9 ]+-----/.test(certificate)) return 'tls: failed to find any PEM data in certificate input';
    if (pemBlocks(certificate, 'CERTIFICATE').length === 0) return 'tls: failed to find "CERTIFICATE" PEM block in certificate input';
    if (!pemBlocks(certificate, 'CERTIFICATE').every(isDerSequence)) return 'x509: malformed certificate';
    if (!/-----BEGIN [A-Z0-9 ]+-----/.test(key)) return 'tls: failed to find any PEM data in key input';
    return pemBlocks(key, '(?:[A-Z]+ )?PRIVATE KEY').some(isDerSequence) ? undefined : 'tls: failed to parse private key';
  },
  hasCertificate: (bundle) => pemBlocks(bundle, 'CERTIFICATE').some(isDerSequence),
};

function foundKeys(data: Data): string {
  const keys = Object.keys(data).sort();
  return keys.length < 3 ? keys.join(', ') : `${keys.slice(0, 3).join(', ')}, and ${keys.length - 3} more...`;
}

/** Bytes as Latin-1 text; '' for what is not base64. */
function decodeBase64(text: string): string {
  try {
    return atob(text.replaceAll(/\s/g, ''));
  } catch {
    return '';
  }
}

function pemBlocks(text: string, type: string): string[] {
  const blocks = text.matchAll(new RegExp(`-----BEGIN (${type})-----([A-Za-z0-9+/=\\s]*)-----END \\1-----`, 'g'));
  return [...blocks].map(([, , body = '']) => decodeBase64(body));
}

/** Does DER begin with a SEQUENCE that fills it? Source: X.690, 8.1.3. */
function isDerSequence(der: string): boolean {
  if (der.charCodeAt(0) !== 0x30) return false;
  const first = der.charCodeAt(1);
  if (first < 0x80) return der.length === 2 + first;
  let length = 0;
  for (let index = 0; index < (first & 0x7f); index += 1) length = length * 256 + der.charCodeAt(2 + index);
  return der.length === 2 + (first & 0x7f) + length;
}
