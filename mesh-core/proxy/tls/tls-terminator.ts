import type { X509Certificate } from 'node:crypto';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { spiffeIdOfSan } from '../identity/peer-identity.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import { checkPeer } from './check-peer.ts';
import { isMeshContext, secretNamesOf, tlsMaterialOf, validationOf } from './tls-material.ts';

/** A handshake that succeeded. */
export interface SecureConnection {
  readonly socket: TLSSocket;
  /** From the client's verified certificate. */
  readonly spiffeId: string | undefined;
  /** SHA-256 of that certificate in hex. */
  readonly certificateHash: string | undefined;
}
export interface TlsTerminatorHandlers {
  readonly onSecure: (connection: SecureConnection) => void;
  /** The handshake failed, or the peer's certificate is not one of those accepted; the connection is closed. */
  readonly onRefused: (socket: Socket, reason: string, problem: 'handshake' | 'certificate') => void;
}

const HANDSHAKE_LIMIT_MS = 15_000;

/**
 * Terminates TLS on accepted connections as a downstream TLS context says: mesh mutual TLS (the client's certificate must
 * name one SPIFFE id), SIMPLE, MUTUAL, and OPTIONAL_MUTUAL, where a client may show no certificate but not a bad one. Secrets
 * that change are used for new connections, open ones go on; while one is missing, connections are refused.
 * Source: Envoy's DownstreamTlsContext.
 */
export class TlsTerminator {
  readonly #context: TlsContext;
  readonly #secrets: SecretSource;
  readonly #handlers: TlsTerminatorHandlers;
  readonly #asksForCertificate: boolean;
  readonly #unsubscribe: () => void;
  /** With ALPN, and without: a client that offers only strange names is served without one, as Envoy does; Node would refuse it. */
  #servers: { readonly alpn: Server; readonly noAlpn: Server } | undefined;
  #missing = '';

  constructor(context: TlsContext, secrets: SecretSource, handlers: TlsTerminatorHandlers) {
    this.#context = context;
    this.#secrets = secrets;
    this.#handlers = handlers;
    this.#asksForCertificate = context.requireClientCertificate === true || validationOf(context) !== undefined;
    const names = new Set(secretNamesOf(context));
    this.#load();
    this.#unsubscribe = secrets.onChange((name) => {
      if (names.has(name)) this.#load();
    });
  }

  /** Takes a connection whose ClientHello, still unread, offers these protocols. */
  accept(socket: Socket, offered: readonly string[]): void {
    if (this.#servers === undefined) {
      this.#handlers.onRefused(socket, this.#missing, 'handshake');
      socket.destroy();
      return;
    }
    const { alpnProtocols = [] } = this.#context.commonTlsContext;
    (alpnProtocols.some((name) => offered.includes(name)) ? this.#servers.alpn : this.#servers.noAlpn).emit('connection', socket);
  }

  /** Lets go of the secrets; handshakes under way end as they would have. */
  close(): void {
    this.#unsubscribe();
  }

  #load(): void {
    const material = tlsMaterialOf(this.#context, this.#secrets);
    if (material.kind === 'missing') {
      // A secret that went away: what is known goes on being used until another comes.
      this.#missing = `no secret ${material.secret}: TLS cannot be terminated`;
      return;
    }
    try {
      if (this.#servers === undefined) {
        const { alpnProtocols = [] } = this.#context.commonTlsContext;
        const options = { ...material.options, requestCert: this.#asksForCertificate, rejectUnauthorized: this.#context.requireClientCertificate === true, handshakeTimeout: HANDSHAKE_LIMIT_MS };
        this.#servers = { alpn: this.#listen(createServer({ ...options, ALPNProtocols: [...alpnProtocols] })), noAlpn: this.#listen(createServer(options)) };
      } else {
        this.#servers.alpn.setSecureContext(material.options);
        this.#servers.noAlpn.setSecureContext(material.options);
      }
    } catch (error) {
      // A key that does not fit its certificate, text that is no PEM: the last good context stays.
      this.#missing = `secret cannot be used: ${String(error)}`;
    }
  }

  #listen(server: Server): Server {
    server.on('secureConnection', (socket: TLSSocket) => this.#onSecure(socket));
    server.on('tlsClientError', (error, socket) => {
      this.#handlers.onRefused(socket, `TLS handshake failed: ${error.message}`, 'handshake');
      socket.destroy();
    });
    return server;
  }

  #onSecure(socket: TLSSocket): void {
    socket.on('error', () => {});
    const certificate = this.#asksForCertificate ? socket.getPeerX509Certificate() : undefined;
    const problem = this.#judge(socket, certificate);
    if (problem !== undefined) {
      this.#handlers.onRefused(socket, `peer certificate refused: ${problem}`, 'certificate');
      socket.destroy();
      return;
    }
    this.#handlers.onSecure({ socket, spiffeId: spiffeIdOfSan(certificate?.subjectAltName), certificateHash: certificate?.fingerprint256.replaceAll(':', '').toLowerCase() });
  }

  #judge(socket: TLSSocket, certificate: X509Certificate | undefined): string | undefined {
    if (certificate === undefined) return this.#context.requireClientCertificate === true ? 'none was sent' : undefined;
    // A resumed session was verified when it began; Node remembers that.
    if (!socket.authorized) return String(socket.authorizationError);
    const spiffeId = spiffeIdOfSan(certificate.subjectAltName);
    if (isMeshContext(this.#context) && spiffeId === undefined) return 'no SPIFFE id';
    return checkPeer(certificate, validationOf(this.#context) ?? {});
  }
}
