import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { CREATE_CERTIFICATE } from './certificate-service.ts';
import type { CertificateResponse } from './certificate-service.ts';
import { openChannel } from './control-plane-channel.ts';
import type { ControlPlaneAddress } from './control-plane-channel.ts';

export interface CertificateRequestOptions extends ControlPlaneAddress {
  /** PEM, from `createCsr`. */
  readonly csrPem: string;
  readonly ttlSeconds: number;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}
export interface IssuedCertificate {
  /** PEM blocks: the workload's certificate first, the root last. */
  readonly chain: readonly string[];
  /** The chain as one PEM text, as TLS takes it. */
  readonly certChainPem: string;
  /** The last of the chain. */
  readonly rootPem: string;
}

/** `unauthenticated` and `invalid` will fail again; `unavailable` is worth a retry with backoff. */
export class CertificateRequestError extends Error {
  readonly code: 'unauthenticated' | 'invalid' | 'unavailable';
  constructor(code: CertificateRequestError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CertificateRequestError';
    this.code = code;
  }
}

/**
 * Has a CSR signed by the mesh's certificate authority, authenticated by join token or by the current certificate. The
 * identity in the answer is the authenticated caller's, whatever the CSR asks for. Rejects with CertificateRequestError.
 */
export async function requestCertificate(options: CertificateRequestOptions): Promise<IssuedCertificate> {
  const { client, metadata } = openChannel(options);
  try {
    const response = await new Promise<CertificateResponse>((resolve, reject) => {
      client.makeUnaryRequest(
        CREATE_CERTIFICATE.path,
        CREATE_CERTIFICATE.requestSerialize,
        CREATE_CERTIFICATE.responseDeserialize,
        { csr: options.csrPem, validityDuration: Math.round(options.ttlSeconds) },
        metadata,
        { deadline: Date.now() + (options.timeoutMs ?? 10_000) },
        (error, value) => {
          if (error !== null) reject(toRequestError(error, options.address));
          else if (value === undefined) reject(new CertificateRequestError('unavailable', 'The certificate authority answered nothing.'));
          else resolve(value);
        },
      );
    });
    const root = response.certChain.at(-1);
    if (root === undefined) throw new CertificateRequestError('unavailable', 'The certificate authority answered with an empty chain.');
    return { chain: response.certChain, certChainPem: response.certChain.map((pem) => pem.trim()).join('\n') + '\n', rootPem: root };
  } finally {
    client.close();
  }
}

function toRequestError(error: ServiceError, address: string): CertificateRequestError {
  if (error.code === status.UNAUTHENTICATED || error.code === status.PERMISSION_DENIED) return new CertificateRequestError('unauthenticated', error.details, error);
  if (error.code === status.INVALID_ARGUMENT) return new CertificateRequestError('invalid', error.details, error);
  return new CertificateRequestError('unavailable', `The certificate authority at ${address} did not answer: ${error.details}`, error);
}
