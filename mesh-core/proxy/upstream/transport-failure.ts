import { PEER_REFUSED } from '../tls/check-peer.ts';

/** OpenSSL's reasons with the numbers that Envoy's library gives them, for failures that people search the web for. */
const BORINGSSL_NUMBERS: Readonly<Record<string, number>> = {
  WRONG_VERSION_NUMBER: 268435703,
  CERTIFICATE_VERIFY_FAILED: 268435581,
  SSLV3_ALERT_CERTIFICATE_EXPIRED: 268436501,
  SSLV3_ALERT_HANDSHAKE_FAILURE: 268436496,
  TLSV1_ALERT_UNKNOWN_CA: 268436504,
  TLSV1_ALERT_PROTOCOL_VERSION: 268436526,
  TLSV1_CERTIFICATE_REQUIRED: 268436572,
};
/** Node's codes of certificates that do not hold. */
const UNVERIFIED: ReadonlySet<string> = new Set(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_SIGNATURE_FAILURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_UNTRUSTED', 'INVALID_CA', 'INVALID_PURPOSE']);
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'delayed connect error: Connection refused',
  EHOSTUNREACH: 'delayed connect error: No route to host',
  ENETUNREACH: 'delayed connect error: Network is unreachable',
  ETIMEDOUT: 'delayed connect error: Connection timed out',
};

/**
 * What Envoy says about a connection that could not be made: the system's error, or `TLS_error:|number:SSL
 * routines:OPENSSL_internal:REASON:TLS_error_end`. A connection that the peer broke off has nothing to say (empty text).
 * Source: Envoy's raw buffer and TLS sockets.
 */
export function describeTransportFailure(error: NodeJS.ErrnoException & { readonly reason?: string }): string {
  const { code = '' } = error;
  const system = SYSTEM_ERRORS[code];
  if (system !== undefined) return system;
  if (code === 'ECONNRESET' || code === 'EPIPE') return '';
  if (code === PEER_REFUSED) return tlsError('CERTIFICATE_VERIFY_FAILED', `verify cert failed: verify SAN list: ${error.message}`);
  if (UNVERIFIED.has(code)) return tlsError('CERTIFICATE_VERIFY_FAILED', `verify cert failed: ${error.message}`);
  if (code.startsWith('ERR_SSL_')) return tlsError(code.slice('ERR_SSL_'.length));
  return error.message;
}

function tlsError(reason: string, more?: string): string {
  return `TLS_error:|${BORINGSSL_NUMBERS[reason] ?? 0}:SSL routines:OPENSSL_internal:${reason}${more === undefined ? '' : `:${more}`}:TLS_error_end`;
}
