import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import type { UpstreamFailure } from './connection-pool.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import { countConnection } from './count-connection.ts';
import type { UpstreamStats } from './count-connection.ts';
import { describeTransportFailure } from './transport-failure.ts';
import { clientTlsOptions } from '../tls/client-tls.ts';
import type { UpstreamProtocol } from '../tls/client-tls.ts';

/**
 * The connection could not be made: nothing of the request was sent. `reason` is Envoy's word for it, `transport` what the
 * operating system or TLS said, if they did; `message` has both.
 */
export class ConnectFailure extends Error {
  readonly reason: 'remote connection failure' | 'connection timeout';
  readonly transport: string;

  constructor(reason: ConnectFailure['reason'], transport = '') {
    super(transport === '' ? reason : `${reason}, transport failure reason: ${transport}`);
    this.name = 'ConnectFailure';
    this.reason = reason;
    this.transport = transport;
  }
}
/** How to reach one endpoint. */
export interface ConnectTarget {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Absent = plain text. */
  readonly tls: TlsContext | undefined;
  /** What will be spoken: decides what ALPN offers. */
  readonly protocol: UpstreamProtocol;
  /** TLS sessions of earlier connections to here, so that the next handshake is short. */
  readonly sessions?: TlsSessions;
  /** Where the connection is counted; absent = nowhere. */
  readonly stats?: UpstreamStats;
}

/** What is known of TLS connections to one place. */
export interface TlsSessions {
  latest: Buffer | undefined;
}

/**
 * Opens a connection and, for TLS, completes and verifies the handshake. Calls back once, with ConnectFailure or with a
 * socket that is ready to send; the peer is then the one that the TLS context asks for. A TCP connection may be half open.
 */
export function connectEndpoint(target: ConnectTarget, secrets: SecretSource, callback: (error: ConnectFailure | null, socket?: Socket) => void): void {
  const place = { host: target.address, port: target.port, allowHalfOpen: target.protocol === 'tcp' };
  const tls = target.tls === undefined ? undefined : clientTlsOptions(target.tls, secrets, target.protocol);
  if (tls?.kind === 'missing') {
    setImmediate(callback, new ConnectFailure('remote connection failure', `TLS_error:Secret is not supplied by SDS: ${tls.secret}`));
    return;
  }
  const socket: Socket = tls === undefined ? connectTcp({ ...place, noDelay: true }) : openTls({ ...place, ...tls.options }, target.sessions);
  const counted = target.stats === undefined ? undefined : countConnection(socket, target.stats);
  const timer = setTimeout(() => fail(new ConnectFailure('connection timeout')), target.timeoutMs);
  const settle = (): boolean => {
    clearTimeout(timer);
    socket.off('error', onError);
    socket.off('close', onClose);
    socket.off(readyEvent, onReady);
    return true;
  };
  const fail = (failure: ConnectFailure): void => {
    settle();
    counted?.failed(failure.reason === 'connection timeout' ? 'timeout' : 'failure');
    socket.on('error', () => {});
    socket.destroy();
    callback(failure);
  };
  const onError = (error: NodeJS.ErrnoException): void => fail(new ConnectFailure('remote connection failure', describeTransportFailure(error)));
  const onClose = (): void => fail(new ConnectFailure('remote connection failure'));
  const onReady = (): void => {
    settle();
    counted?.connected(target.protocol);
    callback(null, socket);
  };
  const readyEvent = target.tls === undefined ? 'connect' : 'secureConnect';
  socket.on('error', onError);
  socket.on('close', onClose);
  socket.on(readyEvent, onReady);
}

function openTls(options: ConnectionOptions, sessions: TlsSessions | undefined): Socket {
  const socket = connectTls({ ...options, ...(sessions?.latest === undefined ? {} : { session: sessions.latest }) });
  socket.setNoDelay(true);
  if (sessions !== undefined) socket.on('session', (session) => (sessions.latest = session));
  return socket;
}

/** A connection that could not be made, as the failure of the request that was to go out on it. */
export function connectFailure(error: ConnectFailure | null): UpstreamFailure {
  return { kind: 'connect-failure', message: error?.reason ?? 'remote connection failure', ...(error === null || error.transport === '' ? {} : { transport: error.transport }) };
}
