import { ServerCredentials } from '@grpc/grpc-js';

/** Certificate with its chain and private key, PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/**
 * TLS for workloads: a client certificate is asked for and verified against the mesh's roots but not required, because a
 * workload that joins has only its token. The library's own credentials either require one or ask for none.
 */
export class MeshServerCredentials extends ServerCredentials {
  constructor(tls: ServerTls, rootPem: string) {
    super({ requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' }, { ca: rootPem, cert: tls.cert, key: tls.key });
  }

  /** New connections get this certificate and are judged by these roots (PEM); open ones stay. */
  rotate(tls: ServerTls, rootPem: string): void {
    this.updateSecureContextOptions({ ca: rootPem, cert: tls.cert, key: tls.key });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
