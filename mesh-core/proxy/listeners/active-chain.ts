import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Downstream } from '../http/exchange.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import type { TlsCounters } from '../stats/counters.ts';
import { TcpService } from '../tcp/tcp-service.ts';
import { TlsTerminator } from '../tls/tls-terminator.ts';
import type { ServiceDependencies } from './connection-service.ts';
import type { Chain } from './filter-chains.ts';
import { HttpService } from './http-service.ts';
import type { Inspection } from './inspect-connection.ts';

/** A filter chain at work: its TLS, and its service. */
export class ActiveChain {
  readonly identity: string;
  readonly sockets = new Set<Socket>();
  readonly #terminator: TlsTerminator | undefined;
  readonly #service: HttpService | TcpService;
  #chain: Chain;

  constructor(chain: Chain, side: 'inbound' | 'outbound', deps: ServiceDependencies & { readonly secrets: SecretSource; readonly tlsCounters: TlsCounters }) {
    this.identity = chain.identity;
    this.#chain = chain;
    this.#service = chain.service.kind === 'http' ? new HttpService(chain.service.manager, side, deps) : new TcpService(chain.service, side, deps);
    this.#terminator =
      chain.tls === undefined
        ? undefined
        : new TlsTerminator(chain.tls, deps.secrets, {
            onSecure: ({ socket, spiffeId, certificateHash }) => {
              countHandshake(deps.tlsCounters, socket, certificateHash);
              this.#service.serve(socket, { ...describeSocket(socket), tls: true, spiffeId, certificateHash, serverName: typeof socket.servername === 'string' ? socket.servername : '' });
            },
            onRefused: (socket, reason, problem) => {
              deps.tlsCounters[problem === 'certificate' ? 'fail_verify_error' : 'connection_error']++;
              deps.onRefused(reason, describeSocket(socket));
            },
          });
  }

  get filterChainMatch(): Chain['config']['filterChainMatch'] {
    return this.#chain.config.filterChainMatch;
  }

  /** Takes the new filters of the same chain. */
  update(chain: Chain): void {
    this.#chain = chain;
    if (this.#service instanceof HttpService && chain.service.kind === 'http') this.#service.update(chain.service.manager);
    if (this.#service instanceof TcpService && chain.service.kind === 'tcp') this.#service.update(chain.service);
  }

  /** Takes a connection, paused with its first bytes unread. */
  accept(socket: Socket, inspection: Inspection): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    if (this.#terminator === undefined) this.#service.serve(socket, { ...describeSocket(socket), serverName: inspection.serverName });
    else this.#terminator.accept(socket, inspection.applicationProtocols);
  }

  /** No connection comes any more: asks those that are open to end, and closes those that are idle for `idleMs` more. */
  drain(idleMs: number): void {
    this.#terminator?.close();
    this.#service.drain(idleMs);
  }

  /** Ends what is left. */
  close(): void {
    this.#terminator?.close();
    for (const socket of this.sockets) socket.destroy();
    this.#service.close();
  }
}

function countHandshake(counters: TlsCounters, socket: TLSSocket, certificateHash: string | undefined): void {
  counters.handshake++;
  if (socket.isSessionReused()) counters.session_reused++;
  if (certificateHash === undefined) counters.no_certificate++;
}

/** The two ends of a connection, of whose peer nothing is known yet. */
export function describeSocket(socket: Socket): Downstream {
  return { remoteAddress: socket.remoteAddress ?? '', remotePort: socket.remotePort ?? 0, localAddress: socket.localAddress ?? '', localPort: socket.localPort ?? 0, tls: false, spiffeId: undefined, serverName: '', certificateHash: undefined };
}
