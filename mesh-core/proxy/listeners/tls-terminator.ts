import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { matchesString } from '#mesh-core/domain/decide/match-value.ts';
import type { TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { peerSpiffeId } from '../identity/peer-identity.ts';
import type { WorkloadCertificate } from '../identity/workload-certificate.ts';
import { http1Alpn } from '../upstream/connect-endpoint.ts';

/**
 * Terminates TLS on accepted connections with the workload's certificate. A caller must present a certificate that chains
 * to the mesh root and names one SPIFFE id allowed by the configuration; anybody else fails the handshake. A rotated
 * certificate is used for new connections; open ones go on.
 */
export class TlsTerminator {
  readonly #server: Server;
  readonly #unsubscribe: () => void;

  constructor(context: TlsContext, certificate: WorkloadCertificate, onSecure: (socket: TLSSocket, spiffeId: string | undefined, certificateHash: string | undefined) => void, onRefused: (socket: Socket, reason: string) => void) {
    const required = context.requireClientCertificate === true;
    const matchers = context.commonTlsContext.combinedValidationContext?.defaultValidationContext?.matchTypedSubjectAltNames ?? [];
    const alpn = http1Alpn(context);
    const { keyPem, certChainPem, rootPem } = certificate.current;
    this.#server = createServer({ key: keyPem, cert: certChainPem, ca: rootPem, minVersion: 'TLSv1.2', requestCert: required, rejectUnauthorized: required, handshakeTimeout: 15_000, ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn, 'http/1.1'] }) });
    this.#server.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      const spiffeId = peerSpiffeId(socket);
      if (required && (spiffeId === undefined || (matchers.length > 0 && !matchers.some(({ matcher }) => matchesString(matcher, spiffeId))))) {
        onRefused(socket, `peer certificate refused: ${spiffeId ?? 'no SPIFFE id'}`);
        socket.destroy();
        return;
      }
      onSecure(socket, spiffeId, socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase());
    });
    this.#server.on('tlsClientError', (error, socket) => {
      onRefused(socket, `TLS handshake failed: ${error.message}`);
      socket.destroy();
    });
    this.#unsubscribe = certificate.onRotate((material) => this.#server.setSecureContext({ key: material.keyPem, cert: material.certChainPem, ca: material.rootPem, minVersion: 'TLSv1.2' }));
  }

  accept(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  close(): void {
    this.#unsubscribe();
  }
}
