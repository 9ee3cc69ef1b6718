import { NO_OUTLIERS, isEjected, keepHosts, recordResult, sweep, sweepIntervalMs } from '#mesh-core/domain/decide/outlier-detection.ts';
import type { HostResult, OutlierState } from '#mesh-core/domain/decide/outlier-detection.ts';
import { Balancer } from '#mesh-core/domain/decide/balance/balancer.ts';
import { countHealthy, endpointKey } from '#mesh-core/domain/decide/balance/host-sets.ts';
import type { Cluster, ClusterLoadAssignment, LbEndpoint, TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import type { Deadlines } from '../http/deadlines.ts';
import { upstreamHttpOf } from '../http2/protocol-pool.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import { resetCounters } from '../stats/counters.ts';
import { ClusterStats } from '../stats/scoped-stats.ts';
import type { DestinationService } from '../telemetry/request-record.ts';
import { breakerLimits, CircuitBreaker } from './circuit-breaker.ts';
import { Endpoint, tlsOfEndpoint } from './endpoint.ts';

export interface ClusterDependencies {
  readonly secrets: SecretSource;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: Random;
  readonly log: Logger;
}
/** What a pick depends on besides the cluster's state. */
export interface PickRequest {
  readonly hashKey?: string | undefined;
  /** Endpoints of earlier tries. */
  readonly avoid?: ReadonlySet<string>;
  /** Host of the request, where a PassthroughCluster sends it. */
  readonly authority: string;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const MAX_PASSTHROUGH_ENDPOINTS = 256;
const EJECTION_COUNTERS = {
  'consecutive-5xx': 'ejections_enforced_consecutive_5xx',
  'consecutive-gateway-errors': 'ejections_enforced_consecutive_gateway_failure',
  'consecutive-local-failures': 'ejections_enforced_consecutive_local_origin_failure',
} as const;

/** A cluster at work: endpoints with their pools, balancer position, ejected hosts, circuit breaker. Survives updates. */
export class ClusterRuntime {
  readonly breaker = new CircuitBreaker();
  readonly stats = new ClusterStats();
  readonly #deps: ClusterDependencies;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #activeOf = (key: string): number => this.#endpoints.get(key)?.active ?? 0;
  readonly #bornMs = (key: string): number => this.#endpoints.get(key)?.bornMs ?? 0;
  #cluster: Cluster;
  #assignment: ClusterLoadAssignment | undefined;
  #balancer: Balancer | undefined;
  #outliers: OutlierState = NO_OUTLIERS;
  #cancelSweep: (() => void) | undefined;
  #service: DestinationService | undefined;

  constructor(cluster: Cluster, assignment: ClusterLoadAssignment | undefined, deps: ClusterDependencies) {
    this.#deps = deps;
    this.#cluster = cluster;
    this.update(cluster, assignment);
  }

  get config(): Cluster {
    return this.#cluster;
  }
  get assignment(): ClusterLoadAssignment | undefined {
    return this.#assignment;
  }
  get service(): DestinationService | undefined {
    return this.#service;
  }
  get endpoints(): Iterable<Endpoint> {
    return this.#endpoints.values();
  }
  get healthyCount(): number {
    return this.#assignment === undefined ? 0 : countHealthy(this.#assignment, (key) => isEjected(this.#outliers, key));
  }

  /** Takes new settings and endpoints; endpoints that stay keep their connections and their record. */
  update(cluster: Cluster, assignment: ClusterLoadAssignment | undefined): void {
    const clusterChanged = cluster !== this.#cluster;
    if (assignment !== undefined && assignment !== this.#assignment) this.stats.counters.update_success++;
    this.#cluster = cluster;
    this.#assignment = assignment;
    this.#service = serviceOf(cluster);
    this.breaker.limits = breakerLimits(cluster.circuitBreakers?.thresholds[0] ?? {}, upstreamHttpOf(cluster).protocol === 'http2');
    if (cluster.type !== 'ORIGINAL_DST') this.#replaceEndpoints(clusterChanged);
    this.#outliers = cluster.outlierDetection === undefined ? NO_OUTLIERS : keepHosts(this.#outliers, new Set(this.#endpoints.keys()));
    this.#recompute();
    this.#cancelSweep?.();
    this.#cancelSweep = cluster.outlierDetection === undefined ? undefined : this.#deps.clock.every(sweepIntervalMs(cluster.outlierDetection), () => this.#sweep());
  }

  /** The endpoint for the next try; undefined = no healthy upstream. */
  pick(request: PickRequest): Endpoint | undefined {
    if (this.#cluster.type === 'ORIGINAL_DST') return this.#passthrough(request.authority);
    const picked = this.#balancer?.pick({
      random: this.#deps.random,
      nowMs: this.#deps.clock.now(),
      activeRequests: this.#activeOf,
      bornMs: this.#bornMs,
      ...(request.hashKey === undefined ? {} : { hashKey: request.hashKey }),
      ...(request.avoid === undefined ? {} : { avoid: request.avoid }),
    });
    if (picked === undefined) {
      this.stats.counters.upstream_cx_none_healthy++;
      return undefined;
    }
    return this.#endpoints.get(endpointKey(picked));
  }

  /** Tells the outlier detector how a try went. */
  report(endpoint: Endpoint, result: HostResult): void {
    const config = this.#cluster.outlierDetection;
    if (config === undefined) return;
    const step = recordResult(this.#outliers, config, endpoint.key, result, this.#endpoints.size, this.#deps.clock.now());
    this.#outliers = step.state;
    const { outliers } = this.stats;
    if (step.overflow === true) outliers.ejections_overflow++;
    if (step.ejected === undefined) return;
    outliers.ejections_enforced_total++;
    outliers[EJECTION_COUNTERS[step.ejected.cause]]++;
    this.#deps.log.warn({ cluster: this.#cluster.name, ...step.ejected }, 'host ejected');
    this.#recompute();
  }

  isEjected(endpoint: Endpoint): boolean {
    return isEjected(this.#outliers, endpoint.key);
  }

  /** Sets what it and its hosts have counted to zero. */
  resetStats(): void {
    this.stats.reset();
    for (const { stats } of this.#endpoints.values()) resetCounters(stats.counters);
  }

  close(): void {
    this.#cancelSweep?.();
    for (const endpoint of this.#endpoints.values()) endpoint.retire();
  }

  #replaceEndpoints(clusterChanged: boolean): void {
    const stay = new Set<string>();
    let hasChanged = false;
    for (const lb of (this.#assignment?.endpoints ?? []).flatMap((locality) => locality.lbEndpoints)) {
      const key = endpointKey(lb);
      stay.add(key);
      const known = this.#endpoints.get(key);
      if (known !== undefined && !clusterChanged && sameEndpoint(known.lb, lb)) continue;
      known?.retire();
      hasChanged ||= known === undefined;
      this.#endpoints.set(key, this.#endpoint(lb, tlsOfEndpoint(this.#cluster, lb), known));
    }
    for (const [key, endpoint] of this.#endpoints) {
      if (stay.has(key)) continue;
      endpoint.retire();
      hasChanged = true;
      this.#endpoints.delete(key);
    }
    if (hasChanged) this.stats.counters.membership_change++;
  }

  /** `before`: the endpoint in whose place it comes. */
  #endpoint(lb: LbEndpoint, tls: TlsContext | undefined, before?: Endpoint): Endpoint {
    const born = before?.bornMs ?? this.#deps.clock.now();
    return new Endpoint(lb, tls, { bornMs: born, connectTimeoutMs: connectTimeoutMs(this.#cluster), secrets: this.#deps.secrets, deadlines: this.#deps.deadlines, http: upstreamHttpOf(this.#cluster), clusterStats: this.stats, stats: before?.stats });
  }

  #recompute(): void {
    this.#balancer = this.#assignment === undefined ? undefined : new Balancer(this.#cluster, this.#assignment, (key) => isEjected(this.#outliers, key));
  }

  #sweep(): void {
    const { state, returned } = sweep(this.#outliers, this.#deps.clock.now());
    this.#outliers = state;
    if (returned.length > 0) this.#recompute();
  }

  #passthrough(authority: string): Endpoint | undefined {
    const url = URL.parse(`http://${authority}`);
    if (url === null) return undefined;
    const address = url.hostname.replace(/^\[|\]$/g, '');
    const portValue = url.port === '' ? 80 : Number(url.port);
    const lb: LbEndpoint = { endpoint: { address: { socketAddress: { address, portValue } } } };
    const key = endpointKey(lb);
    const known = this.#endpoints.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#endpoints;
    if (oldest !== undefined && this.#endpoints.size >= MAX_PASSTHROUGH_ENDPOINTS) {
      oldest[1].retire();
      this.#endpoints.delete(oldest[0]);
    }
    const endpoint = this.#endpoint(lb, undefined);
    this.#endpoints.set(key, endpoint);
    return endpoint;
  }
}

function connectTimeoutMs(cluster: Cluster): number {
  return (cluster.connectTimeout === undefined ? undefined : parseDuration(cluster.connectTimeout)) ?? DEFAULT_CONNECT_TIMEOUT_MS;
}

function sameEndpoint(a: LbEndpoint, b: LbEndpoint): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Istio's identity of a cluster: `filterMetadata.istio.services[0]`. */
function serviceOf(cluster: Cluster): DestinationService | undefined {
  const services = cluster.metadata?.filterMetadata?.['istio']?.['services'];
  const [first] = Array.isArray(services) ? (services as unknown[]) : [];
  if (typeof first === 'object' && first !== null && 'host' in first && typeof first.host === 'string') {
    const name = 'name' in first && typeof first.name === 'string' ? first.name : (first.host.split('.')[0] ?? first.host);
    return { host: first.host, name, namespace: 'namespace' in first && typeof first.namespace === 'string' ? first.namespace : 'unknown' };
  }
  return cluster.name === 'PassthroughCluster' || cluster.name === 'BlackHoleCluster' ? { host: 'unknown', name: cluster.name, namespace: 'unknown' } : undefined;
}
