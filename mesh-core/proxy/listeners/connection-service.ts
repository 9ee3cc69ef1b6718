import type { Duplex } from 'node:stream';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { Deadlines } from '../http/deadlines.ts';
import type { Downstream } from '../http/exchange.ts';
import type { WorkloadCertificate } from '../identity/workload-certificate.ts';
import type { TcpMetrics } from '../tcp/tcp-metrics.ts';
import type { ProxyStats } from '../stats/scoped-stats.ts';
import type { PipelineDependencies } from './build-pipeline.ts';

/** What the services of all filter chains share. */
export interface ServiceDependencies extends Omit<PipelineDependencies, 'http'> {
  readonly stats: ProxyStats;
  readonly certificate: WorkloadCertificate;
  readonly nodeType: 'sidecar' | 'router';
  readonly clock: Clock;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  readonly tcpMetrics: TcpMetrics;
  readonly maxBodyBytes: number | undefined;
  /** Refused at the door: malformed requests, handshakes that fail, policies of TCP. */
  readonly onRefused: (reason: string, downstream: Downstream) => void;
}

/** What a filter chain does with connections whose transport is set up. */
export interface ConnectionService {
  /** Takes a connection that may be paused, with bytes waiting in it. */
  serve(socket: Duplex, downstream: Downstream): void;
  /** Asks the peers of open connections to end them; those that stay idle are closed, after `idleMs` milliseconds at the earliest. */
  drain(idleMs: number): void;
  /** Lets go of what the service holds besides connections. */
  close(): void;
}
