import { X509Certificate } from 'node:crypto';
import { pemBlocks } from '../identity/pem-blocks.ts';

const DAY_MS = 86_400_000;

/**
 * `GET /certs`: the certificates in force, without keys. `now` in Unix milliseconds; PEM texts as the proxy holds them.
 * Source: envoy/admin/v3/certs.proto.
 */
export function certsPage({ certChainPem, rootPem }: { readonly certChainPem: string; readonly rootPem: string }, now: number): { readonly certificates: readonly object[] } {
  const describe = (pem: string): object => certificateDetails(new X509Certificate(pem), now);
  return { certificates: [{ ca_cert: pemBlocks(rootPem).map(describe), cert_chain: pemBlocks(certChainPem).map(describe) }] };
}

function certificateDetails(certificate: X509Certificate, now: number): object {
  const validFrom = Date.parse(certificate.validFrom);
  const expiration = Date.parse(certificate.validTo);
  return {
    path: '<inline>',
    serial_number: certificate.serialNumber.toLowerCase(),
    subject_alt_names: alternativeNames(certificate.subjectAltName ?? ''),
    days_until_expiration: String(daysUntil(expiration, now)),
    valid_from: new Date(validFrom).toISOString(),
    expiration_time: new Date(expiration).toISOString(),
  };
}

/** Whole days; 0 for what is over. */
export function daysUntil(expiration: number, now: number): number {
  return Math.max(0, Math.floor((expiration - now) / DAY_MS));
}

const KINDS: Readonly<Record<string, string>> = { URI: 'uri', DNS: 'dns', 'IP Address': 'ip_address' };

/** Node writes them as `URI:spiffe://…, DNS:…`. */
function alternativeNames(text: string): object[] {
  return text.split(', ').flatMap((entry) => {
    const at = entry.indexOf(':');
    const kind = KINDS[entry.slice(0, at)];
    return kind === undefined ? [] : [{ [kind]: entry.slice(at + 1) }];
  });
}
