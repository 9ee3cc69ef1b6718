import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { SubjectAltNameMatcher, TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { matchesString } from '#mesh-core/domain/decide/match-value.ts';
import type { CertificateMaterial } from '../identity/workload-certificate.ts';
import { spiffeIdOfSan } from '../identity/peer-identity.ts';

/** The connection could not be made: nothing of the request was sent. `message` is for logs and error bodies. */
export class ConnectFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConnectFailure';
  }
}
/** How to reach one endpoint. */
export interface ConnectTarget {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Absent = plain text. */
  readonly tls: TlsContext | undefined;
}

/** Protocols this proxy can speak after the handshake; HTTP/2 names are left out although configuration offers them. */
const HTTP1_PROTOCOLS: ReadonlySet<string> = new Set(['istio-http/1.1', 'istio-http/1.0', 'istio', 'istio-peer-exchange', 'http/1.1', 'http/1.0']);

/** The offered or accepted ALPN names out of a TLS context. */
export function http1Alpn(context: TlsContext): string[] {
  return (context.commonTlsContext.alpnProtocols ?? []).filter((name) => HTTP1_PROTOCOLS.has(name));
}

/** Does this TLS context present the workload's own certificate, i.e. is it the mesh's mutual TLS? */
export function isMeshTls(context: TlsContext): boolean {
  return (context.commonTlsContext.tlsCertificateSdsSecretConfigs ?? []).some((secret) => secret.name === 'default');
}

/**
 * Opens a connection and, for TLS, completes and verifies the handshake. Calls back once, with ConnectFailure or with a
 * socket that is ready to send. The peer must chain to the mesh root and carry one of the SPIFFE ids configured.
 */
export function connectEndpoint(target: ConnectTarget, certificate: () => CertificateMaterial, callback: (error: ConnectFailure | null, socket?: Socket) => void): void {
  const socket = target.tls === undefined ? connectTcp({ host: target.address, port: target.port, noDelay: true }) : openTls(target, target.tls, certificate());
  const timer = setTimeout(() => fail('connection timeout'), target.timeoutMs);
  const settle = (): boolean => {
    clearTimeout(timer);
    socket.off('error', onError);
    socket.off('close', onClose);
    socket.off(readyEvent, onReady);
    return true;
  };
  const fail = (reason: string): void => {
    settle();
    socket.on('error', () => {});
    socket.destroy();
    callback(new ConnectFailure(reason));
  };
  const onError = (error: NodeJS.ErrnoException): void => fail(target.tls === undefined ? `remote connection failure, transport failure reason: ${describe(error)}` : `remote connection failure, transport failure reason: TLS_error: ${describe(error)}`);
  const onClose = (): void => fail('remote connection failure, transport failure reason: closed before it was ready');
  const onReady = (): void => {
    settle();
    callback(null, socket);
  };
  const readyEvent = target.tls === undefined ? 'connect' : 'secureConnect';
  socket.on('error', onError);
  socket.on('close', onClose);
  socket.on(readyEvent, onReady);
}

/** Why the names of a certificate do not satisfy the matchers; undefined when they do. No matchers accept any mesh identity. */
export function checkPeerNames(subjectAltName: string | undefined, matchers: readonly SubjectAltNameMatcher[]): string | undefined {
  const spiffeId = spiffeIdOfSan(subjectAltName);
  if (spiffeId === undefined) return 'the peer has no SPIFFE identity';
  if (matchers.length === 0 || matchers.some(({ sanType, matcher }) => sanType === 'URI' && matchesString(matcher, spiffeId))) return undefined;
  return `the peer is ${spiffeId}, which is not among the identities expected`;
}

function openTls(target: ConnectTarget, context: TlsContext, certificate: CertificateMaterial): TLSSocket {
  const common = context.commonTlsContext;
  const matchers = common.combinedValidationContext?.defaultValidationContext?.matchTypedSubjectAltNames ?? [];
  const serverName = context.sni || undefined;
  const shared = { host: target.address, port: target.port, ALPNProtocols: http1Alpn(context), ...(serverName === undefined ? {} : { servername: serverName }) };
  // A mesh peer is named by its certificate's URI, not by a host name; anybody else is checked as a web server is.
  const socket = isMeshTls(context)
    ? connectTls({
        ...shared,
        secureContext: certificate.secureContext,
        checkServerIdentity: (_host: string, peer: PeerCertificate) => {
          const problem = checkPeerNames(peer.subjectaltname, matchers);
          return problem === undefined ? undefined : new Error(problem);
        },
      })
    : connectTls({ ...shared, minVersion: 'TLSv1.2' });
  socket.setNoDelay(true);
  return socket;
}

function describe(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'delayed connect error: Connection refused';
  return error.message;
}
