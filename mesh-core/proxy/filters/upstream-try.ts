import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { ConnectFailure } from '../upstream/connect-endpoint.ts';
import type { Endpoint } from '../upstream/endpoint.ts';

/** How one try failed before an answer came. */
export interface TryFailure {
  readonly kind: 'connect-failure' | 'reset' | 'reset-before-request' | 'invalid' | 'protocol-error';
  readonly message: string;
}
export interface TryHandlers {
  /** The connection is there; the request is being sent on it. */
  onSocket(socket: Duplex): void;
  onResponse(response: IncomingMessage): void;
  onUpgrade(response: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Called at most once, and not after a response. */
  onFailure(failure: TryFailure): void;
}
export interface TryRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: MutableHeaders;
  /** Upgrades of this protocol are asked for. */
  readonly upgrade: string | undefined;
}

/**
 * Sends the head of one try; the body is the caller's to write. `invalid` = the request cannot be expressed in HTTP (and
 * nothing was sent); `reset-before-request` = a kept connection had been closed before the request reached it.
 */
export function startTry(endpoint: Endpoint, request: TryRequest, handlers: TryHandlers): ClientRequest | undefined {
  let settled = false;
  const fail = (failure: TryFailure): void => {
    if (settled) return;
    settled = true;
    handlers.onFailure(failure);
  };
  let upstream: ClientRequest;
  try {
    upstream = httpRequest({
      agent: endpoint.agent,
      host: endpoint.address,
      port: endpoint.port,
      method: request.method,
      path: request.path,
      headers: request.upgrade === undefined ? request.headers : { ...request.headers, connection: 'upgrade', upgrade: request.upgrade },
      setHost: false,
      maxHeaderSize: 64 * 1024,
    });
  } catch (error) {
    fail({ kind: 'invalid', message: String(error) });
    return undefined;
  }
  upstream.setNoDelay(true);
  upstream.on('socket', (socket) => handlers.onSocket(socket));
  upstream.on('response', (response) => {
    if (settled) return;
    settled = true;
    handlers.onResponse(response);
  });
  upstream.on('upgrade', (response, socket, head) => {
    if (settled) return;
    settled = true;
    handlers.onUpgrade(response, socket, head);
  });
  upstream.on('error', (error: NodeJS.ErrnoException) => fail(failureOf(error, upstream)));
  upstream.on('close', () => fail({ kind: 'reset', message: 'connection termination' }));
  return upstream;
}

function failureOf(error: NodeJS.ErrnoException, upstream: ClientRequest): TryFailure {
  if (error instanceof ConnectFailure) return { kind: 'connect-failure', message: error.message };
  if (error.code?.startsWith('HPE_') === true) return { kind: 'protocol-error', message: 'protocol error' };
  return { kind: upstream.reusedSocket ? 'reset-before-request' : 'reset', message: 'connection termination' };
}
