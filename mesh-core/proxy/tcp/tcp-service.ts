import type { Duplex } from 'node:stream';
import { authorize } from '#mesh-core/domain/decide/authorize.ts';
import type { TcpProxy } from '#mesh-core/domain/envoy/network-filters.ts';
import type { Downstream } from '../http/exchange.ts';
import type { ChainService } from '../listeners/filter-chains.ts';
import type { ConnectionService, ServiceDependencies } from '../listeners/connection-service.ts';
import { PEER_EXCHANGE } from '../tls/client-tls.ts';
import type { PeerInfo } from '../telemetry/peer-metadata.ts';
import { requestLoggers } from '../telemetry/request-loggers.ts';
import type { RequestLogger } from '../telemetry/request-loggers.ts';
import type { TcpStats } from '../stats/scoped-stats.ts';
import { encodeGreeting, exchangeGreetings } from './peer-exchange.ts';
import { TcpConnection } from './tcp-connection.ts';
import { connectionRecord } from '../telemetry/request-record.ts';

type TcpChainService = Extract<ChainService, { kind: 'tcp' }>;

/** Serves the connections of a TCP filter chain: judges each by the RBAC filters, then joins it to an endpoint of the cluster. */
export class TcpService implements ConnectionService {
  readonly #deps: ServiceDependencies;
  readonly #side: 'inbound' | 'outbound';
  #service: TcpChainService;
  #loggers: readonly RequestLogger[];
  #stats: TcpStats;
  #closed = false;
  #ownGreeting: Buffer | undefined;

  constructor(service: TcpChainService, side: 'inbound' | 'outbound', deps: ServiceDependencies) {
    this.#service = service;
    this.#side = side;
    this.#deps = deps;
    this.#stats = deps.stats.tcp.hold(service.proxy.statPrefix);
    this.#loggers = requestLoggers(service.proxy.accessLog ?? [], deps.logFiles);
  }

  /** Takes a new configuration, for connections to come. */
  update(service: TcpChainService): void {
    const before = this.#service.proxy.statPrefix;
    this.#stats = this.#deps.stats.tcp.hold(service.proxy.statPrefix);
    this.#deps.stats.tcp.release(before);
    this.#service = service;
    this.#loggers = requestLoggers(service.proxy.accessLog ?? [], this.#deps.logFiles);
  }

  serve(socket: Duplex & { readonly alpnProtocol?: unknown }, downstream: Downstream): void {
    socket.pause();
    if (socket.alpnProtocol === PEER_EXCHANGE) exchangeGreetings(socket, 'called', this.#greeting(), this.#deps.clock, (peer) => this.#join(socket, downstream, peer));
    else this.#join(socket, downstream, undefined);
  }

  #greeting(): Buffer {
    return (this.#ownGreeting ??= encodeGreeting(this.#deps.ownMetadata));
  }

  #join(socket: Duplex, downstream: Downstream, peer: PeerInfo | undefined): void {
    const { proxy, rbac, clusterBySni } = this.#service;
    const record = connectionRecord(downstream, this.#deps.clock.now());
    const ownId = this.#deps.certificate.current.spiffeId;
    record.clusterName = clusterBySni ? downstream.serverName : chooseCluster(proxy, this.#deps.random());
    record.mutualTls = downstream.spiffeId !== undefined;
    if (this.#side === 'inbound') {
      record.peer = peer;
      record.peerPrincipal = downstream.spiffeId;
      if (record.mutualTls) record.ownPrincipal = ownId;
    } else record.ownPrincipal = ownId;
    const connection = new TcpConnection({ ...this.#deps, side: this.#side, greeting: () => this.#greeting(), loggers: this.#loggers, stats: this.#stats }, socket, downstream, record, proxy);
    const decision = authorize(rbac, {
      method: '',
      path: '',
      host: '',
      headers: {},
      sourceIp: downstream.remoteAddress,
      remoteIp: downstream.remoteAddress,
      destinationIp: downstream.localAddress,
      destinationPort: destinationPortOf(record.clusterName, downstream.localPort),
      ...(downstream.spiffeId === undefined ? {} : { principal: downstream.spiffeId }),
      ...(downstream.serverName === '' ? {} : { sni: downstream.serverName }),
    });
    if (decision.kind === 'deny') connection.refuse(`rbac_access_denied_matched_policy[${decision.policy ?? 'none'}]`);
    else connection.begin();
  }

  /** TCP knows no way to ask a peer to leave: connections end by themselves, or with the drain time. */
  drain(): void {}

  close(): void {
    if (!this.#closed) this.#deps.stats.tcp.release(this.#service.proxy.statPrefix);
    this.#closed = true;
  }
}

/** The cluster, or one of the weighted ones; `random` in [0, 1). */
export function chooseCluster({ cluster, weightedClusters }: Pick<TcpProxy, 'cluster' | 'weightedClusters'>, random: number): string {
  const clusters = weightedClusters?.clusters ?? [];
  if (clusters.length === 0) return cluster ?? '';
  let left = random * clusters.reduce((sum, { weight }) => sum + weight, 0);
  for (const { name, weight } of clusters) {
    left -= weight;
    if (left < 0) return name;
  }
  return clusters.at(-1)?.name ?? '';
}

/** The port policies mean: the app's, which the inbound cluster is named after (`inbound|8080||`), else the listener's. */
function destinationPortOf(clusterName: string, localPort: number): number {
  const [side, port] = clusterName.split('|');
  return side === 'inbound' && port !== undefined ? Number(port) : localPort;
}
