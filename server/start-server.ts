import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { Shutdown } from '#mesh-core/runtime/shutdown.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import { readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import { createRemoteRulesBackend } from '#server/adapters/prometheus/remote-rules-backend.ts';
import { createRemoteMetricsBackend } from '#server/adapters/prometheus/remote-metrics-backend.ts';
import { remoteMetricsOptions } from '#server/adapters/prometheus/remote-options.ts';
import { openRemoteTraces } from '#server/adapters/remote-traces/open-remote-traces.ts';
import { openAuditLog } from '#server/audit/audit-log.ts';
import { readAuthState, writeAuthState } from '#server/auth/auth-state-file.ts';
import { authRoutes } from '#server/auth/routes.ts';
import { SessionStore } from '#server/auth/session-store.ts';
import { configRoutes } from '#server/config/routes.ts';
import { watchConfig } from '#server/config/watched-config-cache.ts';
import { graphRoutes } from '#server/graph/routes.ts';
import { eventStreamRoute } from '#server/http/event-stream.ts';
import { createFrontDoor } from '#server/http/front-door.ts';
import { createEventBus } from '#server/http/in-memory-event-bus.ts';
import { openApiDocument } from '#server/http/openapi.ts';
import { createPagesProxy } from '#server/http/pages-proxy.ts';
import { defineRoute, type Route } from '#server/http/route.ts';
import { inventoryRoutes } from '#server/inventory/routes.ts';
import { lockDirectory } from '#server/lock-directory.ts';
import { exploreRoutes } from '#server/metrics-explore/routes.ts';
import { openMetricsThread } from '#server/metrics/metrics-thread.ts';
import { tellStoreMetrics } from '#server/metrics/store-metrics.ts';
import { overviewRoutes } from '#server/overview/routes.ts';
import { createOwnMetrics, type OwnMetrics } from '#server/own-metrics.ts';
import { ownStatus } from '#server/prometheus-api/own-status.ts';
import { prometheusRoutes } from '#server/prometheus-api/routes.ts';
import { proxyRoutes } from '#server/proxies/routes.ts';
import type { EngineOptions } from '#server/promql/engine.ts';
import { remoteWriteRoutes } from '#server/remote-write/routes.ts';
import { startRolloutController } from '#server/rollouts/rollout-controller.ts';
import { rolloutRoutes } from '#server/rollouts/routes.ts';
import { startRuleManager } from '#server/rules/rule-manager.ts';
import { createRuleMetrics } from '#server/rules/rule-metrics.ts';
import { ruleRoutes } from '#server/rules/routes.ts';
import { NO_SCRAPING, scrapeRoutes } from '#server/scrape/routes.ts';
import { startScraping } from '#server/scrape/start-scraping.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { createEmbeddedBackend } from '#server/traces/engine/embedded-backend.ts';
import { jaegerRoutes } from '#server/traces/jaeger-api/routes.ts';
import type { TraceWriting } from '#server/traces/jaeger-api/jaeger-backend.ts';
import { startJaegerGrpc } from '#server/traces/jaeger-grpc/start-jaeger-grpc.ts';
import { trafficRoutes } from '#server/traces/derived/routes.ts';
import { traceImportRoutes } from '#server/traces/import/routes.ts';
import { ingestMetrics } from '#server/traces/receiver/ingest-metrics.ts';
import { ingestRoutes } from '#server/traces/receiver/ingest-routes.ts';
import { IngestStatus } from '#server/traces/receiver/ingest-status.ts';
import { createIntake } from '#server/traces/receiver/intake.ts';
import { startReceivers } from '#server/traces/receiver/start-receivers.ts';
import { traceRoutes } from '#server/traces/routes.ts';
import { openTraceStore } from '#server/traces/store/open-trace-store.ts';
import { tempoRoutes } from '#server/traces/tempo-api/tempo-routes.ts';
import type { TraceBackend } from '#server/traces/trace-backend.ts';
import { createTraceWork } from '#server/traces/work/trace-work.ts';
import type { ServerOptions } from './server-options.ts';

const VERSION = '0.1.0';
const ADMIN_TOKEN_NAME = 'local-admin';
const clock = systemClock;

/**
 * Opens the stores, starts scraping, receiving and the rollout controller, then listens. Registers how to end each with
 * `shutdown`. Gives the base URLs of the console, of what receives spans and of Jaeger's gRPC API. Throws ServerError with one sentence when
 * something needed is missing (kubeconfig, port, directory).
 */
export async function startServer(options: ServerOptions, shutdown: Shutdown, log: Logger): Promise<Readonly<Record<string, string>> & { readonly console: string }> {
  const directory = join(options.dataDir, 'server');
  makeDirectory(directory);
  shutdown.add('lock', lockDirectory(directory));
  const own = createOwnMetrics();
  const events = createEventBus(log);
  const audit = openAuditLog(join(directory, 'audit.jsonl'), () => clock.now());
  if (audit.brokenEntries > 0) log.warn({ brokenEntries: audit.brokenEntries }, 'the audit log was edited or damaged');
  shutdown.add('audit', () => audit.close());
  const authFile = join(directory, 'auth.json');
  const sessions = new SessionStore(readAuthState(authFile), () => clock.now(), (state) => writeAuthState(authFile, state));
  ensureAdminToken(sessions, join(directory, 'admin-token'));

  const kube = createKubeClient(readKubeconfig(options.kubeconfig));
  const config = watchConfig(kube, log);
  shutdown.add('watches', () => config.close());
  let origin = '';
  const metrics = await openMetrics({ options, directory, config, events, own, origin: () => origin }, shutdown, log);
  const { traces, endpoints, routes: ofTraces } = await openTraces(options, directory, own, events, shutdown, log);

  const work = createTraceWork();
  shutdown.add('work on traces', () => work.close());

  const controlPlaneUrl = options.controlPlaneUrl ?? bundledControlPlane(options.dataDir);
  const ctx: ServerContext = { clock, log, kube, config, metrics: metrics.backend, traces, events, audit, controlPlaneUrl, scrapeIntervalSeconds: options.scrapeSeconds };
  publishConfigChanges(ctx);
  const rollouts = startRolloutController(ctx);
  shutdown.add('rollout controller', () => rollouts.close());

  const routes: Route[] = [
    ...authRoutes({ sessions, audit, origin: () => origin }),
    eventStreamRoute(events, clock),
    ...configRoutes(ctx),
    ...inventoryRoutes(ctx),
    ...proxyRoutes(ctx),
    ...scrapeRoutes(metrics.scraping),
    ...overviewRoutes(ctx, metrics.scraping.targets, metrics.rules, () => metrics.store?.state()),
    ...ruleRoutes(metrics.rules),
    ...graphRoutes(ctx),
    ...rolloutRoutes(ctx),
    ...traceRoutes({ ...ctx, work }),
    ...trafficRoutes(ctx),
    ...jaegerRoutes({ ...ctx, work }),
    ...tempoRoutes({ ...ctx, work }),
    ...ofTraces,
    ...prometheusRoutes({ experimental: options.features.has('promql-experimental-functions'), metrics: metrics.backend, ...metrics.scraping, clock, status: ownStatus(options, clock.now(), metrics.scraping.targets), corsOrigin: options.corsOrigin, remote: metrics.remote, ...(metrics.store === undefined ? {} : { tsdb: metrics.store.status }) }),
    ...exploreRoutes(metrics.backend),
    ...metrics.routes,
    ...own.routes,
    defineRoute({
      method: 'GET',
      path: '/healthz',
      scope: 'public',
      summary: 'Whether the server runs, reaches the Kubernetes API, and stores metrics.',
      handle: async () => ({ status: 'ok', kubernetes: config.connected ? 'connected' : 'away', ...(metrics.store === undefined ? {} : { metrics: { store: metrics.store.state(), queries: metrics.store.isUp() ? 'answered' : 'starting' } }) }),
    }),
  ];
  routes.push(defineRoute({ method: 'GET', path: '/api/openapi.json', scope: 'public', summary: 'This document.', handle: async () => openApiDocument(routes, VERSION) }));
  const pages = options.pagesUrl === undefined ? undefined : createPagesProxy(options.pagesUrl);
  const door = createFrontDoor({ routes, sessions, pages, log, allowedHosts: options.allowedHosts, onRequest: own.countRequest });
  await listen(door, options);
  shutdown.add('console', async () => {
    pages?.close();
    door.closeAllConnections();
    await new Promise((done) => door.close(done));
  });
  const address = door.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  origin = urlOf(options.host, port);
  return { console: origin, ...endpoints, ...(await serveJaegerGrpc(options, { traces, work, sessions }, shutdown, log)) };
}

/** Jaeger's query API over gRPC, where it is wanted; gives where it is. */
async function serveJaegerGrpc({ host, jaegerGrpcPort }: ServerOptions, parts: TraceWriting & { readonly sessions: SessionStore }, shutdown: Shutdown, log: Logger): Promise<{ readonly jaegerGrpc?: string }> {
  if (jaegerGrpcPort === undefined) return {};
  const { port, close } = await startJaegerGrpc({ host, port: jaegerGrpcPort, ...parts, clock, log });
  shutdown.add("Jaeger's gRPC API", close);
  return { jaegerGrpc: urlOf(host, port) };
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

interface TraceParts {
  readonly traces: TraceBackend;
  /** Base URLs of what receives spans. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
}

/** The embedded store with its receivers; or the Jaeger and Tempo that were named, with the embedded store for what is imported. */
async function openTraces(options: ServerOptions, directory: string, own: OwnMetrics, events: ServerContext['events'], shutdown: Shutdown, log: Logger): Promise<TraceParts> {
  const store = await openTraceStore({ directory: join(directory, 'traces'), retentionMs: options.retentionMs, maxBytes: options.maxTraceBytes, clock, log });
  shutdown.add('spans', () => store.close());
  const remote = openRemoteTraces(options, store, clock);
  const status = new IngestStatus(clock);
  const imports = traceImportRoutes({ store, status, clock });
  if (remote !== undefined) return { traces: remote, endpoints: {}, routes: imports };
  ingestMetrics(status, own.registry);
  const onSpans = (received: number): void => {
    own.countSpans(received);
    events.publish({ kind: 'traces', received });
  };
  const intake = createIntake({ store, status, log, onSpans });
  const { host, otlpPort, otlpGrpcPort, zipkinPort, otlpCorsOrigin } = options;
  const receivers = await startReceivers({ host, otlpPort, otlpGrpcPort, zipkinPort, corsOrigin: otlpCorsOrigin, intake, status, clock, log });
  shutdown.add('receivers of spans', () => receivers.close());
  return {
    traces: createEmbeddedBackend(store),
    endpoints: {
      otlp: urlOf(host, receivers.otlpPort),
      ...(receivers.otlpGrpcPort === undefined ? {} : { otlpGrpc: urlOf(host, receivers.otlpGrpcPort) }),
      ...(receivers.zipkinPort === undefined ? {} : { zipkin: urlOf(host, receivers.zipkinPort) }),
    },
    routes: [...ingestRoutes(status), ...imports],
  };
}

interface MetricsParts {
  readonly options: ServerOptions;
  readonly directory: string;
  readonly config: ReturnType<typeof watchConfig>;
  readonly events: ServerContext['events'];
  readonly own: OwnMetrics;
  readonly origin: () => string;
}

/** The embedded store with its scraper and rules, or the Prometheus that was named. */
async function openMetrics({ options, directory, config, events, own, origin }: MetricsParts, shutdown: Shutdown, log: Logger) {
  if (options.prometheusUrl !== undefined) {
    const remote = createRemoteMetricsBackend(remoteMetricsOptions(options.prometheusUrl, options.prometheus));
    return { backend: remote, remote, scraping: NO_SCRAPING, rules: createRemoteRulesBackend(remote), routes: [], store: undefined };
  }
  const store = await openMetricsThread({
    directory: join(directory, 'metrics'),
    retentionMs: options.retentionMs,
    maxBytes: options.maxMetricsBytes,
    maxSeries: options.maxSeries,
    outOfOrderWindowMs: options.outOfOrderMs,
    engine: engineFeatures(options),
    clock,
    log,
  });
  shutdown.add('samples', () => store.close());
  tellStoreMetrics(store, own);
  const scraper = startScraping({
    config,
    appender: store.appender,
    clock,
    log,
    scrapeSeconds: options.scrapeSeconds,
    scrapeConfig: options.scrapeConfig,
    startTimestamps: options.features.has('st-storage'),
    onScraped: ({ up, down }) => events.publish({ kind: 'scraped', at: clock.now(), up, down }),
  });
  shutdown.add('scraper', () => scraper.close());
  const { backend, appender } = store;
  const rules = startRuleManager({ config, metrics: backend, appender, clock, log, ruleMetrics: createRuleMetrics(own.registry), externalUrl: origin, onAlertsChanged: () => events.publish({ kind: 'alerts' }) });
  shutdown.add('rules', () => rules.close());
  return { backend, scraping: scraper, rules, routes: remoteWriteRoutes({ appender, clock, log }), store };
}

function engineFeatures({ features }: ServerOptions): EngineOptions {
  return { experimental: features.has('promql-experimental-functions'), delayedNameRemoval: features.has('promql-delayed-name-removal'), startTimestamps: features.has('use-start-timestamps') };
}

/** Pages hear of every change but those of heartbeats and instances that come and go. */
function publishConfigChanges({ config, events }: Pick<ServerContext, 'config' | 'events'>): void {
  config.onChange(({ type, object }) => {
    const { name, namespace, resourceVersion } = object.metadata;
    if (object.kind === 'Event') return;
    if (object.kind === 'CanaryRollout') events.publish({ kind: 'rollout', namespace: namespace ?? '', name });
    if (object.kind === 'WorkloadEntry') events.publish({ kind: 'proxies' });
    events.publish({ kind: 'config', change: type, object: { kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }), ...(resourceVersion === undefined ? {} : { resourceVersion }) } });
  });
}

/** A token for the start command and the command line of this machine: who reads the file may do everything. */
function ensureAdminToken(sessions: SessionStore, file: string): void {
  if (existsSync(file) && sessions.findToken(readFileSync(file, 'utf8').trim()) !== undefined) return;
  for (const token of sessions.listTokens()) if (token.name === ADMIN_TOKEN_NAME) sessions.deleteToken(token.id);
  writeFileSync(file, `${sessions.createToken(ADMIN_TOKEN_NAME, 'admin').secret}\n`, { mode: 0o600 });
}

function bundledControlPlane(dataDir: string): string | undefined {
  const file = join(dataDir, 'control', 'endpoints.json');
  if (!existsSync(file)) return undefined;
  const endpoints: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof endpoints === 'object' && endpoints !== null && 'monitoring' in endpoints && typeof endpoints.monitoring === 'string' ? endpoints.monitoring : undefined;
}

function makeDirectory(directory: string): void {
  try {
    // Spans and audit entries tell what people did: for the owner's eyes.
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new ServerError('internal', `The directory ${directory} cannot be made (${cause instanceof Error ? cause.message : String(cause)}); choose another with --data-dir.`, { cause });
  }
}

function listen(door: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    door.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new ServerError('internal', `Port ${port} is taken; choose another with --port.`, { cause: error }) : error);
    });
    door.listen(port, host, resolve);
  });
}
