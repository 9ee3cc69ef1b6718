import { createServer as createNetServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { selectFilterChain } from '#mesh-core/domain/decide/select-filter-chain.ts';
import type { ListenerFilterPredicate } from '#mesh-core/domain/envoy/cluster-options.ts';
import type { Listener } from '#mesh-core/domain/envoy/resources.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import { allChainsOf, tlsContextOf } from '../config/check-support.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import type { ListenerStats } from '../stats/scoped-stats.ts';
import { ActiveChain, describeSocket } from './active-chain.ts';
import type { ServiceDependencies } from './connection-service.ts';
import { chainOf } from './filter-chains.ts';
import { inspectConnection } from './inspect-connection.ts';
import type { Inspection, InspectionOptions } from './inspect-connection.ts';

export interface ListenerDependencies extends ServiceDependencies {
  /** Certificates of servers other than this workload's own, by SDS name. */
  readonly secrets: SecretSource;
  /** A connection that no filter chain takes; it is closed. */
  readonly onNoFilterChain: (socket: Socket, inspection: Inspection) => void;
}

/** With what comes after it this keeps a whole leave near three seconds at worst. */
const LEAVE_LIMIT_MS = 1200;
/** Istio's drain duration: what goes away by configuration has this long to end by itself. */
export const DRAIN_LIMIT_MS = 45_000;
/** A client may be about to use a connection that looks idle; its next answer asks it to go. */
const IDLE_GRACE_MS = 5000;
const BACKLOG = 1024;
const INSPECTION_LIMIT_MS = 15_000;

/**
 * One bound port. Looks at the first bytes of a connection as far as the configuration asks, chooses the filter chain, and
 * leaves the connection to it. A new configuration drops no connection: chains that stay take their new filters, and the
 * connections of chains that went may end by themselves.
 *
 *   accept ─► inspect (TLS? SNI, ALPN; HTTP?) ─► filter chain ─► TLS ─► HTTP service │ TCP service
 */
export class ListenerRuntime {
  readonly #deps: ListenerDependencies;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #leaving = new Map<ActiveChain, () => void>();
  readonly #stats: ListenerStats;
  #listener: Listener;
  #inspection: InspectionOptions;
  #chains: readonly ActiveChain[] = [];
  #default: ActiveChain | undefined;
  #closing: Promise<void> | undefined;
  #endClosing: () => void = () => {};

  constructor(listener: Listener, deps: ListenerDependencies) {
    this.#listener = listener;
    this.#deps = deps;
    this.#inspection = inspectionOf(listener);
    this.#stats = deps.stats.listeners.hold(statNameOf(listener));
    this.#server = createNetServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#onConnection(socket));
    this.update(listener);
  }

  get config(): Listener {
    return this.#listener;
  }
  /** Does it accept connections? */
  get isBound(): boolean {
    return this.#server.listening;
  }

  /** Binds the port of the configuration, or takes over `held`, a socket that is bound to it. Rejects when it cannot be bound. */
  listen(held?: Server): Promise<AddressInfo> {
    const { address, portValue } = this.#listener.address.socketAddress;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const onListening = (): void => {
        // A held socket does not keep the process alive; a listener does.
        this.#server.ref();
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#deps.log.error({ listener: this.#listener.name, error: String(error) }, 'listener error'));
        resolve(this.#server.address() as AddressInfo);
      };
      if (held === undefined) this.#server.listen({ host: address, port: portValue, backlog: BACKLOG }, onListening);
      else this.#server.listen(held, BACKLOG, onListening);
    });
  }

  /** Takes a new configuration for the same address. */
  update(listener: Listener): void {
    this.#listener = listener;
    this.#inspection = inspectionOf(listener);
    const before = new Map([...this.#chains, ...(this.#default === undefined ? [] : [this.#default])].map((chain) => [chain.identity, chain]));
    const activate = (config: Listener['filterChains'][number]): ActiveChain[] => {
      const chain = chainOf(config);
      if (chain === undefined) return [];
      const known = before.get(chain.identity);
      before.delete(chain.identity);
      known?.update(chain);
      return [known ?? new ActiveChain(chain, listener.trafficDirection === 'INBOUND' ? 'inbound' : 'outbound', { ...this.#deps, tlsCounters: this.#stats.tls })];
    };
    this.#chains = listener.filterChains.flatMap(activate);
    [this.#default] = listener.defaultFilterChain === undefined ? [] : activate(listener.defaultFilterChain);
    for (const chain of before.values()) this.#leave(chain);
  }

  /** Asks clients to go elsewhere, while it still accepts. */
  discourage(): void {
    for (const chain of this.#all()) chain.drain(IDLE_GRACE_MS);
  }

  /** Stops accepting, asks clients to close, and ends what is left after `limitMs`; a second call can only shorten the wait. */
  close(limitMs: number = LEAVE_LIMIT_MS): Promise<void> {
    const cancel = this.#deps.clock.after(limitMs, () => this.#endClosing());
    this.#closing ??= this.#drain();
    return this.#closing.finally(cancel);
  }

  async #drain(): Promise<void> {
    this.#endClosing = () => {
      for (const socket of this.#sockets) socket.destroy();
    };
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const chain of this.#all()) chain.drain(0);
    await closed;
    for (const cancel of this.#leaving.values()) cancel();
    for (const chain of [...this.#all(), ...this.#leaving.keys()]) chain.close();
    this.#deps.stats.listeners.release(statNameOf(this.#listener));
  }

  #all(): ActiveChain[] {
    return [...this.#chains, ...(this.#default === undefined ? [] : [this.#default])];
  }

  /** A chain that the configuration has no more: its connections have the drain time to end. */
  #leave(chain: ActiveChain): void {
    chain.drain(IDLE_GRACE_MS);
    const end = (): void => {
      this.#leaving.delete(chain);
      chain.close();
    };
    this.#leaving.set(chain, this.#deps.clock.after(DRAIN_LIMIT_MS, end));
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    this.#count(socket);
    socket.on('error', () => {});
    this.#stats.inspecting++;
    inspectConnection(socket, this.#inspection, this.#deps.clock, (inspection) => {
      this.#stats.inspecting--;
      if (inspection !== undefined) this.#dispatch(socket, inspection);
    });
  }

  #count(socket: Socket): void {
    const stats = this.#stats;
    const openedMs = performance.now();
    stats.counters.downstream_cx_total++;
    stats.connectionsActive++;
    socket.on('close', () => {
      this.#sockets.delete(socket);
      stats.counters.downstream_cx_destroy++;
      stats.connectionsActive--;
      stats.lifetime.observe(performance.now() - openedMs);
    });
  }

  #dispatch(socket: Socket, inspection: Inspection): void {
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
    const facts = { ...inspection, destinationPort: localPort, destinationIp: localAddress, directSourceIp: remoteAddress, sourceIp: remoteAddress, sourcePort: remotePort };
    const chain = selectFilterChain(this.#chains, this.#default, facts);
    if (chain !== undefined) {
      chain.accept(socket, inspection);
      return;
    }
    this.#deps.onRefused(inspection.transportProtocol === 'tls' ? `no filter chain for TLS with server name "${inspection.serverName}"` : 'no filter chain for plain text: this listener accepts TLS only', describeSocket(socket));
    this.#stats.counters.no_filter_chain_match++;
    this.#deps.onNoFilterChain(socket, inspection);
    socket.resetAndDestroy();
  }
}

/** `127.0.0.1_8080`: what the statistics of a listener are told apart by. Source: Envoy, listener statistics. */
export function statNameOf({ address }: Pick<Listener, 'address'>): string {
  const { address: host, portValue } = address.socketAddress;
  return `${host.includes(':') ? `[${host}]` : host}:${portValue}`.replaceAll(':', '_');
}

function inspectionOf(listener: Listener): InspectionOptions {
  const port = listener.address.socketAddress.portValue;
  const looks = (name: string): boolean => (listener.listenerFilters ?? []).some((filter) => filter.name === name && !(filter.filterDisabled !== undefined && isDisabledAt(filter.filterDisabled, port)));
  const timeoutMs = listener.listenerFiltersTimeout === undefined ? INSPECTION_LIMIT_MS : (parseDuration(listener.listenerFiltersTimeout) ?? 0);
  return {
    // A chain that terminates TLS needs to know what the client offers, whether or not chains are told apart by it.
    tls: looks('envoy.filters.listener.tls_inspector') || allChainsOf(listener).some((chain) => tlsContextOf(chain.transportSocket) !== undefined),
    http: looks('envoy.filters.listener.http_inspector'),
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    continueOnTimeout: listener.continueOnListenerFiltersTimeout === true,
  };
}

function isDisabledAt({ destinationPortRange, orMatch, notMatch }: ListenerFilterPredicate, port: number): boolean {
  if (orMatch !== undefined) return orMatch.rules.some((rule) => isDisabledAt(rule, port));
  if (notMatch !== undefined) return !isDisabledAt(notMatch, port);
  return destinationPortRange !== undefined && port >= destinationPortRange.start && port < destinationPortRange.end;
}
