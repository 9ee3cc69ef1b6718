import { generateKeyPair, sign } from 'node:crypto';
import { promisify } from 'node:util';

/** A fresh key and the request to certify it. The key never leaves the process that asked. */
export interface CsrWithKey {
  /** PKCS#8 PEM. */
  readonly keyPem: string;
  /** PKCS#10 PEM. */
  readonly csrPem: string;
}

/** DER tags (X.690): of the few values that a request is made of. */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_ID = 0x06;
/** `[0]`, constructed. */
const ATTRIBUTES = 0xa0;
/** 1.2.840.10045.4.3.2 (RFC 5758 section 3.2). */
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');

/**
 * Makes an ECDSA P-256 key and a CSR for it. The CSR names nobody: the certificate authority signs the identity it
 * authenticated, as Istio's does (RFC 2986; SPIFFE X.509-SVID). Written out here because every sidecar does just this,
 * and a whole X.509 library costs each of them 5 to 10 MB.
 */
export async function createCsr(): Promise<CsrWithKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const version = der(INTEGER, Buffer.from([0]));
  const subject = der(SEQUENCE);
  const info = der(SEQUENCE, version, subject, publicKey.export({ type: 'spki', format: 'der' }), der(ATTRIBUTES));
  // A bit string begins with how many bits of its last byte are unused.
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', info, privateKey));
  const request = der(SEQUENCE, info, der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256)), signature);
  return { keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), csrPem: pem('CERTIFICATE REQUEST', request) };
}

/** One DER value: tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), ...contents]);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
