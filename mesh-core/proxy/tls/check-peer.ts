import { createHash } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import { matchesString } from '#mesh-core/domain/decide/match-value.ts';
import type { CertificateValidation, StringMatcher, SubjectAltNameMatcher } from '#mesh-core/domain/envoy/resources.ts';

/** The code of the error about a peer whose certificate is valid, but not one of those that are expected. */
export const PEER_REFUSED = 'ERR_PEER_REFUSED';
const PREFIXES: Readonly<Record<string, SubjectAltNameMatcher['sanType']>> = { URI: 'URI', DNS: 'DNS', email: 'EMAIL', 'IP Address': 'IP_ADDRESS' };

/**
 * Why a certificate, whose chain was verified already, is not one of those the configuration names; undefined when it is.
 * A DNS name of the certificate may be a wildcard for one label. Source: Envoy's DefaultCertValidator.
 */
export function checkPeer(certificate: X509Certificate, validation: CertificateValidation): string | undefined {
  const { matchTypedSubjectAltNames: matchers = [], verifyCertificateHash: hashes = [], verifyCertificateSpki: keys = [] } = validation;
  if (hashes.length > 0 && !hashes.some((hash) => sameHash(hash, certificate.fingerprint256))) return 'the certificate is not one of those pinned';
  if (keys.length > 0 && !keys.includes(createHash('sha256').update(certificate.publicKey.export({ type: 'spki', format: 'der' })).digest('base64'))) return 'the key is not one of those pinned';
  if (matchers.length === 0) return undefined;
  const names = subjectAltNamesOf(certificate.subjectAltName);
  if (names.some(({ type, name }) => matchers.some(({ sanType, matcher }) => sanType === type && matchesName(type, matcher, name)))) return undefined;
  return `the peer's names are ${names.map(({ name }) => name).join(', ') || 'none'}, of which none is expected`;
}

/** The names of a certificate out of Node's text form (`URI:spiffe://…, DNS:web`); quoted names are read as they were. */
export function subjectAltNamesOf(text: string | undefined): { readonly type: SubjectAltNameMatcher['sanType']; readonly name: string }[] {
  return [...(text ?? '').matchAll(/(URI|DNS|email|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)].flatMap(([, label = '', value = '']) => {
    const type = PREFIXES[label];
    const name = value.startsWith('"') ? unquoted(value) : value;
    return type === undefined || name === undefined ? [] : [{ type, name }];
  });
}

/** Node quotes a name that could be taken for several. */
function unquoted(value: string): string | undefined {
  try {
    return String(JSON.parse(value));
  } catch {
    return undefined;
  }
}

function matchesName(type: SubjectAltNameMatcher['sanType'], matcher: StringMatcher, name: string): boolean {
  if (matchesString(matcher, name)) return true;
  if (type !== 'DNS' || matcher.exact === undefined || !name.startsWith('*.')) return false;
  const dot = matcher.exact.indexOf('.');
  return dot > 0 && matcher.exact.slice(dot).toLowerCase() === name.slice(1).toLowerCase();
}

function sameHash(pinned: string, fingerprint: string): boolean {
  return pinned.replaceAll(':', '').toLowerCase() === fingerprint.replaceAll(':', '').toLowerCase();
}
