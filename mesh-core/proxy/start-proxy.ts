import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { MESH_ROOTS_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import { NODE_METADATA } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { systemRandom } from '#mesh-core/runtime/random.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { openAdsStream, openDeltaStream } from '#mesh-core/wire/xds/ads-client-channel.ts';
import type { ControlPlaneAddress } from '#mesh-core/wire/xds/control-plane-channel.ts';
import type { XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import { AdminServer } from './admin/admin-server.ts';
import { AdsClient } from './config/ads-client.ts';
import type { ControlStream } from './config/ads-client.ts';
import { ConfigStore } from './config/config-store.ts';
import { DeltaProtocol } from './config/delta-protocol.ts';
import { ProxyRuntime } from './config/proxy-runtime.ts';
import { SotwProtocol } from './config/sotw-protocol.ts';
import type { ConfigSink } from './config/xds-protocol.ts';
import { HealthReport } from './health/health-report.ts';
import { probeApp } from './health/probe-app.ts';
import { SecretStore } from './identity/secret-store.ts';
import { WorkloadCertificate } from './identity/workload-certificate.ts';
import { ReservedPorts } from './reserve-ports.ts';
import { noFilterChainRecorder } from './listeners/no-filter-chain.ts';
import { TcpMetrics } from './tcp/tcp-metrics.ts';
import { Deadlines } from './http/deadlines.ts';
import { ProxyStats } from './stats/scoped-stats.ts';
import { AccessLog } from './telemetry/access-log.ts';
import type { AccessLogSink } from './telemetry/access-log.ts';
import { LogFiles } from './telemetry/log-files.ts';
import { IstioMetrics } from './telemetry/istio-metrics.ts';
import { encodePeerMetadata, PeerMetadataCache, peerInfo } from './telemetry/peer-metadata.ts';
import { RequestTracing } from './telemetry/tracing.ts';

/** Who this proxy is. */
export interface ProxyIdentity {
  readonly type: 'sidecar' | 'router';
  readonly namespace: string;
  /** Workload (deployment) name, e.g. `catalog-v1`. */
  readonly workload: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The app on 127.0.0.1; absent = no inbound side. */
  readonly appPort?: number;
}
export interface ProxyOptions {
  readonly identity: ProxyIdentity;
  /** Of the control plane: `127.0.0.1:15012`. */
  readonly controlPlane: string;
  /** The mesh root (PEM). */
  readonly rootPem: string;
  /** Gives a join token (JWT, audience istio-ca); asked whenever there is no valid certificate. */
  readonly joinToken: () => Promise<string>;
  /** How configuration comes: incrementally (the default, as Istio's agent does since 1.22), or the whole state each time. */
  readonly xds?: 'delta' | 'sotw';
  /** Have the control plane keep a WorkloadEntry for this proxy. Default true. */
  readonly autoRegister?: boolean;
  /** `http://127.0.0.1:4318/v1/traces`; absent = spans are not exported. */
  readonly otlpUrl?: string;
  /** Instead of `otlpUrl`, for tests. */
  readonly spanExporter?: SpanExporter;
  /** Share of new traces that are sampled, 0..1; default 1. */
  readonly samplingRatio?: number;
  /** Takes access log lines; absent = not printed (the admin port has the last 1000). */
  readonly accessLog?: AccessLogSink;
  readonly log: Logger;
  /** Fixed ports instead of free ones. */
  readonly ports?: { readonly inbound?: number; readonly outbound?: number; readonly stats?: number };
  /** Lifetime asked for the certificate; default 24 h. */
  readonly certificateTtlSeconds?: number;
  /** How long to wait for the control plane at the start; default 60 s. */
  readonly startTimeoutMs?: number;
  /** Largest request body; absent = no limit (bodies are streamed). */
  readonly maxBodyBytes?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Someone asked for the end by `POST /quitquitquit`; default: closes the proxy. */
  readonly onQuit?: () => void;
}
export interface RunningProxy {
  /** `inbound` is 0 without an app; a gateway has neither inbound nor outbound. */
  readonly ports: { readonly inbound: number; readonly outbound: number; readonly stats: number };
  /** xDS node id: `sidecar~127.0.0.1~catalog-v1-127.0.0.1-4711.shop~shop.svc.cluster.local`. */
  readonly nodeId: string;
  /** Resolves when the first complete configuration is active and its listeners are bound. */
  readonly ready: Promise<void>;
  isReady(): boolean;
  /** Renews the certificate now. */
  rotateCertificate(): Promise<void>;
  /**
   * First half of leaving: tells the mesh to send nothing more here, and lets the requests of callers end (1.2 s at most).
   * The app can still call others.
   */
  drain(): Promise<void>;
  /** Leaves cleanly: drains, ends the control stream, closes the other listeners (1.2 s at most), sends the last spans. */
  close(): Promise<void>;
}

const VERSION = '1.29.2-binnacle';
const DEFAULT_TTL_SECONDS = 86_400;
const DEFAULT_START_TIMEOUT_MS = 60_000;
/** For the news that this proxy leaves to reach its callers, before its port is closed. */
const LEAVE_NOTICE_MS = 400;

/**
 * Starts a proxy: picks its ports, gets its certificate, and opens the configuration stream. Rejects when the certificate
 * authority refuses or does not answer within `startTimeoutMs`. Everything that is served comes from the control plane.
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { identity, log } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const startedAt = clock.now();
  const admin = new AdminServer();
  const reserved = await ReservedPorts.hold(2);
  const ports = await choosePorts(options, admin, reserved);
  const certificate = await WorkloadCertificate.obtain(
    { address: options.controlPlane, rootPem: options.rootPem, token: options.joinToken, ttlSeconds: options.certificateTtlSeconds ?? DEFAULT_TTL_SECONDS, clock, random, log },
    options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS,
  ).catch(async (error: unknown) => {
    reserved.close();
    await admin.close();
    throw error;
  });

  const secrets = new SecretStore({ certificate, clock, log });
  secrets.onChange((name) => {
    const roots = name === MESH_ROOTS_SECRET ? secrets.secret(name)?.trustedCaPem : undefined;
    if (roots !== undefined && secrets.isReceived(MESH_ROOTS_SECRET)) certificate.trust(roots);
  });
  const node = describeNode(options, ports);
  const own = peerInfo({ workload: identity.workload, namespace: identity.namespace, cluster: 'Kubernetes', labels: identity.labels });
  const metrics = new IstioMetrics(own, VERSION);
  const stats = new ProxyStats();
  const accessLog = new AccessLog(options.accessLog);
  const logFiles = new LogFiles(clock, log);
  const tracing = new RequestTracing({
    ...(options.otlpUrl === undefined ? {} : { otlpUrl: options.otlpUrl }),
    ...(options.spanExporter === undefined ? {} : { exporter: options.spanExporter }),
    samplingRatio: options.samplingRatio ?? 1,
    random,
    serviceName: `${own.canonicalService}.${identity.namespace}`,
    node: { id: node.id, namespace: identity.namespace, workload: identity.workload, canonicalService: own.canonicalService, canonicalRevision: own.canonicalRevision },
  });
  const deadlines = new Deadlines(clock);
  const runtime = new ProxyRuntime(
    { secrets, clock, deadlines, random, log },
    {
      clock,
      deadlines,
      random,
      log,
      metrics,
      stats,
      tcpMetrics: new TcpMetrics(own, metrics.registry),
      accessLog,
      logFiles,
      tracing,
      certificate,
      secrets,
      peers: new PeerMetadataCache(),
      ownMetadata: { encoded: encodePeerMetadata({ ...identity, cluster: 'Kubernetes' }), id: node.id },
      nodeType: identity.type,
      maxBodyBytes: options.maxBodyBytes,
      onNoFilterChain: noFilterChainRecorder(accessLog, clock),
      onRefused: (reason, downstream) => log.debug({ reason, remote: `${downstream.remoteAddress}:${downstream.remotePort}`, port: downstream.localPort }, 'connection refused'),
    },
    (port) => reserved.take(port),
  );
  const store = new ConfigStore(runtime, secrets, clock);

  let ready = false;
  const readiness = Promise.withResolvers<void>();
  const checkReady = (): void => {
    if (ready || !store.complete) return;
    void runtime.bound().then(() => {
      ready = true;
      readiness.resolve();
    });
  };
  const readyAfter = <T>(apply: () => T): T => {
    const result = apply();
    checkReady();
    return result;
  };
  const sink: ConfigSink = {
    replace: (type, resources) => readyAfter(() => store.replace(type, resources)),
    update: (type, resources, removed) => readyAfter(() => store.update(type, resources, removed)),
    wanted: (type) => store.wanted(type),
  };
  const controlPlane = async (): Promise<ControlPlaneAddress> => {
    const { notAfter, keyPem, certChainPem } = certificate.current;
    const auth = notAfter > clock.now() ? { clientCert: { keyPem, certChainPem } } : { token: await options.joinToken() };
    return { address: options.controlPlane, rootPem: certificate.controlPlaneRoots, ...auth };
  };
  const shared = { node, clock, random, log };
  const ads: ControlStream =
    options.xds === 'sotw'
      ? new AdsClient({ ...shared, protocol: new SotwProtocol(sink, log), open: async (handlers) => openAdsStream(await controlPlane(), handlers) })
      : new AdsClient({ ...shared, protocol: new DeltaProtocol(sink, log), open: async (handlers) => openDeltaStream(await controlPlane(), handlers) });
  const health = new HealthReport((healthy, message) => ads.reportHealth(healthy, message));
  const stopProbe = identity.appPort === undefined ? () => {} : probeApp(identity.appPort, clock, (healthy, message) => health.appIs(healthy, message));
  ads.start();

  let draining: Promise<void> | undefined;
  const drain = (): Promise<void> =>
    (draining ??= (async () => {
      ready = false;
      stopProbe();
      if (identity.appPort !== undefined && ads.connected) {
        ads.reportHealth(false, 'the workload is leaving');
        await new Promise<void>((resolve) => clock.after(LEAVE_NOTICE_MS, resolve));
      }
      await runtime.drainCallers();
    })());
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      await drain();
      store.close();
      await Promise.all([ads.close(), runtime.close()]);
      reserved.close();
      secrets.close();
      certificate.close();
      accessLog.flush();
      logFiles.flush();
      await Promise.all([tracing.close(), admin.close()]);
    })());
  admin.serve({
    registry: metrics.registry,
    metrics,
    stats,
    runtime,
    accessLog,
    store,
    ads,
    node,
    certificate,
    health,
    log,
    version: VERSION,
    now: () => clock.now(),
    startedAt,
    lifecycle: () => (draining !== undefined ? 'draining' : ready ? 'live' : 'initializing'),
    quit: options.onQuit ?? (() => void close()),
  });
  return { ports, nodeId: node.id, ready: readiness.promise, isReady: () => ready, rotateCertificate: () => certificate.rotate(), drain, close };
}

async function choosePorts({ identity, ports = {} }: ProxyOptions, admin: AdminServer, reserved: ReservedPorts): Promise<RunningProxy['ports']> {
  const stats = await admin.listen(ports.stats ?? 0);
  const [freeInbound = 0, freeOutbound = 0] = reserved.ports;
  if (identity.type === 'router') return { inbound: 0, outbound: 0, stats };
  return { inbound: identity.appPort === undefined ? 0 : ports.inbound || freeInbound, outbound: ports.outbound || freeOutbound, stats };
}

/** The xDS node, with the metadata from which the control plane knows what to send and to register. */
export function describeNode({ identity, autoRegister = true }: Pick<ProxyOptions, 'identity' | 'autoRegister'>, ports: RunningProxy['ports']): XdsNode {
  const { type, namespace, workload, serviceAccount, labels, appPort } = identity;
  const instance = `${workload}-127.0.0.1-${ports.inbound || ports.outbound || ports.stats}`;
  return {
    id: `${type}~127.0.0.1~${instance}.${namespace}~${namespace}.svc.cluster.local`,
    cluster: `${workload}.${namespace}`,
    userAgentName: 'binnacle-proxy',
    userAgentVersion: VERSION,
    metadata: {
      [NODE_METADATA.namespace]: namespace,
      [NODE_METADATA.workload]: workload,
      [NODE_METADATA.serviceAccount]: serviceAccount,
      [NODE_METADATA.labels]: labels,
      [NODE_METADATA.interceptionMode]: 'NONE',
      [NODE_METADATA.statsPort]: ports.stats,
      CLUSTER_ID: 'Kubernetes',
      ISTIO_VERSION: VERSION,
      ...(autoRegister ? { [NODE_METADATA.autoRegisterGroup]: workload } : {}),
      ...(ports.inbound === 0 ? {} : { [NODE_METADATA.inboundPort]: ports.inbound }),
      ...(ports.outbound === 0 ? {} : { [NODE_METADATA.outboundPort]: ports.outbound }),
      ...(appPort === undefined ? {} : { [NODE_METADATA.appPort]: appPort }),
    },
  };
}
